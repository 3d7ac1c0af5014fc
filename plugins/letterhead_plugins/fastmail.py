"""Fastmail, with its many domains and those of one's own.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/messagingengine.com.xml) and
https://www.fastmail.com/help/technical/servernamesandports.html, which advises port 465;
mail exchangers: jace/mxsniff, mxsniff/providers.py;
app passwords: https://www.fastmail.com/help/clients/apppassword.html;
replies: https://github.com/AlverezYari/phillips-homelab/pull/347 (an alias as the login),
https://github.com/mealie-recipes/mealie/issues/1887, and public configurations.
No page gives a number for how much may be sent. Its OAuth2 is for registered clients, and which SASL
mechanisms take its tokens no source says, so it is left out.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, received_by
from letterhead_plugins.late_verdicts import other_senders
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
    hookimpl,
)

CONTRACT = 1

APP_PASSWORDS = "https://app.fastmail.com/settings/security/apps"
EXCHANGERS = ("messagingengine.com",)
_LISTED = """
123mail.org 150mail.com 150ml.com 16mail.com 2-mail.com 4email.net 50mail.com airpost.net allmail.net
bestmail.us cluemail.com elitemail.org emailcorner.net emailengine.net emailengine.org emailgroups.net
emailplus.org emailuser.net eml.cc f-m.fm fast-email.com fast-mail.org fastem.com fastemail.us
fastemailer.com fastest.cc fastimap.com fastmail.cn fastmail.co.uk fastmail.com fastmail.com.au fastmail.de
fastmail.es fastmail.fm fastmail.fr fastmail.im fastmail.in fastmail.jp fastmail.mx fastmail.net fastmail.nl
fastmail.org fastmail.se fastmail.to fastmail.tw fastmail.uk fastmail.us fastmailbox.net fastmessaging.com
fea.st fmail.co.uk fmailbox.com fmgirl.com fmguy.com ftml.net h-mail.us hailmail.net imap-mail.com imap.cc
imapmail.org inoutbox.com internet-e-mail.com internet-mail.org internetemails.net internetmailing.net
jetemail.net justemail.net letterboxes.org mail-central.com mail-page.com mailandftp.com mailas.com
mailbolt.com mailc.net mailcan.com mailforce.net mailftp.com mailhaven.com mailingaddress.org mailite.com
mailmight.com mailnew.com mailsent.net mailservice.ms mailup.net mailworks.org ml1.net mm.st myfastmail.com
mymacmail.com nospammail.net ownmail.net petml.com postinbox.com postpro.net proinbox.com promessage.com
realemail.net reallyfast.biz reallyfast.info rushpost.com sent.as sent.at sent.com speedpost.net
speedymail.org ssl-mail.com swift-mail.com the-fastest.net the-quickest.com theinternetemail.com
veryfast.biz veryspeedy.net warpmail.net xsmail.com yepmail.net your-mail.com
"""
DOMAINS = tuple(_LISTED.split())

FASTMAIL = Provider(
    key="fastmail",
    name="Fastmail",
    website="https://www.fastmail.com",
    domains=DOMAINS,
    mx=EXCHANGERS,
    presets=presets(
        [submission("smtp.fastmail.com"), submission("smtp.fastmail.com", 587)],
        [pop3("pop.fastmail.com"), imap("imap.fastmail.com")],
    ),
    auth_methods=(
        AuthMethod(
            key="app-password",
            title="App password",
            kind=CredentialKind.APP_PASSWORD,
            recommended=True,
            secret_label="App password",
            secret_format=generated("16 characters, shown in groups; the spaces do not count.", r"\S{16}"),
            instructions=(
                Instruction(text="Basic plans have no SMTP, POP or IMAP; any other plan has."),
                Instruction(
                    text="Open Settings, Privacy and Security, “Connected apps and API tokens”, and manage "
                    "app passwords.",
                    link=APP_PASSWORDS,
                ),
                Instruction(text="Choose a new app password, name it, and give it access to mail."),
                Instruction(text="Generate it, copy it and paste it here."),
                Instruction(
                    text="Sign in with the account's primary address, not with an alias or an address of a "
                    "domain of your own."
                ),
            ),
        ),
        password_refused(
            "Fastmail lets no program in with the account’s own password.", instead="Create an app password."
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    replies=(
        KnownReply(
            phrase="to send from this header address",
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title="This address is not one of the Fastmail account's",
            explanation="Fastmail sends only from the account's own sending identities.",
            advice=(Instruction(text="Add the address or its domain in Fastmail's settings."),),
        ),
        KnownReply(
            phrase="multiple addresses in a from header",
            diagnosis=DiagnosisCode.CONTENT_BLOCKED,
            title="The sender's name was read as a second address",
            explanation="Fastmail takes one address in From. A name with an @ sign in it looks like two.",
            advice=(Instruction(text="Take the @ sign or the comma out of the sender's name."),),
        ),
        KnownReply(
            code=535,
            stages=(Stage.SIGN_IN,),
            diagnosis=DiagnosisCode.WRONG_PASSWORD,
            title="Fastmail did not accept the login or the app password",
            explanation="The account's own password is never accepted, an app password only with access to "
            "mail, and the login has to be the primary address, not an alias.",
            advice=(
                Instruction(text="Sign in with the primary address of the account."),
                Instruction(text="Create a new app password and enter it here.", link=APP_PASSWORDS),
            ),
        ),
    ),
    popularity=72,
    sources=(
        "https://www.fastmail.com/help/technical/servernamesandports.html",
        "https://www.fastmail.com/help/clients/apppassword.html",
    ),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [FASTMAIL]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    domain = domain_of(subject.address)
    if domain not in DOMAINS:
        yield from received_by("Fastmail", domain, EXCHANGERS)
    yield from other_senders(
        subject, "Fastmail", Instruction(text="Add it as a sending identity in Fastmail's settings.")
    )
