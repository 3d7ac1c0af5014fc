"""Yahoo Mail, and AOL with Verizon.net, which share one system of accounts but not their servers.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/yahoo.com.xml, ispdb/aol.com.xml, ispdb/verizon.net.xml) and nodemailer's
list; mail exchangers: jace/mxsniff, mxsniff/providers.py;
app passwords: https://help.yahoo.com/kb/generate-manage-rd-party-passwords-sln15241.html;
OAuth2: simonrob/email-oauth2-proxy and Thunderbird, which sign in without PKCE;
limits, stated for the business product on the same servers: https://help.yahoo.com/kb/SLN17518.html;
replies: https://github.com/PHPMailer/PHPMailer/issues/2034 and reports at deltachat/provider-db.
Whether a foreign sender is refused, and how much AOL lets one send, no page of theirs says.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, received_by
from letterhead_plugins.homes import home_of, on_its_servers
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.replies import in_other_words
from letterhead_plugins.ways_in import generated, password_refused
from letterhead_providers import (
    Actor,
    AuthMethod,
    Checks,
    CredentialKind,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    KnownReply,
    Limits,
    OAuth2,
    Provider,
    Retry,
    Stage,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

SIGNING_IN = (Stage.SIGN_IN,)
JAPAN = "yahoo.co.jp"


def _app_password(service: str, page: str) -> AuthMethod:
    return AuthMethod(
        key="app-password",
        title="App password",
        kind=CredentialKind.APP_PASSWORD,
        recommended=True,
        secret_label="App password",
        secret_format=generated(f"The password that {service} made for this program; spaces do not count."),
        instructions=(
            Instruction(
                text=f"Open {service}'s account security page, in a browser that has been signed in for some "
                "days and not in a private window; elsewhere app passwords may be refused.",
                link=page,
            ),
            Instruction(text="Choose to create an app password, and type a name for this program."),
            Instruction(text="Copy the password and paste it here. It is shown once."),
            Instruction(
                text="This is the way in with and without two-step verification, and it opens POP and IMAP."
            ),
        ),
    )


def _sign_in(service: str, authorization_server: str) -> AuthMethod:
    return AuthMethod(
        key="oauth2",
        title=f"Sign in with {service}",
        kind=CredentialKind.OAUTH2,
        instructions=(
            Instruction(text=f"{service} admits no new programs to this; an older registration is needed."),
        ),
        oauth2=OAuth2(
            authorize_url=f"{authorization_server}/oauth2/request_auth",
            token_url=f"{authorization_server}/oauth2/get_token",
            scopes=("mail-w",),
            mechanisms=("XOAUTH2", "OAUTHBEARER"),
            pkce=False,
        ),
    )


def _replies(service: str, page: str) -> tuple[KnownReply, ...]:
    app_password_wanted = KnownReply(
        phrase="#MBR1212",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
        title=f"{service} wants an app password",
        explanation=f"{service} lets no program in with the account's own password. An app password that "
        "was deleted is refused in the same way.",
        advice=(Instruction(text="Create an app password and enter it here.", link=page),),
    )
    too_often = KnownReply(
        phrase="too many bad auth attempts",
        diagnosis=DiagnosisCode.RATE_LIMITED,
        title="Too many failed sign-ins",
        explanation=f"{service} refuses sign-ins for a while, right ones too.",
        advice=(Instruction(text="Wait a while, then use an app password.", link=page),),
        retry=Retry.LATER,
    )
    return (
        *in_other_words(app_password_wanted, "app password required", "login invalid credentials"),
        *in_other_words(too_often, "#AUTH005"),
    )


YAHOO_SECURITY = "https://login.yahoo.com/account/security"
YAHOO = Provider(
    key="yahoo",
    name="Yahoo Mail",
    website="https://mail.yahoo.com",
    domains=(
        *("myyahoo.com", "rocketmail.com", "ymail.com"),
        *("yahoo.ca", "yahoo.co.in", "yahoo.co.nz", "yahoo.co.uk", "yahoo.com", "yahoo.com.ar"),
        *("yahoo.com.au", "yahoo.com.br", "yahoo.com.mx", "yahoo.de", "yahoo.es", "yahoo.fr"),
        *("yahoo.it", "yahoo.se"),
    ),
    mx=("am0.yahoodns.net",),  # all of yahoodns.net would take AOL's in
    presets=presets(
        [submission("smtp.mail.yahoo.com"), submission("smtp.mail.yahoo.com", 587)],
        [pop3("pop.mail.yahoo.com"), imap("imap.mail.yahoo.com")],
    ),
    auth_methods=(
        _app_password("Yahoo", YAHOO_SECURITY),
        _sign_in("Yahoo", "https://api.login.yahoo.com"),
        password_refused(
            "Yahoo lets no program in with the account’s own password.", instead="Create an app password."
        ),
    ),
    limits=Limits(
        messages_per_day=500,
        recipients_per_message=100,
        note="Every recipient counts as one of the 500.",
        source="https://help.yahoo.com/kb/SLN17518.html",
    ),
    replies=_replies("Yahoo", YAHOO_SECURITY),
    popularity=90,
    sources=("https://help.yahoo.com/kb/generate-manage-rd-party-passwords-sln15241.html",),
    checked="2026-11",
)

AOL_SECURITY = "https://login.aol.com/account/security"
AOL = Provider(
    key="aol",
    name="AOL Mail",
    website="https://mail.aol.com",
    domains=(
        *("aim.com", "aol.co.nz", "aol.co.uk", "aol.com", "aol.com.ar", "aol.com.au", "aol.com.br"),
        *("aol.com.mx", "aol.de", "aol.es", "aol.fr", "aol.it", "aol.se", "compuserve.com", "cs.com"),
        *("netscape.com", "netscape.net", "verizon.net", "wmconnect.com"),
    ),
    mx=("mail.gm0.yahoodns.net", "mx.aol.com"),
    presets=presets(
        [submission("smtp.aol.com"), submission("smtp.aol.com", 587)],
        [pop3("pop.aol.com"), imap("imap.aol.com")],
    ),
    auth_methods=(
        _app_password("AOL", AOL_SECURITY),
        _sign_in("AOL", "https://api.login.aol.com"),
        password_refused(
            "AOL lets no program in with the account’s own password.", instead="Create an app password."
        ),
    ),
    replies=_replies("AOL", AOL_SECURITY),
    popularity=60,
    sources=(
        "https://github.com/thunderbird/autoconfig/blob/c6ad797/ispdb/aol.com.xml",
        "https://github.com/deltachat/provider-db/blob/5c14381/_providers/aol.md",
    ),
    checked="2026-11",
)
FAMILY = (YAHOO, AOL)


@hookimpl
def providers() -> Sequence[Provider]:
    return FAMILY


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    domain = domain_of(subject.address)
    if domain == JAPAN:
        yield _other_company(subject.address)
    elif home := home_of(subject.address, FAMILY):
        finding = on_its_servers(subject, home, FAMILY, otherwise=Verdict.WARNED)
        if finding:
            yield finding
    else:
        yield from received_by(subject.provider.name, domain, subject.provider.mx)


def _other_company(address: str) -> Finding:
    return Finding(
        title=f"{address} is a Yahoo Mail address",
        verdict=Verdict.FAILED,
        diagnosis=Diagnosis(
            code=DiagnosisCode.SENDER_NOT_OWNED,
            title=f"{JAPAN} is another company",
            explanation="Yahoo! Japan has servers and accounts of its own; Yahoo Mail has no say over its "
            "addresses.",
            advice=(
                Instruction(
                    text="Use smtp.mail.yahoo.co.jp and pop.mail.yahoo.co.jp, with ports 465 and 995."
                ),
            ),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )
