"""Trouble with getting in."""

from letterhead.diagnosis.text import Text
from letterhead_providers import Actor, Retry
from letterhead_providers import DiagnosisCode as Code

SIGN_IN_TEXTS: dict[Code, Text] = {
    Code.WRONG_PASSWORD: Text(
        title="The user name or the password is wrong",
        explanation="{host} read the user name and the password and did not accept them.",
        advice=(
            "Check the user name: most services want the whole address, some only the part before the @.",
            "Type the password again, or try it in the service’s web mail.",
            (
                "Is two-factor authentication on, or does the service give out passwords for mail programs? "
                "Then the ordinary password is refused: make an app password there and enter it here."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.APP_PASSWORD_REQUIRED: Text(
        title="The service wants an app password",
        explanation="{host} does not take the ordinary password from other programs. It gives out a "
        "password of its own for each of them, often called app password or authorization code.",
        advice=(
            "Sign in at the service with a browser and open its security settings.",
            "Turn on two-factor authentication if the service asks for it first, then make an app password.",
            "Enter the app password here in place of the ordinary one.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.BASIC_AUTH_DISABLED: Text(
        title="Passwords are not accepted here",
        explanation="{host} takes no password at all from mail programs. It wants the owner to sign in at "
        "the service and to allow the access there (OAuth2).",
        advice=(
            "Choose a way to sign in that leads to the service’s own page.",
            "If the company manages the mailbox, ask its administrator which ways to sign in are allowed.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.PROTOCOL_ACCESS_DISABLED: Text(
        title="Access for mail programs is switched off",
        explanation="The mailbox exists, but its access over SMTP, POP3 or IMAP is not switched on at the "
        "service.",
        advice=(
            (
                "Open the mailbox’s settings at the service and switch on access for mail programs: SMTP "
                "for sending, POP3 or IMAP for receiving."
            ),
            (
                "If there is no such switch, the administrator of the mailboxes or the service’s plan "
                "decides: ask there."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.WEB_LOGIN_REQUIRED: Text(
        title="The service wants its owner to sign in with a browser first",
        explanation="{host} found this sign-in unusual and holds it until the owner has confirmed it.",
        advice=(
            "Sign in at the service with a browser and confirm what it asks.",
            "Test the account again right after that.",
            "If it happens again, use an app password or OAuth2 where the service offers them.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.OAUTH_TOKEN_INVALID: Text(
        title="The permission to use the mailbox is no longer valid",
        explanation="The service refused the access it once granted: it has run out, was taken back, "
        "belongs to another mailbox, or does not cover mail.",
        advice=(
            "Sign in again at the service, with the very mailbox this account is for, and allow all it asks.",
            (
                "If that does not help, an administrator should check the application’s registration: its "
                "client secret, its permissions for mail and its consent."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        fact="The service said: {detail}.",
    ),
    Code.AUTH_REQUIRED: Text(
        title="The server wants a sign-in before it sends",
        explanation="{host} was asked to send without a sign-in, and it does not do that.",
        advice=(
            "Enter the user name and the password of the mailbox in the account’s settings.",
            (
                "Use the service’s server and port for sending, usually 465 or 587; port 25 is for mail "
                "between servers."
            ),
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.ACCOUNT_LOCKED: Text(
        title="The service has blocked this account",
        explanation="The service has locked the account or stopped it from sending, often after many "
        "messages, complaints or failed sign-ins.",
        advice=(
            "Sign in at the service with a browser and read what it says about the account.",
            "Change the password if somebody else might know it.",
            "Ask the service’s support or the mail administrator to lift the block.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.IP_NOT_AUTHORIZED: Text(
        title="The account may not be used from this network",
        explanation="The service lets this account in only from network addresses that are on its list, and "
        "ours is not.",
        advice=(
            (
                "Add this server’s public IP address to the allowed ones in the service’s security "
                "settings, or lift the restriction there."
            ),
            "The operator of this installation knows the IP address.",
        ),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    ),
    Code.SECRET_FORMAT: Text(
        title="This does not look like the right kind of password",
        explanation="What was entered does not have the shape of what the service gives out, so it was not "
        "sent.",
        advice=("Copy it again from the service, all of it and nothing else.",),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        fact="Expected: {detail}.",
    ),
}
