"""A wrong setting stops the start with one line that names it and never shows its value."""

import socket
from pathlib import Path

import pytest

from lab.commands import Ended, Letterhead
from letterhead.vault.keyring import generate

DATABASE = "write sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME"
WRONG = {
    "no database's address": ({"DATABASE_URL": "garbage"}, f"LETTERHEAD_DATABASE_URL: {DATABASE}"),
    "another kind of database": ({"DATABASE_URL": "mysql://a:b@c/d"}, f"LETTERHEAD_DATABASE_URL: {DATABASE}"),
    "a folder": (
        {"DATABASE_URL": "sqlite:///"},
        (
            "LETTERHEAD_DATABASE_URL: the file cannot be opened as a SQLite database: "
            "unable to open database file"
        ),
    ),
    "words for a port": (
        {"PORT": "abc"},
        "LETTERHEAD_PORT: Input should be a valid integer, unable to parse string as an integer",
    ),
    "a port too high": ({"PORT": "99999"}, "LETTERHEAD_PORT: Input should be less than or equal to 65535"),
    "a format there is not": (
        {"LOG_FORMAT": "xml"},
        "LETTERHEAD_LOG_FORMAT: Input should be 'console' or 'json'",
    ),
    "a PostgreSQL that is not there": (
        {"DATABASE_URL": "postgres://letterhead@127.0.0.1:1/letterhead"},
        "LETTERHEAD_DATABASE_URL: PostgreSQL cannot be reached: [Errno 111] Connection refused",
    ),
    "a network too wide": (
        {"ALLOW_TARGETS": "10.0.0.0/33"},
        (
            "LETTERHEAD_ALLOW_TARGETS: entry 1 is no network; write 10.1.0.0/16, without bits beyond the 16, "
            "127.0.0.1/32:2525+1110 with ports, or [fd00::/8]:25"
        ),
    ),
    "no such key file": (
        {"KEY_FILE": "missing"},
        "LETTERHEAD_KEY_FILE: the file cannot be read: No such file or directory",
    ),
}


@pytest.mark.parametrize(("settings", "said"), WRONG.values(), ids=WRONG)
def test_it_says_which_and_how_to_mend_it(
    letterhead: Letterhead, settings: dict[str, str], said: str
) -> None:
    assert letterhead("serve", **settings) == Ended(1, "", f"letterhead: {said}\n")


@pytest.mark.parametrize(
    "entry", ["hunter2", "k1:hunter2", ":hunter2", "k1:hunter2hunter2hunter2hunter2hunter2hunter2"]
)
def test_a_malformed_key_is_not_shown(letterhead: Letterhead, entry: str) -> None:
    ended = letterhead("serve", KEYS=f"{generate()},{entry}")
    assert ended == Ended(
        1,
        "",
        "letterhead: LETTERHEAD_KEYS: entry 2 is not KID:KEY with a key of 32 bytes in base64 "
        "(`letterhead keys generate` prints one)\n",
    )


def test_a_missing_file_of_authorities_is_named(letterhead: Letterhead) -> None:
    ended = letterhead("serve", KEYS=generate(), CA_FILE="authorities.pem")
    assert ended == Ended(
        1,
        "",
        "letterhead: LETTERHEAD_CA_FILE: the file cannot be read (No such file or directory); "
        "name a PEM file\n",
    )


def test_a_taken_port_is_named(letterhead: Letterhead) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = letterhead("serve", PORT=str(port))
    said = f"LETTERHEAD_HOST, LETTERHEAD_PORT: cannot listen on 127.0.0.1:{port}: Address already in use"
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"letterhead: {said}")
    assert ended.err.count("\n") == 1


def test_a_database_of_another_program_is_left_alone(letterhead: Letterhead, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database, but dear to somebody")
    ended = letterhead("migrate", DATABASE_URL="sqlite://notes.txt")
    assert ended == Ended(
        1,
        "",
        "letterhead: LETTERHEAD_DATABASE_URL: the file cannot be opened as a SQLite database: "
        "file is not a database\n",
    )
    assert notes.read_text() == "not a database, but dear to somebody"
