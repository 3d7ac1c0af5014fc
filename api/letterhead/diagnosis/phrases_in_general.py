"""Vaguer words. ``GENERAL`` come before the registered statuses, ``HINTS`` after them."""

from letterhead.diagnosis.phrase import CONTENT, OPENING, RECIPIENT, SENDING, SIGN_IN, Phrase, phrase
from letterhead_providers import DiagnosisCode as Code

GENERAL: tuple[Phrase, ...] = (
    phrase(
        Code.TIMEOUT,
        "timeout|timed out|time out|etimedout|idle|inactivity|zeituberschreitung|delai depasse"
        "|takes too long",
    ),
    phrase(
        Code.CONNECTION_REFUSED,
        "connection refused|actively refused|econnrefused|unexpectedly closed|connection reset|econnreset"
        "|broken pipe|network is unreachable|no route to host|server closed|connection closed|cannot connect"
        "|could not connect|unable to connect|connection dropped|eof occurred|hung up|unexpected eof",
        unless="ip address|later",
    ),
    phrase(
        Code.SERVER_UNAVAILABLE,
        "temporar|try again later|try later|unavailable|busy|overloaded|maintenance|upstream|internal error"
        "|local error|internal server|system error|system problem|server error|out of memory|resource"
        "|shutting down|shutdown|not ready|lost to authentication|plus tard|spater|mas tarde|piu tardi|позже"
        "|временно|稍后|in use$|another session|local problem|storage|queue file|please try|contention|load",
        stages=SIGN_IN | OPENING,
        classes=(0, 2, 3, 4),
    ),
    phrase(
        Code.WRONG_PASSWORD,
        "authenti|credential|login|logon|log in|sign in|signin|password|user name|username|passwor|passwd"
        "|passphrase|mot de passe|identifiant|anmeld|contrasena|autentic|senha|пароль|аутентификац|авторизац"
        "|密码|认证|認証|access denied|unknown user|invalid user|bad user|user unknown|no such user|api key"
        "|apikey|auth$",
        stages=SIGN_IN,
        classes=(0, 5),
    ),
    phrase(
        Code.GREYLISTED,
        "try again|retry|come back|please wait|again in",
        "seconds|minutes|secs$|sec$|min$|mins$|minuten|minutos",
        stages=SENDING,
        classes=(4,),
    ),
)

HINTS: tuple[Phrase, ...] = (
    phrase(
        Code.RECIPIENT_UNKNOWN,
        "mailbox unavailable|undeliverable|unrouteable|recipient rejected|recipient address rejected"
        "|delivery error|address rejected",
        stages=RECIPIENT | CONTENT,
        classes=(0, 5),
        unless="policy|sender",
    ),
    phrase(
        Code.SENDER_NOT_OWNED,
        "sender rejected|sender denied|sender refused|sender address rejected|sender address refused"
        "|sender not accepted",
        classes=(0, 5),
    ),
    phrase(
        Code.SERVER_UNAVAILABLE,
        "temporar|try again later|try later|service unavailable|service not available|currently unavailable"
        "|busy|overload|maintenance|upstream|internal error|internal server|local error|system error"
        "|system problem|server error|out of memory|resource|shutting down|shutdown|plus tard|spater"
        "|mas tarde|piu tardi|позже|временно|稍后|queue file|insufficient system|insufficient storage"
        "|not ready|load average",
    ),
    phrase(
        Code.PROTOCOL_ERROR,
        "syntax|bad command|unknown command|unrecognized|unrecognised|bad sequence|not implemented"
        "|parsing error|parse error|protocol violation|pipelin|out of order|unexpected command|need mail"
        "|need rcpt|valid rcpt|bad parameter|smtputf8|command unknown|command not",
        unless="address rejected",
    ),
    phrase(
        Code.SPAM_CONTENT,
        "local policy|content|policy violation",
        stages=CONTENT,
        classes=(5,),
    ),
    phrase(
        Code.POLICY_OTHER,
        "policy|policies|prohibited|not allowed|access denied|administrative|blocked|rejected by"
        "|administrator",
    ),
)
