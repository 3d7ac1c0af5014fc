"""What ``make run`` shows: the main job once, and the second time everything as it was left."""

import re

from lab.commands import Letterhead

STEPS = (
    "A company, with people, groups and projects to play with",
    "with a wrong password at first",
    "The right password",
    "Save it: for the group Sales, in the project Apollo",
    "Which address does a message leave from?",
    "Dana writes to contact@sandbox.letterhead.example",
    "Serving at http://127.0.0.1:",
)
TOKEN = re.compile(r"token: (lh_[\w-]{43})")


def test_the_main_job_is_walked_once_and_found_as_it_was(letterhead: Letterhead) -> None:
    settings = {"SANDBOX": "1", "PORT": "0", "LOG_LEVEL": "ERROR"}
    first = letterhead("tour", **settings)
    again = letterhead("tour", **settings)

    assert (first.code, first.err) == (0, "")
    shown = [first.out.find(step) for step in STEPS]
    assert -1 not in shown
    assert shown == sorted(shown)
    assert "The server said: 535 5.7.8" in first.out
    assert "So it cannot be saved: TEST_FAILED" in first.out
    assert "The message: SENT" in first.out
    assert "| Subject: Hello from Letterhead" in first.out
    assert (again.code, again.err) == (0, "")
    assert "Acme is as you left it" in again.out
    assert "sales@sandbox.letterhead.example: READY, access SELECTED, projects SELECTED" in again.out
    assert TOKEN.findall(first.out) == TOKEN.findall(again.out)
