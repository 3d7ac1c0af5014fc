"""Words about reaching a server and getting in that say the reason plainly. The first that holds decides.

A refusal to sign in is often told in the words of another trouble ("locked after too many attempts"), so
the order goes from the narrow to the wide.
"""

from letterhead.diagnosis.phrase import OPENING, SIGN_IN, Phrase, phrase
from letterhead_providers import DiagnosisCode as Code

CONNECTION: tuple[Phrase, ...] = (
    phrase(
        Code.DNS_FAILURE,
        "name or service not known|nodename nor servname|no such host|getaddrinfo|enotfound|name resolution"
        "|no address associated|unknown host$|nxdomain|servfail|domain name not found|name service error",
    ),
    phrase(
        Code.TLS_CERTIFICATE,
        "certificate",
        "verify failed|verification failed|expired|self signed|mismatch|not valid|not trusted|untrusted"
        "|doesnt match|does not match|unable to verify|unknown ca|issuer|not match",
    ),
    phrase(Code.TLS_CERTIFICATE, "self signed|hostname mismatch|unable to verify the first|unknown ca$"),
    phrase(
        Code.TLS_MODE_MISMATCH,
        "wrong version number|handshake failure|handshake failed|unsupported protocol|unknown protocol"
        "|packet length too long|tlsv1 alert|record layer failure|http request|bad record type"
        "|no shared cipher|protocol version|no protocols available|dh key too small",
    ),
    phrase(
        Code.TLS_MODE_MISMATCH,
        "starttls|stls$",
        "not supported|unsupported|doesnt support|does not support|not recogni|unrecogni|not implemented"
        "|not advertised|not offered|unknown command",
    ),
    phrase(Code.SERVER_UNAVAILABLE, "tls$|starttls", "not available|unavailable|temporary reason"),
    phrase(
        Code.TLS_REQUIRED,
        "starttls|tls$|ssl$|encrypt|secure connection|secure channel",
        "must$|required|requires|require$|first$|needed|necessary|mandatory|only over",
        unless="not required|dmarc|spf$",
    ),
    phrase(
        Code.TLS_REQUIRED,
        "plaintext|cleartext|clear text|plain text|unencrypted|insecure|nonsecure|non secure|unsecured",
        "disallow|disabled|not allow|not permit|forbid|refus|prohibit|not accept|not support",
    ),
)

SIGNING_IN: tuple[Phrase, ...] = (
    phrase(Code.SERVER_UNAVAILABLE, "maildrop|mail drop", "lock", stages=SIGN_IN),  # RFC 1939 section 4
    phrase(
        Code.SERVER_UNAVAILABLE,
        "mailbox",
        "already locked|locked by another|locked by pop|another pop|unable to lock|cannot lock|cant lock"
        "|could not lock|couldnt lock",
        stages=SIGN_IN,
    ),
    phrase(
        Code.PROTOCOL_ERROR,
        "invalid format|bad format|wrong format|bad protocol|cannot decode|cant decode|base64|malformed"
        "|bad syntax|syntax error|no mechanism available|unrecognized authentication type"
        "|unknown authentication|mechanism not supported|unsupported authentication mechanism"
        "|unsupported mechanism|authentication not enabled|invalid sasl|auth command",
        stages=SIGN_IN,
        unless="timeout|too many",
    ),
    phrase(
        Code.PROTOCOL_ERROR,
        "auth$",
        "extension not supported|not implemented|unrecogni|not supported|not advertised|not available",
        stages=SIGN_IN | OPENING,
        unless="basic",
    ),
    phrase(
        Code.BASIC_AUTH_DISABLED,
        "basic auth|basicauth|legacy auth|less secure app|security defaults|did not meet the criteria"
        "|modern auth",
        unless="enable basic",
    ),
    phrase(
        Code.BASIC_AUTH_DISABLED,
        "no suitable auth|no supported auth|no acceptable auth|no matching auth|oauth required"
        "|requires oauth|oauth2 required|requires oauth2|must use oauth|must use oauth2|use oauth2"
        "|only oauth2|login with oauth|authentication failed use oauth",
    ),
    phrase(
        Code.BASIC_AUTH_DISABLED,
        "password auth|password login|plain auth|login by password|password based",
        "no longer|not supported|deprecated|retired|disabled|unsupported|discontinued",
    ),
    phrase(
        Code.WRONG_PASSWORD,
        "user credentials were incorrect|invalid app password|invalid application password|aadsts50126"
        "|aadsts50034",
    ),
    phrase(
        Code.APP_PASSWORD_REQUIRED,
        "application specific|app specific|application password|app password|applicationpassword|apppassword"
        "|authorization code|authorisation code|third party password|parol prilozheni|пароль приложени"
        "|пароль для внешн|mot de passe dapplication|mot de passe d application|mot de passe application"
        "|contrasena de aplicacion|contrasena de la aplicacion|senha de app|senha de aplicativo"
        "|password per app|password per le app|anwendungsspezifisch|app passwort|授权码|授權碼"
        "|アプリパスワード|専用パスワード",
        unless="aadsts",
    ),
    phrase(
        Code.OAUTH_TOKEN_INVALID,
        "eyj|aadsts|invalid grant|invalid client|invalid token|expired token|token expired|token has"
        "|token is|token was|bad token|access token|refresh token|bearer|xoauth2|oauthbearer|oauth"
        "|insufficient scope|unauthorized client|consent required|interaction required",
        unless="basic",
    ),
    phrase(
        Code.WEB_LOGIN_REQUIRED,
        "web browser|via browser|your browser|a browser|webalert|captcha|verify its you|verify your identity"
        "|verify your account|confirm your identity|security challenge|suspicious login|suspicious sign"
        "|unusual sign|unusual login|unblock your account|sign in to unlock|need to use web|weblogin",
    ),
    phrase(
        Code.WEB_LOGIN_REQUIRED,
        "log in|login|sign in|visit|go to",
        "web site|website|web interface|web page|webmail|the web$|online$",
        stages=SIGN_IN,
        unless="enable|disabled|activate|turn on|switched off",
    ),
    phrase(
        Code.PROTOCOL_ACCESS_DISABLED,
        "imap|pop$|pop3|smtp$|smtpclientauthentication|mail client|external client|external program"
        "|mail program|client access|protocol",
        "disabled|not enabled|isnt enabled|not been enabled|hasnt been enabled|isnt activated|not activated"
        "|inactive|turned off|switched off|is off|not allowed|not permitted|isnt allowed|not open"
        "|not available|deactivated|must enable|must be enabled|please enable|blocked|forbidden|no access"
        "|prohibited|deaktiviert|nicht aktiviert|desactive|disattivat|deshabilitad|отключен|未开启|没有开启",
        stages=SIGN_IN,
        unless="too many|relay",
    ),
    phrase(
        Code.PROTOCOL_ACCESS_DISABLED,
        "no permission|access rights|not have access|service is not enabled|not connected|no access to this"
        "|service not open|user not enabled|not authorized to use|not allowed to use|service disabled",
        stages=SIGN_IN,
    ),
    phrase(
        Code.IP_NOT_AUTHORIZED,
        "ip$|ips$|ip address|network|country|location|client host",
        "unauthori|not authori|not allowed|not permitted|isnt allowed|not whitelisted|not allowlisted"
        "|restricted|not in the allow|not in whitelist|access restrict|not in allowed",
        stages=SIGN_IN,
    ),
    phrase(
        Code.IP_NOT_AUTHORIZED,
        "ip$|ips$|ip address",
        "unauthorized|unauthorised|not in whitelist|not whitelisted|not allowlisted"
        "|not authorized for this account",
        unless="spf$|policy framework",
    ),
    phrase(
        Code.ACCOUNT_LOCKED,
        "account|user|mailbox|login|credential|sender|sending|utilisateur|compte|konto|benutzer|cuenta|учетн"
        "|аккаунт|ящик",
        "locked|suspended|blocked|disabled|banned|deactivated|frozen|compromised|restricted|terminated"
        "|closed|inactive|bloque|gesperrt|bloquead|suspendid|заблокирован|冻结|封",
        stages=SIGN_IN,
        unless="by another|in use|session|authentication disabled|locked for",
    ),
)
