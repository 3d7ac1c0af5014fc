from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from letterhead.identity.actor import ADMINISTRATOR, Actor, Permission
from letterhead.identity.rules import may_manage

COMPANY, OTHER, ANN, BEN = (UUID(int=number) for number in range(4))
permissions = st.frozensets(st.sampled_from(Permission))


def an_actor(held: frozenset[Permission], employee_id: UUID | None, company_id: UUID = COMPANY) -> Actor:
    return Actor(company_id=company_id, key="k", name="n", permissions=held, employee_id=employee_id)


@given(permissions, st.sampled_from([None, ANN, BEN]), st.sampled_from([COMPANY, ANN, BEN]))
def test_the_company_s_by_permission_a_person_s_by_that_person(
    held: frozenset[Permission], employee: UUID | None, owner: UUID
) -> None:
    allowed = may_manage(an_actor(held, employee), owner, COMPANY)
    if owner == COMPANY:
        assert allowed is (Permission.MANAGE_COMPANY_ACCOUNTS in held)
    else:
        assert allowed is (Permission.MANAGE_OWN_ACCOUNTS in held and employee == owner)
    assert not may_manage(an_actor(held, employee), owner, OTHER)


def test_an_administrator_stays_away_from_people_s_secrets() -> None:
    assert not may_manage(an_actor(ADMINISTRATOR, ANN), ANN, COMPANY)
