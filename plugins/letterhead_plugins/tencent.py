"""Tencent's QQ Mail with Foxmail, and Exmail for domains of one's own.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/qq.com.xml), nodemailer's list, mailcore2's list, and for POP3 public
configurations; mail exchangers: jace/mxsniff, and for Exmail public DNS dumps;
authorization codes: https://service.mail.qq.com/cgi-bin/help?subtype=1&id=28&no=1001256;
replies: https://github.com/YMFE/yapi/issues/2219, https://github.com/nodeSolidServer/node-solid-server/issues/1281,
https://github.com/pandolia/qqbot/issues/221 (words in GBK that cannot be read).
No page gives a number for how much may be sent, or the form of a code; of Exmail's replies and sender rule
nothing was found.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, is_below, received_by
from letterhead_plugins.homes import home_of, on_its_servers
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.ways_in import generated, password_refused
from letterhead_providers import (
    AuthMethod,
    Checks,
    CredentialKind,
    DiagnosisCode,
    Instruction,
    KnownReply,
    Provider,
    SendAsRule,
    Stage,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

WEB_MAIL = "https://mail.qq.com"

QQ = Provider(
    key="qq",
    name="QQ Mail",
    website=WEB_MAIL,
    domains=("foxmail.com", "qq.com"),
    mx=("mx.qq.com",),
    presets=presets(
        [submission("smtp.qq.com"), submission("smtp.qq.com", 587)],
        [pop3("pop.qq.com"), imap("imap.qq.com")],
    ),
    auth_methods=(
        AuthMethod(
            key="app-password",
            title="Authorization code",
            kind=CredentialKind.APP_PASSWORD,
            recommended=True,
            secret_label="Authorization code",
            secret_format=generated("The code that QQ Mail made for this program; spaces do not count."),
            instructions=(
                Instruction(text="Open Settings, Account, in the web mail.", link=WEB_MAIL),
                Instruction(text="Switch on POP3/SMTP, or IMAP/SMTP."),
                Instruction(text="Have an authorization code issued, copy it and paste it here."),
            ),
        ),
        password_refused(
            "QQ Mail lets no program in with the account’s own password.",
            instead="Use an authorization code.",
        ),
    ),
    sends_as=SendAsRule.LOGIN_ONLY,
    replies=(
        KnownReply(
            phrase="must be same as authorization user",
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title="QQ Mail sends only from the address that signs in",
            explanation="The sender is another address than the login.",
            advice=(Instruction(text="Send from the address that signs in."),),
        ),
        KnownReply(  # the words are of many kinds, some in GBK; the meaning is one
            code=535,
            stages=(Stage.SIGN_IN,),
            diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
            title="QQ Mail wants an authorization code",
            explanation="QQ Mail lets no program in with the account's own password, nor with a code that "
            "has ended, nor while POP3 and SMTP are off.",
            advice=(
                Instruction(
                    text="Switch the service on in the settings and have a new code issued.", link=WEB_MAIL
                ),
            ),
            help="https://service.mail.qq.com/cgi-bin/help?subtype=1&id=28&no=1001256",
        ),
        KnownReply(
            phrase="enter your authorization code",
            stages=(Stage.SIGN_IN,),
            diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
            title="QQ Mail wants an authorization code",
            explanation="QQ Mail lets no program in with the account's own password.",
            advice=(Instruction(text="Have a new code issued in the settings.", link=WEB_MAIL),),
        ),
    ),
    popularity=76,
    sources=("https://service.mail.qq.com/cgi-bin/help?subtype=1&id=28&no=1001256",),
    checked="2026-11",
)

EXMAIL = Provider(
    key="exmail",
    name="Tencent Exmail",
    website="https://exmail.qq.com",
    domains=("exmail.qq.com",),
    mx=("mxbiz1.qq.com", "mxbiz2.qq.com"),
    presets=presets(
        [submission("smtp.exmail.qq.com")], [pop3("pop.exmail.qq.com"), imap("imap.exmail.qq.com")]
    ),
    auth_methods=(
        AuthMethod(
            key="app-password",
            title="Client password",
            kind=CredentialKind.APP_PASSWORD,
            recommended=True,
            secret_label="Client password",
            secret_format=generated("The client password that Exmail made; spaces do not count."),
            instructions=(Instruction(text="Needed where secure login is on for the account."),),
        ),
        AuthMethod(
            key="password",
            title="Password",
            kind=CredentialKind.PASSWORD,
            instructions=(Instruction(text="Accepted where secure login is off for the account."),),
        ),
    ),
    popularity=57,
    sources=(
        "https://github.com/nodemailer/nodemailer/blob/2f667f4/lib/well-known/services.json",
        "https://github.com/MailCore/mailcore2/blob/8f0923d/resources/providers.json",
    ),
    checked="2026-11",
)
FAMILY = (QQ, EXMAIL)


@hookimpl
def providers() -> Sequence[Provider]:
    return FAMILY


@hookimpl
def match(provider: Provider, mx: Sequence[str]) -> bool | None:
    """Exmail's exchangers are below qq.com too, and were asked about before, so the rest is QQ Mail's."""
    hosts = [host.rstrip(".").lower() for host in mx]
    return (provider.key == QQ.key and any(is_below(host, ("qq.com",)) for host in hosts)) or None


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    home, otherwise = home_of(subject.address, FAMILY), Verdict.FAILED
    if home is None:
        hosts = yield from received_by("Tencent", domain_of(subject.address), ("qq.com",))
        if any(is_below(host, EXMAIL.mx) for host in hosts):
            home, otherwise = EXMAIL, Verdict.WARNED
    if home and (finding := on_its_servers(subject, home, FAMILY, otherwise)):
        yield finding
