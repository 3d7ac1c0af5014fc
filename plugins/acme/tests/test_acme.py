import asyncio
from collections.abc import Callable

import letterhead_acme

from letterhead_providers import Protocol, ServerReply, Stage
from letterhead_providers.catalogue import Catalogue


def catalogue() -> Catalogue:
    made = Catalogue()
    made.admit("acme", letterhead_acme)
    return made


def test_conformance(conformance: Callable[[], None]) -> None:
    conformance()


def test_a_pasted_app_password_is_freed_of_its_dashes() -> None:
    [method] = letterhead_acme.ACME.auth_methods
    secret = asyncio.run(catalogue().normalize(letterhead_acme.ACME, method, "abcd-efgh-ijkl "))
    assert secret == "abcdefghijkl"


def test_a_refusal_of_programs_is_explained() -> None:
    reply = ServerReply(code=535, text="Sorry, programs are not\nallowed here (id 4711)")
    found = asyncio.run(catalogue().explain("acme", Protocol.SMTP, Stage.SIGN_IN, reply))
    assert found is not None
    assert found.title == "Programs may not use this mailbox yet"
