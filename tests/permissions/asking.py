"""How a call ends for a caller."""

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from api.live import over_sse
from lab.product import Caller
from letterhead.schema.ids import decode, encode
from permissions.calls import Call

NO = {"NOT_FOUND", "NOT_PERMITTED", "FORBIDDEN", "UNAUTHENTICATED", "SENDER_NOT_AVAILABLE"}


def with_ids(value: Any, named: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: with_ids(one, named) for key, one in value.items()}
    if isinstance(value, list):
        return [with_ids(one, named) for one in value]
    return named[value[1:]] if isinstance(value, str) and value.startswith("#") else value


def of_nothing(named: dict[str, str]) -> dict[str, str]:
    """Ids of the same kinds that nobody has."""
    kinds = {name: decode(opaque) for name, opaque in named.items()}
    return {name: encode(kind[0], uuid4()) for name, kind in kinds.items() if kind}


async def answered(caller: Caller, call: Call, named: dict[str, str]) -> dict[str, Any]:
    variables = with_ids(call.variables, named)
    if call.field.startswith("Subscription."):
        who = await caller.answer("{ viewer { permissions } }")
        if "errors" in who:
            return who
    else:
        return await caller.answer(call.document, **variables)
    async with asyncio.timeout(20), aclosing(over_sse(caller, call.document, **variables)) as events:
        return await anext(events)


def lets_in(answer: dict[str, Any]) -> bool:
    """Whether the answer is about what was asked for."""
    if any(error["extensions"]["code"] in NO for error in answer.get("errors", [])):
        return False
    if "errors" in answer:
        return True
    [shown] = answer["data"].values()
    if isinstance(shown, dict):
        return not any(problem["code"] in NO for problem in shown.get("errors", []))
    return shown not in (None, [None])
