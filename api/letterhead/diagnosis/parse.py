"""Finds the server's reply in whatever a person pastes: a log line, a bounce, another program's error."""

import re

from letterhead.diagnosis.statuses import statuses_in
from letterhead.wire.clean import clean, parse_smtp_reply
from letterhead_providers import Protocol, ServerReply, Stage

_IN_EXCEPTION = re.compile(r"\(\s*([245]\d\d)\s*,\s*b?['\"]")
_CODE_FIRST = re.compile(r"^[\s'\"]*([2-5]\d\d)(?=[- ]|$)", re.MULTILINE)
_CODE_AND_STATUS = re.compile(r"(?<![\w.:+-])([45]\d\d)[- ]#?[45]\.\d{1,3}\.\d{1,3}\b")
_CODE_WITHIN = re.compile(r"(?<![\w.:+-])(4[235]\d|5[0-7]\d)[- ](?=\D)")
_STATUS_FIRST = re.compile(r"^#?([245]\.\d{1,3}\.\d{1,3})[,:;]?(?=\s|$)\s*")
_POP3_STATUS = re.compile(r"(?<!\S)-ERR(?:\s|$)", re.IGNORECASE)
_POP3 = re.compile(r"^.{0,100}?-ERR\b", re.IGNORECASE)
_IMAP = re.compile(
    r"^(?:\* (?:BYE|BAD)\b|[A-Za-z]{0,4}\d{1,6} (?:NO|BAD)\b|(?:NO|BAD) (?:\[|LOGIN|AUTHENTICATE)"
    r"|\[(?:ALERT|AUTHENTICATIONFAILED|UNAVAILABLE|WEBALERT)\])"
)
_ESCAPED_BREAK = re.compile(r"\\r\\n|\\n|\\r")

_DURING = tuple(
    (re.compile(pattern, re.IGNORECASE), stage)
    for pattern, stage in (
        (r"end of data|in reply to data", Stage.DATA),
        (r"in reply to rcpt|rcpt to\b|recipient address rejected", Stage.RECIPIENT),
        (r"in reply to mail|mail from\b|sender address|sender rejected", Stage.SENDER),
        (r"refused to talk to me|in reply to [eh][he]lo", Stage.GREETING),
        (r"starttls|\bssl\b|\btls\b|certificate", Stage.TLS),
        (
            r"\bauthenti|\bauth\b|\blog ?in\b|logon|password|credential|oauth|aadsts|invalid_",
            Stage.SIGN_IN,
        ),
        (r"\beyJ|permission$", Stage.SIGN_IN),
        (r"recipient|mailbox|user unknown|unknown user|no such user", Stage.RECIPIENT),
        (r"sender", Stage.SENDER),
        (r"\bconnect|client host|too many (?:concurrent|sessions)", Stage.GREETING),
    )
)
_SIGN_IN_CODES = frozenset({334, 432, 454, 534, 535, 538})
_ABOUT_RECIPIENTS = re.compile(r"[45]\.(?:1\.[012346]|2\.[12]|5\.3|1\.10)")
_ABOUT_CONTENT = re.compile(r"[45]\.(?:6\.\d+|7\.2\d|2\.3|3\.4)")


def parse_pasted(raw: str) -> ServerReply:
    """The reply with its codes apart, as a server's own would be read. Words around it stay in the text."""
    text = _ESCAPED_BREAK.sub("\n", clean(raw))
    if _is_pop3(text):
        return ServerReply(text=_POP3_STATUS.sub("", text, count=1).strip())
    if found := _IN_EXCEPTION.search(text):
        return _with_status(parse_smtp_reply(int(found[1]), text[found.end() :].rstrip("'\")}] ")))
    code = _code_in(text)
    if code is None:
        return _with_status(ServerReply(text=text))
    return _with_status(parse_smtp_reply(code, _without_code(text, code)))


def protocol_of(raw: str) -> Protocol:
    """SMTP, unless the reply has the form of another protocol's."""
    text = clean(raw)
    if _is_pop3(text):
        return Protocol.POP3
    return Protocol.IMAP if _IMAP.match(text) else Protocol.SMTP


def stage_of(raw: str, reply: ServerReply) -> Stage:
    """Where a reply was probably given, for one that was pasted without that."""
    if reply.code in _SIGN_IN_CODES or protocol_of(raw) is not Protocol.SMTP:
        return Stage.SIGN_IN
    status = reply.enhanced or ""
    if _ABOUT_RECIPIENTS.fullmatch(status):
        return Stage.RECIPIENT
    if _ABOUT_CONTENT.fullmatch(status):
        return Stage.DATA
    return next((stage for pattern, stage in _DURING if pattern.search(clean(raw))), Stage.DATA)


def _is_pop3(text: str) -> bool:
    return _POP3.match(text) is not None


def _code_in(text: str) -> int | None:
    for pattern in (_CODE_FIRST, _CODE_AND_STATUS, _CODE_WITHIN):
        if found := pattern.search(text):
            return int(found[1])
    return None


def _without_code(text: str, code: int) -> str:
    """Continuation lines repeat the code (RFC 5321 section 4.2.1), also where they were run together."""
    first = re.sub(rf"(?<![\w.:+-]){code}(?:[- ]|$)", "", text, count=1, flags=re.MULTILINE)
    return re.sub(rf"^{code}(?:[- ]|$)|(?<=\s){code}[- ](?=#?[245]\.\d)", "", first, flags=re.MULTILINE)


def _with_status(reply: ServerReply) -> ServerReply:
    if reply.enhanced:
        return reply
    if found := _STATUS_FIRST.match(reply.text):
        return ServerReply(code=reply.code, enhanced=found[1], text=reply.text[found.end() :])
    statuses = statuses_in(reply)
    return ServerReply(code=reply.code, enhanced=statuses[0] if statuses else None, text=reply.text)
