"""NetEase's free mail: 163.com, 126.com and yeah.net, on servers of their own each.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/163.com.xml, 126.com.xml, yeah.net.xml), nodemailer's list, and for POP3
public configurations; authorization codes: deltachat/provider-db, _providers/163.md;
replies: https://github.com/testerSunshine/12306/issues/62, https://github.com/hongrunhui/node_12306/issues/1,
https://github.com/splitbrain/dokuwiki-plugin-smtp/issues/1, https://github.com/pimalaya/himalaya/issues/651.
No page gives a number for how much may be sent, or the form of a code; mail exchangers have no source.
"""

from collections.abc import Sequence

from letterhead_plugins.homes import home_of, on_its_servers
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.ways_in import generated, password_refused
from letterhead_providers import (
    AuthMethod,
    Checks,
    CredentialKind,
    DiagnosisCode,
    Finding,
    Instruction,
    KnownReply,
    Provider,
    SendAsRule,
    Stage,
    Subject,
    hookimpl,
)

CONTRACT = 1

SIGNING_IN = (Stage.SIGN_IN,)


def _authorization_code(web_mail: str) -> AuthMethod:
    return AuthMethod(
        key="app-password",
        title="Client authorization code",
        kind=CredentialKind.APP_PASSWORD,
        recommended=True,
        secret_label="Client authorization code",
        secret_format=generated("The code that NetEase made for this program; spaces do not count."),
        instructions=(
            Instruction(text="Open Settings, “POP3/SMTP/IMAP”, in the web mail.", link=web_mail),
            Instruction(
                text="Switch POP3/SMTP on, and IMAP if wanted. It is confirmed by a text message to the "
                "telephone bound to the account."
            ),
            Instruction(text="Copy the authorization code and paste it here. It is shown once."),
            Instruction(text="A free account may hold two codes at a time."),
        ),
    )


def _replies(web_mail: str) -> tuple[KnownReply, ...]:
    return (
        KnownReply(
            code=535,
            phrase="authentication failed",
            stages=SIGNING_IN,
            diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
            title="NetEase wants an authorization code",
            explanation="NetEase lets no program in with the account's own password, nor with a code that "
            "was withdrawn.",
            advice=(Instruction(text="Have a new code issued in the settings.", link=web_mail),),
        ),
        KnownReply(
            phrase="user has no permission",
            stages=SIGNING_IN,
            diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
            title="SMTP is switched off for this mailbox",
            explanation="The code may well be right, but the mailbox does not let programs send.",
            advice=(Instruction(text="Switch it on under Settings, “POP3/SMTP/IMAP”.", link=web_mail),),
        ),
        KnownReply(
            phrase="must equal authorized user",
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title="NetEase sends only from the address that signs in",
            explanation="The sender is another address than the login.",
            advice=(Instruction(text="Send from the address that signs in."),),
        ),
        KnownReply(
            phrase="unsafe login",
            diagnosis=DiagnosisCode.POLICY_OTHER,
            title="NetEase does not open the mailbox by IMAP",
            explanation="The sign-in was right. By IMAP NetEase opens a mailbox only to programs that have "
            "named themselves.",
            advice=(Instruction(text="Use POP3 for incoming mail."),),
        ),
    )


def _netease(key: str, domain: str, popularity: int) -> Provider:
    web_mail = f"https://mail.{domain}"
    return Provider(
        key=f"netease-{key}",
        name=f"NetEase {domain}",
        website=web_mail,
        domains=(domain,),
        presets=presets([submission(f"smtp.{domain}")], [pop3(f"pop.{domain}"), imap(f"imap.{domain}")]),
        auth_methods=(
            _authorization_code(web_mail),
            password_refused(
                "NetEase lets no program in with the account’s own password.",
                instead="Use an authorization code.",
            ),
        ),
        sends_as=SendAsRule.LOGIN_ONLY,
        replies=_replies(web_mail),
        popularity=popularity,
        sources=(
            f"https://github.com/thunderbird/autoconfig/blob/c6ad797/ispdb/{domain}.xml",
            "https://github.com/deltachat/provider-db/blob/5c14381/_providers/163.md",
        ),
        checked="2026-11",
    )


FAMILY = (
    _netease("163", "163.com", 74),
    _netease("126", "126.com", 58),
    _netease("yeah", "yeah.net", 35),
)


@hookimpl
def providers() -> Sequence[Provider]:
    return FAMILY


@hookimpl
def checks(subject: Subject) -> Checks | None:
    home = home_of(subject.address, FAMILY)
    finding = on_its_servers(subject, home, FAMILY) if home else None
    return _found(finding) if finding else None


def _found(finding: Finding) -> Checks:
    yield finding
