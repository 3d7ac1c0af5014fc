"""Tests of accounts as a client sees them."""

from typing import Any

from lab.product import Caller, Product

TEST = """
mutation ($input: TestAccountInput!) {
  testAccount(input: $input) { test { id } errors { message path code } }
}
"""
SHOW = """
query ($id: ID!) {
  node(id: $id) {
    ... on AccountTest {
      id status address
      steps { leg stage subject title status tookMs evidence transcript diagnosis { ...Why } }
      diagnosis { ...Why }
      suggestion {
        provider { key } smtp { ...Server } incoming { ...Server }
        authMethods { key } source trusted
      }
      startedAt finishedAt
    }
  }
}
fragment Why on Diagnosis {
  code title explanation advice { text } actor retry reply { text } explainedBy
}
fragment Server on MailServer { protocol host port security username }
"""
ACCOUNT = """
query ($id: ID!) {
  node(id: $id) {
    ... on EmailAccount {
      id status addressProof problem { code }
      aliases { address proof problem { code } }
      tests { nodes { id status diagnosis { code } } }
    }
  }
}
"""
SET_RETEST = "UPDATE company SET retest_after_days = $1 WHERE id = $2"


async def run_test(caller: Caller, draft: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """A test that has come to its end, with all that is shown of it."""
    started = await caller.do(TEST, ({"draft": draft} if draft else {}) | given)
    assert started["errors"] == [], started
    return await shown(caller, started["test"]["id"])


async def shown(caller: Caller, test_id: str) -> dict[str, Any]:
    await caller.until_tested(test_id)
    test: dict[str, Any] = (await caller.ask(SHOW, id=test_id))["node"]
    return test


async def account(product: Product, account_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await product.admin.ask(ACCOUNT, id=account_id))["node"]
    return found


def steps(test: dict[str, Any], stage: str) -> list[dict[str, Any]]:
    return [step for step in test["steps"] if step["stage"] == stage]


def outcome(test: dict[str, Any], stage: str) -> list[tuple[str | None, str, str | None]]:
    """Subject or leg, status and diagnosis of each step of a stage."""
    return [
        (
            step["subject"] or step["leg"],
            step["status"],
            step["diagnosis"] and step["diagnosis"]["code"],
        )
        for step in steps(test, stage)
    ]
