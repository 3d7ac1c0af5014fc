"""What a command prints can be read by scripts: on standard output its result and nothing else."""

import re
from importlib.metadata import version

import pytest

from lab.commands import Ended, Letterhead
from letterhead.schema.schema import schema

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n")
TOKEN = re.compile(r"lh_[\w-]{43}\n")


def test_a_company_and_a_token_for_its_administrator(letterhead: Letterhead) -> None:
    migrated = letterhead("migrate")
    company = letterhead("company", "create", "Acme")
    token = letterhead("token", "create", "--company", "Acme", "--admin")
    assert migrated == Ended(0, "", "")
    assert (company.code, company.err) == (0, "")
    assert UUID.fullmatch(company.out)
    assert (token.code, token.err) == (0, "")
    assert TOKEN.fullmatch(token.out)


def test_the_database_is_made_where_there_is_none(letterhead: Letterhead) -> None:
    assert letterhead("company", "create", "Acme", DATABASE_URL="sqlite://new/folder/house.db").code == 0


def test_a_second_company_of_the_name_is_refused(letterhead: Letterhead) -> None:
    letterhead("company", "create", "Acme")
    again = letterhead("company", "create", "Acme")
    assert again == Ended(1, "", "letterhead: There is a company named 'Acme' already.\n")


def test_a_token_needs_a_company_there_is(letterhead: Letterhead) -> None:
    ended = letterhead("token", "create", "--company", "Nobody", "--admin")
    assert ended == Ended(1, "", "letterhead: There is no company named 'Nobody'.\n")


def test_a_token_needs_an_employee_there_is(letterhead: Letterhead) -> None:
    letterhead("company", "create", "Acme")
    ended = letterhead("token", "create", "--company", "Acme", "--employee", "dana")
    assert ended == Ended(1, "", "letterhead: Acme has no employee with the external id 'dana'.\n")


@pytest.mark.parametrize("whose", [(), ("--admin", "--employee", "dana")], ids=["nobody's", "two people's"])
def test_a_token_is_one_persons(letterhead: Letterhead, whose: tuple[str, ...]) -> None:
    ended = letterhead("token", "create", "--company", "Acme", *whose)
    assert (ended.code, ended.out) == (2, "")
    assert "--admin" in ended.err


def test_plugins_are_listed_with_their_health(letterhead: Letterhead) -> None:
    ended = letterhead("plugins", LOAD_PLUGINS="custom,nothing")
    assert (ended.code, [re.sub(" +", " ", line) for line in ended.out.splitlines()]) == (
        0,
        [
            f"custom {version('letterhead')} bundled 1 bronze",
            "nothing - - REJECTED no installed distribution has a plugin of this name",
        ],
    )


def test_the_schema_is_printed(letterhead: Letterhead) -> None:
    assert letterhead("schema") == Ended(0, schema.as_str() + "\n", "")


def test_a_generated_key_is_printed_alone(letterhead: Letterhead) -> None:
    key = letterhead("keys", "generate")
    assert (key.code, key.err) == (0, "")
    assert re.fullmatch(r"k[0-9a-f]{8}:[A-Za-z0-9+/]{43}=\n", key.out)


def test_the_audit_log_is_printed_as_lines_and_nothing_else(letterhead: Letterhead) -> None:
    letterhead("company", "create", "Acme")
    assert letterhead("audit", "export", "--company", "Acme", "--since", "2026-01-01") == Ended(0, "", "")


def test_of_a_company_that_is_not_there_no_audit_log_is_printed(letterhead: Letterhead) -> None:
    ended = letterhead("audit", "export", "--company", "Nobody")
    assert ended == Ended(1, "", "letterhead: There is no company named 'Nobody'.\n")


def test_an_instant_is_written_like_one(letterhead: Letterhead) -> None:
    ended = letterhead("audit", "export", "--company", "Acme", "--since", "yesterday")
    assert (ended.code, ended.out) == (2, "")
    assert "--since" in ended.err
