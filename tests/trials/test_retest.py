"""Accounts are tested again by themselves, by one process of many, and only a refusal stops one."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import trustme

from api.drafts import Draft, server
from api.marks import on_sqlite
from lab.product import Product
from lab.sinks import Session, Sink, counting_smtp_server
from letterhead.schema.ids import encode, row_id
from letterhead.store import models
from letterhead.store.database import now
from letterhead.trials.retest import AT_A_TIME, retest_due
from trials.asking import account, run_test

pytestmark = pytest.mark.asyncio(loop_scope="module")

Answers = dict[str, Any]
Serving = Callable[[Answers], Any]


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def only_ours(acme: Product) -> None:
    """Of what other tests have left nothing is due."""
    await models.Company.filter().update(retest_after_days=None)
    await models.Company.filter(id=acme.company_id).update(retest_after_days=30)


@pytest.fixture
def serving(lab_ca: trustme.CA) -> Serving:
    """A server whose answers can be changed while it runs."""
    certificate = lab_ca.issue_cert("localhost")

    def started(answers: Answers) -> Any:
        def answer(verb: str, otherwise: str) -> Callable[[Session], Any]:
            return lambda _: answers.get(verb, otherwise)

        script = {"AUTH": answer("AUTH", "235 2.7.0 Hi"), "MAIL": answer("MAIL", "250 Ok")}
        script["greeting"] = answer("greeting", "220 sink ESMTP")
        return counting_smtp_server(certificate=certificate, answers=script)

    return started


async def grow_old(*account_ids: str, days: int = 31) -> None:
    keys = [row_id(one, "EmailAccount") for one in account_ids]
    await models.EmailAccount.filter(id__in=keys).update(tested_at=now() - timedelta(days=days))


async def retested(acme: Product) -> list[dict[str, Any]]:
    """The tests that were due, when they have ended."""
    begun = await retest_due(acme.serving.house)
    return [await acme.admin.until_tested(encode("AccountTest", trial)) for trial in begun]


def through(sink: Sink) -> dict[str, Any]:
    return {"smtp": server("SMTP", sink.port)}


async def test_what_is_old_is_tested_again_once_and_kept_in_its_history(acme: Product, draft: Draft) -> None:
    old, young = [(await acme.admin.saved(draft(name)))["id"] for name in ("old", "young")]
    await grow_old(old)
    await grow_old(young, days=29)

    tests = await retested(acme)

    assert [test["status"] for test in tests] == ["PASSED"]
    assert await retested(acme) == []
    history = [len((await account(acme, one))["tests"]["nodes"]) for one in (old, young)]
    assert history == [2, 1]


async def test_of_many_processes_one_does_it(acme: Product, draft: Draft) -> None:
    accounts = [(await acme.admin.saved(draft(f"one{number}")))["id"] for number in range(3)]
    await grow_old(*accounts)

    begun = await asyncio.gather(*(retest_due(acme.serving.house) for _ in range(4)))

    trials = [encode("AccountTest", trial) for some in begun for trial in some]
    for trial in trials:
        await acme.admin.until_tested(trial)
    assert len(trials) == 3


@on_sqlite
async def test_nothing_is_tested_where_the_policy_does_not_say_so(acme: Product, draft: Draft) -> None:
    await grow_old((await acme.admin.saved(draft("sales")))["id"])
    await models.Company.filter(id=acme.company_id).update(retest_after_days=None)

    assert await retested(acme) == []


@on_sqlite
async def test_only_some_are_tested_at_a_time(acme: Product, draft: Draft) -> None:
    saved = (await acme.admin.saved(draft("sales")))["id"]
    row = await models.EmailAccount.get(id=row_id(saved, "EmailAccount"))
    await models.EmailAccount.bulk_create(
        models.EmailAccount(**_copy(row, f"copy{number}@sandbox.letterhead.example"))
        for number in range(AT_A_TIME + 2)
    )
    await models.EmailAccount.filter(company_id=acme.company_id).update(tested_at=None, secret_sealed=None)

    assert await retest_due(acme.serving.house) == []
    assert await models.EmailAccount.filter(company_id=acme.company_id, tested_at=None).count() == 3


def _copy(row: models.EmailAccount, address: str) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in row._meta.db_fields if name != "id"}
    return values | {"address": address, "address_key": address}


@on_sqlite
async def test_a_lease_that_has_run_out_is_taken_over(acme: Product, draft: Draft) -> None:
    saved = (await acme.admin.saved(draft("sales")))["id"]
    await grow_old(saved)
    held = models.EmailAccount.filter(id=row_id(saved, "EmailAccount"))
    await held.update(retest_lease_until=now() + timedelta(minutes=5))
    others = await retested(acme)
    await held.update(retest_lease_until=now() - timedelta(seconds=1))

    assert (others, [test["status"] for test in await retested(acme)]) == ([], ["PASSED"])


async def test_a_refused_sign_in_pauses_and_is_not_tried_again_by_itself(
    acme: Product, draft: Draft, serving: Serving
) -> None:
    answers: Answers = {}
    async with serving(answers) as sink:
        saved = (await acme.admin.saved(draft("sales", **through(sink))))["id"]
        answers["AUTH"] = "535 5.7.8 Wrong"
        await grow_old(saved)
        before = sink.count("AUTH")
        [test] = await retested(acme)
        await grow_old(saved)
        again = await retested(acme)
        tries = sink.count("AUTH") - before

    found = await account(acme, saved)
    assert (test["status"], tries, again) == ("FAILED", 1, [])
    assert (found["status"], found["problem"]) == ("PAUSED", {"code": "WRONG_PASSWORD"})


@on_sqlite
async def test_a_person_brings_it_back(acme: Product, draft: Draft, serving: Serving) -> None:
    answers: Answers = {}
    async with serving(answers) as sink:
        saved = (await acme.admin.saved(draft("sales", **through(sink))))["id"]
        answers["AUTH"] = "535 5.7.8 Wrong"
        failed = await run_test(acme.admin, accountId=saved)
        paused = (await account(acme, saved))["status"]
        del answers["AUTH"]
        await run_test(acme.admin, accountId=saved)

    assert (failed["status"], paused) == ("FAILED", "PAUSED")
    assert (await account(acme, saved))["status"] == "READY"


@on_sqlite
async def test_a_refused_address_pauses_and_is_tried_again(
    acme: Product, draft: Draft, serving: Serving
) -> None:
    answers: Answers = {}
    async with serving(answers) as sink:
        saved = (await acme.admin.saved(draft("sales", **through(sink))))["id"]
        answers["MAIL"] = "553 5.7.1 Sender address rejected: not owned by user"
        await grow_old(saved)
        await retested(acme)
        paused = await account(acme, saved)
        del answers["MAIL"]
        await grow_old(saved)
        [test] = await retested(acme)

    assert (paused["status"], paused["problem"]) == ("PAUSED", {"code": "SENDER_NOT_OWNED"})
    assert (test["status"], (await account(acme, saved))["status"]) == ("PASSED", "READY")


@on_sqlite
@pytest.mark.parametrize(
    "trouble",
    [
        {"greeting": "421 4.3.2 Come back later"},
        {"AUTH": "454 4.7.0 Temporary authentication failure"},
        {"MAIL": "451 4.7.1 Try again later"},
    ],
)
async def test_what_passes_by_itself_stops_nothing(
    acme: Product, draft: Draft, serving: Serving, trouble: Answers
) -> None:
    answers: Answers = {}
    async with serving(answers) as sink:
        saved = (await acme.admin.saved(draft("sales", **through(sink))))["id"]
        answers |= trouble
        await grow_old(saved)
        [test] = await retested(acme)

    assert test["status"] in ("FAILED", "PASSED_WITH_WARNINGS")
    assert (await account(acme, saved))["status"] == "READY"


@on_sqlite
async def test_a_server_that_is_away_stops_nothing(acme: Product, draft: Draft, serving: Serving) -> None:
    async with serving({}) as sink:
        saved = (await acme.admin.saved(draft("sales", **through(sink))))["id"]
    await grow_old(saved)

    [test] = await retested(acme)

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "CONNECTION_REFUSED")
    assert (await account(acme, saved))["status"] == "READY"


@on_sqlite
async def test_mail_still_leaves_where_only_the_mailbox_refuses_but_it_is_not_tried_by_itself(
    acme: Product, draft: Draft, lab_ca: trustme.CA
) -> None:
    from wire.conftest import serving_with
    from wire.scripted import POP3, scripted

    tls = serving_with(lab_ca.issue_cert("localhost"))
    async with scripted(POP3, tls=tls) as friendly:
        own = {"incoming": server("POP3", friendly.port, security="TLS")}
        saved = (await acme.admin.saved(draft("sales", **own)))["id"]
    port = friendly.port
    key = row_id(saved, "EmailAccount")
    async with scripted(POP3, tls=tls, PASS="-ERR [AUTH] POP access is off") as refusing:
        await _redirect(acme, key, port, refusing.port)
        await grow_old(saved)
        [test] = await retested(acme)
        await grow_old(saved)
        again = await retested(acme)
        tries = refusing.verbs().count("PASS")

    assert (test["status"], again, tries) == ("FAILED", [], 1)
    assert (await account(acme, saved))["status"] == "READY"


async def _redirect(acme: Product, key: UUID | None, old: int, new: int) -> None:
    """Moves the account to another port with its secret sealed anew, as a save would."""
    from letterhead.accounts.secrets import account_purpose, open_secret, seal

    row = await models.EmailAccount.get(id=key)
    assert row.incoming["port"] == old
    secret = open_secret(acme.serving.house, row)
    row.incoming = row.incoming | {"port": new}
    row.secret_sealed = seal(acme.serving.house, secret, account_purpose(row, "secret"))
    await row.save()


@on_sqlite
async def test_it_is_nobody_elses_doing(acme: Product, draft: Draft) -> None:
    saved = (await acme.admin.saved(draft("sales")))["id"]
    await grow_old(saved)

    await retested(acme)

    entries = await models.AuditEntry.filter(company_id=acme.company_id, action="TEST_RUN").order_by("-at")
    assert entries[0].actor == "Retest (system:retest)"
    assert entries[0].subject_id == row_id(saved, "EmailAccount")


@on_sqlite
async def test_an_employees_own_account_is_tested_too(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    saved = (await ann.saved(draft("ann"), ownerId=ids["ann"]))["id"]
    await grow_old(saved)

    [trial] = await retest_due(acme.serving.house)

    assert (await ann.until_tested(encode("AccountTest", trial)))["status"] == "PASSED"
