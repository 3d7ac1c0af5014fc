"""Zoho Mail, which keeps every account in one of its data centres, each with servers of its own.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/zoho.com.xml, zoho.eu.xml, zoho.in.xml, zoho.jp.xml, zohocloud.ca.xml),
nodemailer's list, and for Australia public configurations;
servers of organisations: https://wiki.brostweb.com/books/external-accounts/chapter/zoho/export/html;
mail exchangers: jace/mxsniff, mxsniff/providers.py, and public DNS dumps;
app passwords:
https://help.zoho.com/portal/en/kb/solo/communication/settings/articles/how-to-generate-app-specific-password;
limits: https://www.zoho.com/mail/help/usage-policy.html, which gives no numbers;
replies: https://github.com/frappe/erpnext/issues/19057, https://github.com/mattermost/mattermost/issues/13224
and Zoho's community pages. For OAuth2 at its mail servers no source was found.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, is_below, received_by
from letterhead_plugins.homes import home_of, on_its_servers
from letterhead_plugins.late_verdicts import other_senders
from letterhead_plugins.ways_in import generated
from letterhead_plugins.zoho_places import ADDRESS_DOMAINS, DATA_CENTRES, EXCHANGERS
from letterhead_providers import (
    Actor,
    AuthMethod,
    Checks,
    CredentialKind,
    DiagnosisCode,
    Instruction,
    KnownReply,
    Limits,
    Provider,
    SendAsRule,
    Stage,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

APP_PASSWORDS = "https://accounts.zoho.com/home#security/app_password"
SWITCHED_ON = Instruction(
    text="In Zoho Mail's settings, under “Mail Accounts”, choose the primary address, tick POP or IMAP "
    "access, and save. Free plans may not have them.",
    link="https://mail.zoho.com/zm/#settings/all/mailaccounts",
)
SAME_PLACE = Instruction(
    text="Choose the servers of the data centre that the account is in: where the web mail is at zoho.eu, "
    "they end in zoho.eu too. Organisations with a domain of their own use smtppro, poppro and imappro."
)

ZOHO = Provider(
    key="zoho",
    name="Zoho Mail",
    website="https://www.zoho.com/mail/",
    domains=ADDRESS_DOMAINS,
    mx=EXCHANGERS,
    presets=tuple(preset for place in DATA_CENTRES for preset in place.presets),
    auth_methods=(
        AuthMethod(
            key="app-password",
            title="App password",
            kind=CredentialKind.APP_PASSWORD,
            recommended=True,
            requires_two_factor=True,
            secret_label="App password",
            secret_format=generated("The password that Zoho made for this program; spaces do not count."),
            instructions=(
                SAME_PLACE,
                SWITCHED_ON,
                Instruction(
                    text="Open the account page of the same data centre (accounts.zoho.com, "
                    "accounts.zoho.eu, accounts.zoho.in …), then Security, App Passwords.",
                    link=APP_PASSWORDS,
                ),
                Instruction(text="Generate a new password, and type a name for this program."),
                Instruction(text="Copy it and paste it here. It is not shown again."),
            ),
        ),
        AuthMethod(
            key="password",
            title="Password",
            kind=CredentialKind.PASSWORD,
            instructions=(
                Instruction(
                    text="Only without two-factor authentication, and where the organisation does not sign "
                    "in with SAML; otherwise create an app password."
                ),
                SAME_PLACE,
                SWITCHED_ON,
            ),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        note="Zoho publishes no numbers. Unusual amounts block outgoing mail for one to five days.",
        source="https://www.zoho.com/mail/help/usage-policy.html",
    ),
    replies=(
        KnownReply(
            phrase="relaying disallowed",
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title="Zoho does not know this sender",
            explanation="The sender is neither the address that signed in nor a confirmed alias of it, or "
            "the servers are not those of the account's data centre.",
            advice=(
                Instruction(text="Send from the address that signs in, or confirm this one in Zoho Mail."),
                SAME_PLACE,
            ),
        ),
        KnownReply(
            phrase="authentication failed",
            code=535,
            stages=(Stage.SIGN_IN,),
            diagnosis=DiagnosisCode.WRONG_PASSWORD,
            title="Zoho did not accept the address or the password",
            explanation="Either one of them is not right, or two-factor authentication asks for an app "
            "password, or the account is in another data centre than these servers.",
            advice=(
                SAME_PLACE,
                Instruction(text="Create an app password and enter it here.", link=APP_PASSWORDS),
            ),
        ),
        KnownReply(
            phrase="unusual sending activity",
            diagnosis=DiagnosisCode.ACCOUNT_LOCKED,
            title="Zoho has blocked outgoing mail of this account",
            explanation="The account sent more, or otherwise, than usual.",
            advice=(Instruction(text="Lift the block in Zoho Mail, and send less at a time."),),
        ),
        KnownReply(
            phrase="sender address blocked",
            diagnosis=DiagnosisCode.ACCOUNT_LOCKED,
            title="Zoho does not let this user send",
            explanation="Outgoing mail is blocked for this user.",
            advice=(Instruction(text="Ask your administrator, or Zoho's support, to lift the block."),),
            actor=Actor.MAIL_ADMIN,
        ),
    ),
    popularity=82,
    sources=("https://www.zoho.com/mail/help/usage-policy.html",),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [ZOHO]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    """An address shows its data centre itself; a domain of one's own shows it by its mail exchangers."""
    home = home_of(subject.address, DATA_CENTRES)
    otherwise = Verdict.FAILED
    if home is None:
        hosts = yield from received_by("Zoho", domain_of(subject.address), EXCHANGERS)
        homes = (place for place in DATA_CENTRES for host in hosts if is_below(host, place.exchangers))
        home, otherwise = next(homes, None), Verdict.WARNED
    if home and (finding := on_its_servers(subject, home, DATA_CENTRES, otherwise)):
        yield finding
    yield from other_senders(
        subject,
        "Zoho",
        Instruction(text="Add it in Zoho Mail's settings, under “Send mail as”, and confirm it."),
    )
