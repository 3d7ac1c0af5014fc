"""The words by which bounces are known, from the mail systems that write them.

Each was read in reports of sendmail, Postfix, Exim, qmail, Exchange, Notes, Gmail and others, or in their
sources; all are matched in time that grows with the length of the text alone.
"""

import re
from collections.abc import Iterable


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE)


BY_DAEMON = _any_of(
    (
        r"mailer[-_. ]?daemon|post[-_. ]?master|\bmdaemon|mta-",
        r"mail[-_ .]?(?:delivery|deliver|system|server|router|admin|daemon)",
        r"delivery[-_ ](?:system|subsystem|agent|service|notification|status)",
        r"bounce|undeliver|non.?delivery|internet mail|microsoft ?exchange|system administrator|e?smtp",
        r"majordomo|listserv",
    )
)
"""In From."""

BY_ROBOT = _any_of((r"mailer-daemon|mail delivery",))
"""In From of those that answer as if they were persons (RFC 3834), though they report."""

OF_FAILURE = _any_of(
    (
        r"undeliver|un-?able to deliver|non.?deliver|returned|bounced?\b|warning|user unknown",
        r"(?:mail|message|delivery|letter).{0,30}(?:fail|error|problem|delay|return|unsuccess)",
        r"(?:fail|error|problem|delay|return)\w{0,5}.{0,30}(?:mail|message|deliver|notice|notif)",
        r"deliver.{0,25}status|mail system error|postmaster notify",
        r"not.{0,20}(?:delivered|deliverable|sent)|could ?n.t.{0,30}(?:sen[dt]|deliver)",
        r"nicht zugestellt|unzustellbar|non remis|non recapit|no entregad",
        r"не доставлен|недоставленное|не доставлено|配信|送信でき|エラー|退信|不達",
    )
)
"""In Subject."""

TELLS_FAILURE = _any_of(
    (
        r"could ?n[o']?t be (?:delivered|sent|reached|processed|found)|could not (?:deliver|send|be)",
        r"unable to (?:deliver|send|relay|complete)|undeliver|unreachable|giving up|returned|bounced?\b",
        r"delivery.{0,40}(?:fail|unsuccess|error|abort|problem|impossible|delay)",
        r"(?:fail|unsuccess)\w{0,8}.{0,40}deliver|not (?:been )?(?:be )?delivered|has been delayed|rejected",
        r"permanent.{0,20}error|fatal error|delivery errors?|address(?:es)? failed|malformed address",
        r"user unknown|unknown user|no such (?:user|mailbox|recipient)",
        r"mailbox.{0,20}(?:full|unavailable|not found|quota)|(?:over|exceed\w{0,3}) (?:\w{1,10} )?quota",
        r"did(?: not|n't) reach|was(?: not|n't) (?:sent|delivered)|failed recipient",
        r"recipient\w{0,2} (?:failed|rejected)|\b[45]\d\d[ -]#?[45]\.\d\.\d|\b5[0-7]\d[ -]\D",
        r"не (?:может|могло|удалось)|nicht zugestellt|unzustellbar|配信|送信でき|エラー|退信|無法|无法",
        r"no se (?:pudo|ha podido)|pas pu|non remis",
    )
)
"""In the text."""

OF_ANSWERS = _any_of(
    (
        r"out.of.(?:the.)?office|auto(?:matic)?[- ]?(?:repl|respon|answer)|vacation|abwesen|absence",
        r"on leave|away from",
    )
)
"""In Subject of what a person's mailbox answers."""

OF_DELAY = _any_of((r"\bdelay", r"\bwarning"))
"""In Subject."""

TELLS_DELAY = _any_of(
    (
        r"\bdelay(?:ed)?\b|warning(?: only)?\b|no action is required|not yet been delivered",
        r"will (?:be )?(?:keep |continue |re)?(?:try|tried|trying|attempt)|still (?:trying|being)",
        r"could not send (?:mail|message) for|temporar(?:y|ily) (?:problem|unable|fail)",
        r"queued for (?:further|another)|retr(?:y|ied) (?:until|for)",
    )
)
TELLS_END = _any_of(
    (
        r"permanent|fatal|giv(?:en|ing) up|undeliverable|too long|could not be delivered|returned",
        r"will not be|not (?:be )?(?:going to )?(?:re-?)?(?:try|tried|retried)(?: again)?",
    )
)

NO_REASON = _any_of(
    (
        r"created automatically|automatically generated|multi-?part|mime|portions of this|attached|enclosed",
        r"^\W*a message (?:that you sent|is delayed|sent by)|one or more of (?:its|the)|not reply|i'?m sorry",
        r"^\W*this is (?:a permanent|the mail|the .{0,40}program|a mime|an auto)|permanent fatal errors",
        r"following (?:address|recipient)|address\(?es\)? failed|list of recipients|below is a copy",
        r"^\W*(?:please|hi|hello|dear)\b|transcript of|original message|<<<\W*$|^\W*received:",
        r"no action is|do not need to resend",
    )
)
"""Lines that say no reason, though words in them could be taken for one."""

QUEUED_TOO_LONG = re.compile(
    r"(?<=\S)\s{0,9}I'?m not going to try again[;.,]\s{1,9}"
    r"this\s{1,9}message\s{1,9}has\s{1,9}been\s{1,9}in\s{1,9}the\s{1,9}queue\s{1,9}too\s{1,9}long\.?",
    re.IGNORECASE,
)
"""qmail adds it to the last reason it had."""

_MARKS = r"^[ \t>*]{0,9}"
_ITS_NAME = (
    r"(?:the )?(?:your )?(?:original|returned|unsent|failed|undelivered|attached)? ?"
    r"(?:message|mail|e-mail|text|header)s?\b"
)
RETURNED_BELOW = _any_of(
    _MARKS + line
    for line in (
        r"-{2,80}[- ]{0,80}(?:(?:begin(?:ning)?|start) of )?(?:body of |headers? (?:of |from ))?" + _ITS_NAME,
        r"-{2,80} ?(?:this is a copy|below this line|the header of|the unsent|enclosed is)",
        r"(?:below this line|here) is (?:a copy of )?(?:the|your) (?:original )?(?:message|mail)",
        r"(?:original|returned|unsent|undelivered) (?:message|mail)(?: headers?)?(?: \w{5,7})?\W{0,9}$",
        r"(?:your |the )?(?:original )?message(?: headers?)? follows?\W{0,9}$",
        r"the (?:first|header|following is|returned).{0,40}(?:of|from) the (?:orig|message|undel).{0,40}$",
        r"the text of the undelivered mail is enclosed|_{5,80}",
    )
)
"""A line above the message that is returned."""
