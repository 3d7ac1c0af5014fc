"""Who may do what, and who sees what: every caller that is not named is refused.

Callers: the administrator; Ann and Ben, employees; tools with one permission each, by its name; an
administrator of another company; somebody whose employment has ended; nobody. The things are of a company:
``#sales`` is for all of its people, ``#board`` for Ann in one project, ``#own`` is Ann's own.
"""

from letterhead.identity.actor import Permission

TOOLS = {str(permission) for permission in Permission}
KNOWN = {"administrator", "ann", "ben", *TOOLS}
ANYBODY = {*KNOWN, "theirs"}
"""Of whichever company: what they are shown is their own."""

MANAGERS = {"administrator", "MANAGE_COMPANY_ACCOUNTS"}
WRITERS_FOR_ANN = {"administrator", "ann", "SEND_FOR_OTHERS"}
VIEWERS = {*WRITERS_FOR_ANN, *MANAGERS}

MAY: dict[str, set[str]] = {
    "Query.node #sales": {*VIEWERS, "ben"},
    "Query.node #board": VIEWERS,
    "Query.node #own": VIEWERS,
    "Query.nodes": VIEWERS,
    "Query.viewer": ANYBODY,
    "Query.company": ANYBODY,
    "Query.providers": ANYBODY,
    "Query.provider": ANYBODY,
    "Query.discover": {"administrator", "ann", "ben", "TEST", "theirs"},
    "Query.emailAccounts": ANYBODY,
    "Query.emailAccounts of #ann": ANYBODY,
    "Query.resolveSender": VIEWERS,
    "Query.availableSenders": VIEWERS,
    "Query.previewAccountChange #sales": MANAGERS,
    "Query.previewAccountChange #own": {"ann"},
    "Query.messages": ANYBODY,
    "Query.messages of #ann": ANYBODY,
    "Query.explainReply": ANYBODY,
    "Query.knownBadAddresses": {
        "administrator",
        "ann",
        "ben",
        "SEND",
        "SEND_FOR_OTHERS",
        "READ_MESSAGES",
        "theirs",
    },
    "Mutation.startSignIn #company": MANAGERS,
    "Mutation.startSignIn #ann": {"ann"},
    "Mutation.continueSignIn": {"administrator"},
    "Mutation.cancelSignIn": {"administrator"},
    "Mutation.createSignInLink #company": MANAGERS,
    "Mutation.createSignInLink #ann": {"ann"},
    "Mutation.testAccount for #company": {"administrator"},
    "Mutation.testAccount for #ann": {"ann"},
    "Mutation.testAccount #sales": {"administrator"},
    "Mutation.testAccount #own": {"ann"},
    "Mutation.cancelTest": {"administrator"},
    "Mutation.saveEmailAccount": {"administrator"},
    "Mutation.saveEmailAccount into #own": {"ann"},
    "Mutation.updateEmailAccount #sales": MANAGERS,
    "Mutation.updateEmailAccount #own": {"ann"},
    "Mutation.setAccountAccess #sales": MANAGERS,
    "Mutation.setAccountAccess #own": {"ann"},
    "Mutation.setAccountScope #sales": MANAGERS,
    "Mutation.setAccountScope #own": {"ann"},
    "Mutation.setAccountEnabled #sales": MANAGERS,
    "Mutation.setAccountEnabled #own": {"ann"},
    "Mutation.deleteEmailAccount #sales": MANAGERS,
    "Mutation.deleteEmailAccount #own": {"ann"},
    "Mutation.setAccountLimits #sales": MANAGERS,
    "Mutation.setAccountLimits #own": {"ann"},
    "Mutation.setBounceReading #sales": MANAGERS,
    "Mutation.setBounceReading #own": {"ann"},
    "Mutation.sendMessage": WRITERS_FOR_ANN,
    "Mutation.cancelMessage": {"administrator", "ann"},
    "Mutation.retryMessage": {"administrator", "ann"},
    "Mutation.releaseMessages": {"administrator", "ann"},
    "Mutation.forgetBadAddress": {"administrator", "ann", "ben", "SEND", "SEND_FOR_OTHERS", "theirs"},
    "Mutation.syncDirectory": {"administrator", "MANAGE_DIRECTORY", "theirs"},
    "Mutation.setPolicy": {"administrator", "MANAGE_POLICY", "theirs"},
    "Mutation.createApiToken": {"administrator", "MANAGE_TOKENS", "theirs"},
    "Mutation.revokeApiToken": {"administrator", "MANAGE_TOKENS"},
    "Mutation.createWebhook": {"administrator", "MANAGE_WEBHOOKS", "theirs"},
    "Mutation.deleteWebhook": {"administrator", "MANAGE_WEBHOOKS"},
    "Subscription.signInProgress": {"administrator"},
    "Subscription.accountTestProgress": MANAGERS,
    "Subscription.accountEvents": ANYBODY,
    "Subscription.messageProgress": {"administrator", "ann", "READ_MESSAGES"},
}

SEES: dict[str, dict[str, set[str]]] = {
    "Company": {"company": KNOWN},
    "Employee": {"ann": KNOWN, "ben": KNOWN},
    "Group": {"people": KNOWN},
    "Project": {"apollo": KNOWN},
    "Provider": {},
    "EmailAccount": {
        "sales": {*VIEWERS, "ben"},
        "board": VIEWERS,
        "own": VIEWERS,
        "bens": {*VIEWERS, "ben"} - {"ann"},
    },
    "AccountTest": {"test": MANAGERS, "own test": {"ann"}},
    "SignInFlow": {"flow": {"administrator"}, "done flow": {"administrator"}},
    "Message": {"message": {"administrator", "ann", "READ_MESSAGES"}},
    "ApiToken": {"token": {"administrator", "MANAGE_TOKENS"}},
    "AuditEntry": {"entry": {"administrator", "READ_AUDIT"}},
    "Webhook": {"webhook": {"administrator", "MANAGE_WEBHOOKS"}},
}
"""By kind: who may be shown what. Providers are no company's."""
