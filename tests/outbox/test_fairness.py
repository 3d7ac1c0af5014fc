from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from letterhead.outbox.fairness import Due, Places, whose_turn

PLACES = Places(all=8, account=2, host=3, batch=20)
accounts = st.lists(
    st.builds(
        lambda account, company, host, waiting: Due(
            account_id=UUID(int=company * 100 + account),
            company_id=UUID(int=company),
            host=f"h{host}",
            waiting=waiting,
        ),
        st.integers(1, 30),
        st.integers(1, 4),
        st.integers(1, 4),
        st.integers(1, 200),
    ),
    max_size=30,
    unique_by=lambda due: due.account_id,
)


def due(account: int, company: int = 1, *, host: str = "", waiting: int = 1) -> Due:
    return Due(account_id=UUID(int=account), company_id=UUID(int=company), host=host, waiting=waiting)


@given(accounts, accounts)
def test_no_limit_of_connections_is_exceeded(waiting: list[Due], served: list[Due]) -> None:
    busy = whose_turn(served, [], PLACES)[:4]
    chosen = whose_turn(waiting, busy, PLACES)
    together = [*busy, *chosen]
    assert len(together) <= PLACES.all
    for one in chosen:
        assert [other.account_id for other in together].count(one.account_id) <= PLACES.account
        assert [other.host for other in together].count(one.host) <= PLACES.host


@given(accounts)
def test_no_company_gets_nothing_while_another_gets_more(waiting: list[Due]) -> None:
    places = Places(all=8, account=2, host=1000, batch=20)
    chosen = whose_turn(waiting, [], places)
    got = {one.company_id: [other.company_id for other in chosen].count(one.company_id) for one in waiting}
    if 0 in got.values():
        assert max(got.values()) == 1


def test_a_bulk_account_gets_a_second_connection_only_where_nobody_waits() -> None:
    bulk, other = due(1, waiting=500), due(2)
    assert whose_turn([bulk, other], [], Places(all=2, account=2, host=9, batch=20)) == [bulk, other]
    assert whose_turn([bulk, other], [], PLACES) == [bulk, other, bulk]


def test_a_thousand_accounts_of_one_company_do_not_starve_another() -> None:
    many = [due(number) for number in range(1, 200)]
    assert due(999, 2) in whose_turn([*many, due(999, 2)], many[:7], PLACES)
