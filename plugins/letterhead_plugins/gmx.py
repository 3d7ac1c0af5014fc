"""GMX (two systems: gmx.net and gmx.com), WEB.DE and mail.com, of one house, on servers of their own each.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/gmx.net.xml, gmx.com.xml, web.de.xml, mail.com.xml);
domains: the same, and deltachat/provider-db; mail exchangers: jace/mxsniff and public DNS dumps;
access for programs: https://hilfe.gmx.net/pop-imap/einschalten.html, https://support.gmx.com/pop-imap/toggle.html,
https://hilfe.web.de/pop-imap/einschalten.html, https://support.mail.com/pop-imap/toggle.html;
passwords with two-factor: https://hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html;
replies: https://github.com/muquit/mailsend-go/issues/67, https://github.com/jstedfast/MailKit/issues/968,
https://github.com/hpi-swt2/sport-portal/issues/462. No page gives a number for how much may be sent.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, received_by
from letterhead_plugins.homes import home_of, on_its_servers
from letterhead_plugins.mailcom_domains import DOMAINS as MAILCOM_DOMAINS
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.ways_in import generated
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
    hookimpl,
)

CONTRACT = 1

TWO_FACTOR_PAGE = "https://hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html"


def _ways_in(
    service: str, access_page: str, password_page: str | None = None, *before: Instruction
) -> tuple[AuthMethod, ...]:
    access = Instruction(
        text=f"In {service}'s web mail, in a desktop browser, open the settings, “POP3/IMAP retrieval”, "
        "allow access over POP3 and IMAP, and save. It is off at first.",
        link=access_page,
    )
    return (
        AuthMethod(
            key="password",
            title="Password",
            kind=CredentialKind.PASSWORD,
            recommended=True,
            instructions=(
                *before,
                Instruction(text="Use the account's own password as long as two-factor is off."),
                access,
            ),
        ),
        AuthMethod(
            key="app-password",
            title="Application-specific password",
            kind=CredentialKind.APP_PASSWORD,
            requires_two_factor=True,
            secret_label="Application-specific password",
            secret_format=generated(f"The password that {service} made for this program."),
            instructions=(
                *before,
                Instruction(
                    text="Needed once two-factor is on: open My Account, Security, “Application-specific "
                    "passwords”, and set up a new one.",
                    link=password_page,
                ),
                Instruction(text="Note it at once, as it is shown only once, and enter it here."),
                Instruction(text="Switching two-factor on closes POP3 and IMAP: open them again."),
                access,
            ),
        ),
    )


def _replies(service: str, access_page: str) -> tuple[KnownReply, ...]:
    foreign_sender = f"{service} sends only from the mailbox's own addresses"
    return (
        KnownReply(
            phrase="authentication credentials invalid",
            stages=(Stage.SIGN_IN,),
            diagnosis=DiagnosisCode.WRONG_PASSWORD,
            title=f"{service} did not accept the sign-in",
            explanation=f"{service} says this for a wrong password, but also while access over POP3 and IMAP "
            "is off, and for the account's own password once two-factor is on.",
            advice=(
                Instruction(text="Allow access over POP3 and IMAP in the settings.", link=access_page),
                Instruction(text="With two-factor on, enter an application-specific password."),
            ),
        ),
        KnownReply(
            phrase="sender address is not allowed",
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title=foreign_sender,
            explanation="The sender is not an address of the mailbox that signed in.",
            advice=(Instruction(text="Send from the mailbox's own address."),),
        ),
        KnownReply(
            code=550,
            phrase="mailbox unavailable",
            stages=(Stage.SENDER, Stage.DATA),
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title=foreign_sender,
            explanation=f"{service} hides a sender it does not know behind these general words.",
            advice=(Instruction(text="Send from the mailbox's own address."),),
        ),
        KnownReply(
            code=554,
            phrase="transaction failed",
            stages=(Stage.SENDER, Stage.DATA),
            diagnosis=DiagnosisCode.POLICY_OTHER,
            title=f"{service} refused the message by a rule of its own",
            explanation="Which rule it was, the page linked in the server's words says; c=hi in the link "
            "stands for headers that are missing or malformed.",
            advice=(Instruction(text="Open that link and see what it asks for."),),
        ),
    )


GMX_NET_ACCESS = "https://hilfe.gmx.net/pop-imap/einschalten.html"
GMX_NET = Provider(
    key="gmx-net",
    name="GMX (Germany, Austria, Switzerland)",
    website="https://www.gmx.net",
    domains=(
        *("email.gmx", "gmx.at", "gmx.biz", "gmx.ch", "gmx.de", "gmx.eu", "gmx.info", "gmx.net", "gmx.org"),
        *("mail.gmx", "mein.gmx"),
    ),
    mx=("gmx.net",),
    presets=presets(
        [submission("mail.gmx.net"), submission("mail.gmx.net", 587)],
        [pop3("pop.gmx.net"), imap("imap.gmx.net")],
    ),
    auth_methods=_ways_in("GMX", GMX_NET_ACCESS, TWO_FACTOR_PAGE),
    sends_as=SendAsRule.LOGIN_ONLY,
    replies=_replies("GMX", GMX_NET_ACCESS),
    popularity=78,
    sources=(GMX_NET_ACCESS, TWO_FACTOR_PAGE),
    checked="2026-11",
)

GMX_COM_ACCESS = "https://support.gmx.com/pop-imap/toggle.html"
GMX_COM = Provider(
    key="gmx-com",
    name="GMX (international)",
    website="https://www.gmx.com",
    domains=(
        *("gmx.ca", "gmx.cn", "gmx.co.in", "gmx.co.uk", "gmx.com", "gmx.com.br", "gmx.com.my", "gmx.com.tr"),
        *("gmx.es", "gmx.fr", "gmx.hk", "gmx.ie", "gmx.it", "gmx.li", "gmx.ph", "gmx.pt", "gmx.ru", "gmx.se"),
        *("gmx.sg", "gmx.tm", "gmx.tw", "gmx.us"),
    ),
    mx=("gmx.com",),
    presets=presets(
        [submission("mail.gmx.com"), submission("mail.gmx.com", 587)],
        [pop3("pop.gmx.com"), imap("imap.gmx.com")],
    ),
    auth_methods=_ways_in("GMX", GMX_COM_ACCESS),
    sends_as=SendAsRule.LOGIN_ONLY,
    replies=_replies("GMX", GMX_COM_ACCESS),
    popularity=68,
    sources=(GMX_COM_ACCESS,),
    checked="2026-11",
)

WEBDE_ACCESS = "https://hilfe.web.de/pop-imap/einschalten.html"
WEBDE = Provider(
    key="webde",
    name="WEB.DE",
    website="https://web.de",
    domains=(
        *("action.ms", "clever.ms", "cool.ms", "deutschland.ms", "email.de", "flirt.ms", "fussball.ms"),
        *("genial.ms", "hallo.ms", "ich.ms", "joker.ms", "kanzler.ms", "kuss.ms", "love.ms", "magic.ms"),
        *("okay.ms", "online.ms", "party.ms", "planet.ms", "pop.ms", "power.ms", "singles.ms", "smart.ms"),
        *("stars.ms", "techno.ms", "web.de", "wichtig.ms"),
    ),
    mx=("web.de",),
    presets=presets(
        [
            submission("smtp.web.de", 587, username="{local}"),
            submission("smtp.web.de", username="{local}"),
        ],
        [pop3("pop3.web.de", username="{local}"), imap("imap.web.de", username="{local}")],
    ),
    auth_methods=_ways_in("WEB.DE", WEBDE_ACCESS),
    sends_as=SendAsRule.LOGIN_ONLY,
    replies=_replies("WEB.DE", WEBDE_ACCESS),
    popularity=77,
    sources=(WEBDE_ACCESS,),
    checked="2026-11",
)

MAILCOM_ACCESS = "https://support.mail.com/pop-imap/toggle.html"
PREMIUM = Instruction(text="Newer accounts need mail.com Premium for SMTP, POP3 and IMAP.")
MAILCOM = Provider(
    key="mailcom",
    name="mail.com",
    website="https://www.mail.com",
    domains=MAILCOM_DOMAINS,
    mx=("mail.com",),
    presets=presets(
        [submission("smtp.mail.com"), submission("smtp.mail.com", 587)],
        [pop3("pop.mail.com"), imap("imap.mail.com")],
    ),
    auth_methods=_ways_in("mail.com", MAILCOM_ACCESS, None, PREMIUM),
    sends_as=SendAsRule.LOGIN_ONLY,
    replies=_replies("mail.com", MAILCOM_ACCESS),
    popularity=55,
    sources=(MAILCOM_ACCESS,),
    checked="2026-11",
)
FAMILY = (GMX_NET, GMX_COM, WEBDE, MAILCOM)


@hookimpl
def providers() -> Sequence[Provider]:
    return FAMILY


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    home = home_of(subject.address, FAMILY)
    if home is None:
        yield from received_by(subject.provider.name, domain_of(subject.address), subject.provider.mx)
    elif finding := on_its_servers(subject, home, FAMILY):
        yield finding
