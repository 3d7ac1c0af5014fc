"""What a passed test has proven, as the columns of an account."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from letterhead.accounts.account import Status
from letterhead.accounts.drafts import address_key
from letterhead.accounts.secrets import seal, test_purpose, unseal
from letterhead.house import House
from letterhead.store import models

FIELDS = ("secret", "incoming_secret")


def proven_settings(house: House, test: models.AccountTest, account_id: UUID, at: Any) -> dict[str, Any]:
    draft = test.draft
    return {
        "address": draft["address"],
        "address_key": address_key(draft["address"]),
        "provider_key": draft["providerKey"],
        "smtp": draft["smtp"],
        "incoming": draft["incoming"],
        "credential_kind": draft["kind"],
        "incoming_credential_kind": draft["incomingKind"],
        **_secrets(house, test, account_id, at),
        "status": Status.READY.value,
        "problem": None,
        "proof": test.proofs[draft["address"]]["proof"],
        "test_id": test.id,
        "tested_at": at,
        "refused": None,
    }


def _secrets(house: House, test: models.AccountTest, account_id: UUID, at: datetime) -> dict[str, Any]:
    """The columns of those that the test brought. One that was kept is the account's own matter: an OAuth2
    grant may have been renewed since the test."""
    kept = test.draft.get("kept", ())
    columns: dict[str, Any] = {
        f"{field}_sealed": _resealed(house, test, account_id, field) for field in FIELDS if field not in kept
    }
    if "secret" not in kept:
        ends = test.draft.get("expiresAt")
        columns["credential_updated_at"] = at
        columns["credential_expires_at"] = datetime.fromisoformat(ends) if ends else None
    return columns


def _resealed(house: House, test: models.AccountTest, account_id: UUID, field: str) -> str | None:
    """The test's secret, sealed anew for the account's row."""
    sealed: str | None = getattr(test, f"{field}_sealed")
    if sealed is None:
        return None
    purpose = test_purpose(test, field)
    secret = unseal(house, sealed, purpose)
    return seal(house, secret, purpose.moved_to("email_account", account_id))


async def write_aliases(test: models.AccountTest, account_id: UUID) -> None:
    await models.SenderAlias.filter(company_id=test.company_id, account_id=account_id).delete()
    await models.SenderAlias.bulk_create(
        models.SenderAlias(
            id=uuid7(),
            company_id=test.company_id,
            account_id=account_id,
            address=alias["address"],
            address_key=address_key(alias["address"]),
            display_name=alias["displayName"],
            proof=test.proofs[alias["address"]]["proof"],
            problem=test.proofs[alias["address"]]["problem"],
            position=position,
        )
        for position, alias in enumerate(test.draft["aliases"])
    )


async def spend(test: models.AccountTest, account_id: UUID) -> None:
    """A test is good for one save; its copy of the secret is wiped. Raises IntegrityError when used."""
    spent = await models.AccountTest.filter(id=test.id, saved_account_id=None).update(
        saved_account_id=account_id, account_id=account_id, secret_sealed=None, incoming_secret_sealed=None
    )
    if not spent:
        raise IntegrityError("the test was used by another save at the same moment")
    # A grant changes hands: kept in two places, the one would be void once the other is renewed.
    await models.SignInFlow.filter(
        id__in=test.draft.get("flowIds", []), company_id=test.company_id, credential_kind="OAUTH2"
    ).update(secret_sealed=None)
