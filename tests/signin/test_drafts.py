from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.accounts.drafts import AliasInput, Draft, ServerInput, address_key, binding, parse_draft
from letterhead.errors import ProblemCode, Refused
from letterhead.wire.server import MailServer
from letterhead_plugins.custom import CUSTOM
from letterhead_plugins.google import GMAIL
from letterhead_providers import Preset, Protocol, Security, Server
from providers.made import POP3, SMTP, a_provider

ADDRESS = "ann@acme.example"


def a_server(**changes: Any) -> ServerInput:
    data = {"protocol": Protocol.SMTP, "host": "mail.acme.example", "port": 465, "security": Security.TLS}
    return ServerInput(**(data | changes))


def problems(*, address: str = ADDRESS, aliases: Any = (), **servers: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        parse_draft(CUSTOM, address, aliases, servers.get("smtp", a_server()), servers.get("incoming"))
    return [(problem.code.value, ".".join(problem.path)) for problem in refused.value.problems]


def test_a_draft_is_completed_and_cleaned() -> None:
    draft = parse_draft(
        CUSTOM,
        " Ann@BÜCHER.example ",
        [AliasInput(address="info@bücher.example", display_name=" Info ")],
        a_server(host="Mail.BÜCHER.example."),
        a_server(protocol=Protocol.POP3, host="192.0.2.7", port=995, username=" ann "),
    )
    host = "mail.xn--bcher-kva.example"
    assert draft == Draft(
        address="Ann@xn--bcher-kva.example",
        aliases=(AliasInput(address="info@xn--bcher-kva.example", display_name="Info"),),
        provider_key="custom",
        smtp=MailServer(
            protocol=Protocol.SMTP,
            host=host,
            port=465,
            security=Security.TLS,
            username="Ann@xn--bcher-kva.example",
        ),
        incoming=MailServer(
            protocol=Protocol.POP3, host="192.0.2.7", port=995, security=Security.TLS, username="ann"
        ),
    )


@pytest.mark.parametrize(
    ("template", "login"),
    [
        ("{address}", ADDRESS),
        ("{local}", "ann"),
        ("{domain}\\{local}", "acme.example\\ann"),
        ("apikey", "apikey"),
    ],
)
def test_the_login_is_what_the_provider_says(template: str, login: str) -> None:
    smtp = Server(
        protocol=Protocol.SMTP, host="s.example", port=465, security=Security.TLS, username=template
    )
    provider = a_provider(presets=(Preset(label="p", smtp=smtp, incoming=POP3),))
    assert parse_draft(provider, ADDRESS, (), None, None).smtp.username == login


def test_a_local_part_that_looks_like_a_template_is_none() -> None:
    provider = a_provider(presets=(Preset(label="p", smtp=SMTP, incoming=None),))
    assert (
        parse_draft(provider, "{local}@acme.example", (), None, None).smtp.username == "{local}@acme.example"
    )


def test_one_server_given_the_other_comes_from_the_preset_that_is_closest() -> None:
    imap = a_server(protocol=Protocol.IMAP, host="imap.gmail.com", port=993)
    starttls = a_server(host="smtp.gmail.com", port=587, security=Security.STARTTLS)
    by_imap = parse_draft(GMAIL, ADDRESS, (), None, imap)
    by_starttls = parse_draft(GMAIL, ADDRESS, (), starttls, None)
    assert (by_imap.smtp.port, by_imap.incoming and by_imap.incoming.port) == (465, 993)
    assert (by_starttls.smtp.port, by_starttls.incoming and by_starttls.incoming.port) == (587, 995)


def test_without_encryption_is_noted() -> None:
    draft = parse_draft(CUSTOM, ADDRESS, (), a_server(security=Security.NONE, port=25), None)
    assert draft.unencrypted == (Protocol.SMTP,)
    assert parse_draft(CUSTOM, ADDRESS, (), a_server(), None).unencrypted == ()


BAD_ADDRESSES = [
    "ann",
    "ann@",
    "ann@acme",
    "ann@acme..example",
    "ann@acme.example\r\nRCPT TO:<x@y.example>",
    "an\x00n@acme.example",
    "Ann <ann@acme.example>",
    "ann@acme.example,ben@acme.example",
    "änn@acme.example",
    "ann\u202e@acme.example",
    "ann@[127.0.0.1]",
    '"a b"@acme.example',
    "\ud800@acme.example",
    "a" * 65 + "@acme.example",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert problems(address=address) == [("INVALID", "draft.address")]
    assert problems(aliases=[AliasInput(address=address)]) == [("INVALID", "draft.aliases.0.address")]


def test_every_problem_is_said_at_once() -> None:
    assert problems(
        address=" ",
        aliases=[
            AliasInput(address="info@acme.example", display_name="In\nfo"),
            AliasInput(address="INFO@acme.example", display_name="x" * 201),
        ],
        smtp=a_server(protocol=Protocol.POP3, host=" ", port=0, username="a\r\nb"),
        incoming=a_server(host="http://x/", port=65536),
    ) == [
        ("REQUIRED", "draft.address"),
        ("INVALID", "draft.aliases.0.displayName"),
        ("INVALID", "draft.aliases.1.address"),
        ("INVALID", "draft.aliases.1.displayName"),
        ("INVALID", "draft.smtp.protocol"),
        ("INVALID", "draft.smtp.port"),
        ("REQUIRED", "draft.smtp.host"),
        ("INVALID", "draft.smtp.username"),
        ("INVALID", "draft.incoming.protocol"),
        ("INVALID", "draft.incoming.port"),
        ("INVALID", "draft.incoming.host"),
    ]


def test_an_account_has_twenty_aliases_and_not_its_own_address_among_them() -> None:
    many = [AliasInput(address=f"a{number}@acme.example") for number in range(21)]
    assert len(parse_draft(CUSTOM, ADDRESS, many[:20], a_server(), None).aliases) == 20
    assert problems(aliases=many) == [("INVALID", "draft.aliases")]
    assert problems(aliases=[AliasInput(address="ANN@acme.example")]) == [
        ("INVALID", "draft.aliases.0.address")
    ]


def test_a_server_of_one_s_own_has_to_be_named() -> None:
    with pytest.raises(Refused) as refused:
        parse_draft(CUSTOM, ADDRESS, (), None, None, prefix=())
    [problem] = refused.value.problems
    assert (problem.code, problem.path) == (ProblemCode.REQUIRED, ("smtp",))


logins = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9)
servers = st.builds(
    a_server,
    host=st.sampled_from(["a.example", "b.example"]),
    port=st.sampled_from([25, 465]),
    security=st.sampled_from(Security),
    username=logins,
)


@given(servers, servers)
def test_two_drafts_are_bound_alike_only_if_they_go_to_the_same_places(
    one: ServerInput, other: ServerInput
) -> None:
    drafts = [parse_draft(CUSTOM, ADDRESS, (), server, None) for server in (one, other)]
    assert (binding(drafts[0]) == binding(drafts[1])) is (drafts[0].smtp == drafts[1].smtp)


def test_two_addresses_are_one_mailbox_whatever_their_letter_case() -> None:
    assert address_key("Ann@Acme.Example") == address_key("ann@acme.example") == "ann@acme.example"
