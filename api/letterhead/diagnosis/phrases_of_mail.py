"""Words about mail itself that say the reason plainly. The first that holds decides."""

from letterhead.diagnosis.phrase import CONTENT, OPENING, RECIPIENT, SENDER, SENDING, SIGN_IN, Phrase, phrase
from letterhead_providers import DiagnosisCode as Code

LIMITS: tuple[Phrase, ...] = (
    phrase(Code.IP_BLOCKLISTED, "sc 00|dy 00|ou 00", classes=(5,)),  # tags of Outlook.com's front door
    phrase(
        Code.TOO_MANY_RECIPIENTS,
        "recipients|rcpt|receivers|empfanger|destinataires|destinatarios|destinatari|получател|收件人",
        "too many|too much|limit on|max$|maximum|more than|zu viele|trop de|demasiad|troppi|过多|слишком",
        unless="daily|per day|day$|hour|24 hour|connection|second",
    ),
    phrase(
        Code.TOO_MANY_RECIPIENTS,
        "recipients limit|recipient limit|recipients exceed|number of recipients|recipient count",
        unless="daily|per day|day$|hour|24 hour",
    ),
    phrase(
        Code.QUOTA_EXCEEDED,
        "daily|per day|a day|24 hour|24hour|monthly|per month|submission quota|sending quota|send quota"
        "|message quota|sending limit|send limit|outgoing limit|outgoing mail limit|mail limit|email limit"
        "|credits|plan limit|plan$|allowance|free tier|trial|day$|billing|tagliche|quotidien|diari|суточн"
        "|дневн",
        "limit|quota|exceed|reached|used up|exhausted|insufficient|not enough|maximum|uberschritten|depass"
        "|超|no more|out of|expired|лимит",
        unless="mailbox full|mailbox is full|mailbox is over|rate limit|peak",
    ),
    phrase(Code.SPAM_CONTENT, "due to spam|spam classification|classified as spam", stages=CONTENT),
    phrase(
        Code.SPF_FAIL,
        "mail|message|email",
        "unauthenticated",
        unless="dmarc",
    ),
    phrase(Code.SPF_FAIL, "authentication level|authentication checks|sender policy framework|spf2"),
    phrase(Code.DMARC_REJECTED, "dmarc", unless="spf$|dkim$"),
    phrase(Code.DMARC_REJECTED, "dmarc", "policy|reject|fail|verif|evaluat|check|align"),
    phrase(
        Code.SPF_FAIL,
        "spf$|dkim|domainkeys|spf check|spfcheck|arc$",
    ),
    phrase(
        Code.RATE_LIMITED,
        "too many|too much|zu viele|trop de|demasiad|troppi|troppe|muitas|слишком много|слишком часто",
        "connection|connexion|verbindung|conexion|connession|session|message|mail|email|login|auth|attempt"
        "|error|command|request|concurrent|fail|bad|invalid|recent|simultaneous|unknown|tries|попыт|соединен",
        unless="recipient|hops",
    ),
    phrase(
        Code.RATE_LIMITED,
        "rate limit|ratelimit|rate exceed|sending rate|submission rate|message rate|unusual rate"
        "|connection rate|rate control|mail rate|at a rate|throttl|slow down|too quickly|too fast|too often"
        "|too frequent|frequency|excessive|flood|concurrent|per connection|per second|per minute|per hour"
        "|this hour|hourly|bandwidth limit|peak smtp|relay limit|deferred due|thread limit|receive limit"
        "|max connections|maximum connections|connection limit|connections limit|limit on connections"
        "|limit exceeded for|exceeded the rate|exceeded command|unexpected volume|high volume|rp 00|频率"
        "|频繁|连接数",
        unless="message size|size limit",
    ),
    phrase(
        Code.GREYLISTED,
        "greylist|graylist|grey list|gray list|greylisting|graylisting|grey$|gray$",
    ),
)

REPUTATION: tuple[Phrase, ...] = (
    phrase(
        Code.DNS_FAILURE,
        "reverse|ptr$|rdns|hostname|fcrdns|helo|ehlo",
        "cannot find|not find|not found|does not resolve|doesnt resolve|no ptr|missing|lookup|invalid|fix"
        "|required|without|record|mismatch|does not match|not match|does not exist|no valid|not setup"
        "|not configured|validation",
    ),
    phrase(
        Code.SPAM_CONTENT,
        "url$|urls$|uri$|link$|links$|body$|website",
        "listed|blacklist|blocklist|dnsbl|surbl|uribl|blocked",
        stages=CONTENT,
    ),
    phrase(
        Code.IP_BLOCKLISTED,
        "blocklist|blacklist|block list|black list|blocked using|listed by|listed at|listed in|is listed"
        "|rbl$|dnsbl|spamhaus|spamcop|barracuda|poor reputation|bad reputation|low reputation|reputation"
        "|delist|banned sender|dynamic ip|not allowed to connect|directly to our|black hole|blackhole"
        "|open proxy|senderbase|not accepted from this ip|network is blocked|subnet",
        unless="domain reputation|too many",
        stages=SENDING | OPENING,
    ),
    phrase(
        Code.IP_BLOCKLISTED,
        "ip$|ip address|ips$|client host|your host|network|connection|server ip",
        "blocked|banned|bann|denied|rejected|prohibited|not accept|refused|barred|black|not welcome|bad",
        stages=OPENING | SENDER | RECIPIENT | CONTENT,
        unless="relay|sender address|recipient|authentication|attachment|connection refused$|limit|timed out",
        classes=(5, 4),
    ),
)

SENDERS: tuple[Phrase, ...] = (
    phrase(
        Code.AUTH_REQUIRED,
        "authentication required|authentication is required|authentication is needed|authentication needed"
        "|auth required|must authenticate|must first authenticate|please authenticate|authenticate first"
        "|authenticate before|authenticate to|need to authenticate|requires authentication"
        "|require authentication|not authenticated|not been authenticated|not logged in"
        "|must be authenticated|must login|must log in|please login|please log in|login first|log in first"
        "|login required|log in before|login before|turn on smtp auth|smtp auth is required"
        "|smtp authentication|use smtp auth|unauthenticated sender|unauthenticated|anonymous"
        "|without authentication|need auth|pop before smtp|check for new mail|authentication erforderlich"
        "|authentifizierung erforderlich|authentification requise|autenticacion|autenticazione"
        "|требуется авторизация|authrequired|authorization required|sender not authenticated"
        "|authenticate yourself|access to this server requires",
        stages=SENDING | OPENING | SIGN_IN,
        unless="failed|invalid|unsuccessful|incorrect|wrong",
    ),
    phrase(
        Code.CONTENT_BLOCKED, "multiple|more than one", "address|from|sender", "from|header", stages=CONTENT
    ),
    phrase(
        Code.CONTENT_BLOCKED,
        "missing|invalid|duplicate|malformed|not valid|no valid|bad|without|multiple from",
        "from header|in from|header|in the from|message id|rfc",
        stages=CONTENT,
        unless="dmarc|sender identity|sending domain|headers follow",
    ),
    phrase(
        Code.SENDER_DOMAIN_UNVERIFIED,
        "sender|domain|from$|identit|address|sending|signature",
        "not verified|unverified|verified sender|failed the check|unregistered|unconfigured|not registered"
        "|not been verified|isnt verified|wasnt verified|hasnt been verified|be verified|sandbox"
        "|pending verification|sender signature|not validated|been validated|validate your|not a verified"
        "|not active|unvalidated|not confirmed|not authenticated|authenticate your domain"
        "|authenticate the domain|verify your domain|verify your sender|verify the domain"
        "|sender verify failed|not approved|not whitelisted|sending domain|not set up|not configured"
        "|not added",
        unless="recipient|dmarc|relay mail|system is not configured",
    ),
    phrase(Code.SENDER_DOMAIN_UNVERIFIED, "sandbox", "domain|subdomain|mode|account|address"),
    phrase(
        Code.SENDER_NOT_OWNED,
        "relaying disallowed as|sendasdenied|send as denied|sending denied|sending refused|sending rejected"
        "|sending not permitted|sending not allowed|not local sender|send as$|sendas|send on behalf"
        "|sending as|send mail as|not one of your|sender address is not allowed|owned by user|不是您|发件人",
    ),
    phrase(
        Code.DNS_FAILURE,
        "domain|mx$|mx record|dns$|host$|hostname|domaine|dominio|домен",
        "not found|find|resolve|does not exist|doesnt exist|not exist|no mx|lookup|unresolvable"
        "|unable to route|not reachable|unreachable|unroutable|no mail exchanger|null mx|nullmx|non existent"
        "|nonexistent|has no|inexist|no valid mx|unknown|invalid|no such domain|no such|not accept mail"
        "|loops back",
        unless="user|mailbox|dmarc|recipient address rejected user|account|recipient rejected",
    ),
    phrase(Code.DNS_FAILURE, "hop count|too many hops|routing loop|mail loop|loops back|loop detected"),
    phrase(
        Code.ACCOUNT_LOCKED,
        "sender|sending|your account|outgoing|outbound|from address|this account|user",
        "blocked|suspended|disabled|banned|locked|abuse|compromised|unusual sending|bad outbound|deactivated"
        "|frozen|restricted|unusual activity|suspicious activity|terminated",
        stages=SENDER | CONTENT,
        unless="recipient|ip address|your ip|policy|domain|spam message|reach|authentication|message to",
    ),
    phrase(
        Code.ACCOUNT_LOCKED,
        "your account|bad outbound|outgoing mail|sender account|spam abuse|tenant has exceeded"
        "|sending activity",
        "blocked|suspended|disabled|banned|locked|abuse|compromised|denied|deactivated|frozen|restricted"
        "|unusual|exceeded threshold",
    ),
    phrase(
        Code.SENDER_NOT_OWNED,
        "sender|mail from|from address|from header|header from|header address|envelope from|return path"
        "|from field|originator|from must|in from|expediteur|absender|remitente|mittente|отправител",
        "owned|not found|not allowed|isnt allowed|not own|must equal|must be same|be the same|be same"
        "|must match|doesnt match|does not match|not match|mismatch|same as|not authori|unauthori"
        "|no permission|not permitted|not have permission|permission|unknown|denied|disallow|not local"
        "|not belong|doesnt belong|different|differs|spoof|forge|not valid|invalid|does not exist|not exist"
        "|not accept|interdit|refuse|nicht erlaubt|ungultig|no permitid|non consentit|не принадлежит"
        "|не соответствует",
        stages=SENDING,
        unless="spf$|dmarc|ip$|spam|virus|helo|too many|later|recipient address|rcpt|policy|try again",
    ),
    phrase(
        Code.RELAY_DENIED,
        "relay|relaying|relai|relais|rcpthosts|weiterleitung|ретрансл|пересылк",
        "denied|not permit|not allow|isnt allow|disallow|prohibit|refus|unable|cannot|cant|invalid|bad$"
        "|reject|unauthori|not authori|no relay|not relay|not an open|isnt in my|not configured|forbid"
        "|not supported|we do not|interdit|verweigert|запрещ|not accept|attempt",
        unless="limit",
    ),
    phrase(Code.RELAY_DENIED, "rcpthosts|not a gateway|locally hosted domain|not local domain|no relaying"),
)

RECIPIENTS: tuple[Phrase, ...] = (
    phrase(
        Code.RECIPIENT_MAILBOX_FULL,
        "over quota|overquota|mailbox full|mailbox is full|mailbox has exceeded|inbox is full|inbox full"
        "|full mailbox|quota exceed|exceeded quota|exceeds quota|exceeded its quota|over its quota"
        "|over storage|out of storage|storage limit|storage quota|exceeded storage|insufficient disk"
        "|mailfolder is full|mailbox would exceed|quotaexceeded|user is full|mailbox size limit"
        "|exceeded the quota|mailbox quota|disk quota|disk space|not enough space|no space|account is full"
        "|exceeded his quota|quota$|boite pleine|destinataire pleine|boite aux lettres pleine|mailbox voll"
        "|postfach voll|postfach ist voll|speicherplatz|buzon lleno|bandeja llena|casella piena|caixa cheia"
        "|переполнен|邮箱已满|メールボックスがいっぱい|容量",
        stages=RECIPIENT | CONTENT,
        unless="sending quota|submission quota",
    ),
    phrase(
        Code.RECIPIENT_DISABLED,
        "account|mailbox|user|recipient|address|compte|konto|postfach|cuenta|buzon|ящик|пользовател",
        "disabled|inactive|no longer|suspended|deactivated|not active|discontinued|terminated|closed|expired"
        "|bloque|isblocked|is blocked|frozen|retired|has moved|not in use|dormant|desactiv|deaktiviert"
        "|gesperrt|inactiv|заблокирован|отключен|停用|locked|not enabled|been moved|unavailable to receive"
        "|ceased",
        stages=RECIPIENT | CONTENT,
        unless="your ip|sender|your account|using|message has been blocked|spam|certificate|message expired"
        "|envelope expired",
    ),
    phrase(
        Code.RECIPIENT_UNKNOWN,
        "user|recipient|mailbox|address|account|alias|customer|destinataire|utilisateur|empfanger|benutzer"
        "|usuario|destinatario|utente|recipientnotfound|person|пользовател|получател|ящик|收件人|用户|ユーザ",
        "unknown|not found|couldnt be found|could not be found|doesnt exist|does not exist|do not exist"
        "|not exist|no such|invalid|unrouteable|doesnt have|does not have|undeliverable|not known|inconnu"
        "|invalide|unbekannt|inexist|no mailbox|no account|not our|isnt our|not valid|nonexist|non exist"
        "|unavailable or|not listed|bad$|not a valid|desconocid|no existe|sconosciut|не найден|не существует"
        "|not available here|not on server|no user|no longer on|not local|not here|不存在|見つかりません"
        "|reject user|recipientnotfound|not present|misspelled|not recogni",
        stages=RECIPIENT | CONTENT,
        unless="sender address|from address|sender rejected|header|signature|spam|virus|policy|from header"
        "|dmarc",
    ),
)

CONTENTS: tuple[Phrase, ...] = (
    phrase(
        Code.TIMEOUT,
        "queue too long|queued too long|deleted from queue|retry timeout exceeded|retry time not reached"
        "|envelope expired|message expired|delivery time expired|delivery expired|time to live"
        "|failing for a long time|accept our requests to connect|network error on destination"
        "|unable to connect successfully|not be delivered for|has been delayed|retry limit"
        "|too many retries|delivery attempts failed|hours to deliver|gave up after|trying for",
        stages=SENDING,
    ),
    phrase(Code.PROTOCOL_ERROR, "parsing error|parse error", stages=CONTENT),
    phrase(
        Code.MESSAGE_TOO_LARGE,
        "message|mail|email|size|attachment|nachricht|courriel|mensaje|messaggio|письм|сообщени|data|邮件",
        "too large|too big|too long|size limit|size exceed|exceeds size|exceeded size|exceeds the maximum"
        "|maximum size|max size|exceeds fixed|larger than|size limits|maximum message|exceeds message size"
        "|size restriction|over size|oversize|zu gross|trop grand|trop volumineux|demasiado grande"
        "|troppo grande|слишком больш|过大|size reached|size over|allowed size|message size"
        "|maximum permitted|recipsizelimit",
        unless="line too long|line is too long|header|path too|domain name|too many recipients",
    ),
    phrase(
        Code.CONTENT_BLOCKED,
        "virus|malware|infected|attachment|executable|potential security|presents a potential"
        "|banned file|forbidden file|file type|trojan|multiple addresses|rfc 5322|rfc5322|rfc 2822"
        "|rfc2822|rfc 822|rfc822|bare lf|bare linefeed|bare newline|line too long|dangerous|harmful|mime"
        "|nul byte|null byte|archive|not rfc|encrypted archive|вирус|вложени",
    ),
    phrase(
        Code.SPAM_CONTENT,
        "spam|junk|unsolicited|phish|bulk mail|looks like|content reject|content denied|content filter"
        "|content policy|suspicious|bayes|spamassassin|scored|spam score|uce$|cloudmark|contenido|спам|垃圾"
        "|suspected|banned content|objectionable|prohibited content|unacceptable content|advert",
    ),
)
