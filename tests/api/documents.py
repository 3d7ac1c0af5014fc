"""What the tests ask of the schema."""

ERRORS = "errors { message path code }"

TEST = f"""
mutation ($input: TestAccountInput!) {{ testAccount(input: $input) {{ test {{ id status }} {ERRORS} }} }}
"""
CANCEL_TEST = f"""
mutation ($input: CancelTestInput!) {{ cancelTest(input: $input) {{ test {{ id status }} {ERRORS} }} }}
"""
ACCOUNT = """
fragment Account on EmailAccount {
  id address displayName replyTo status position version addressProof
  access { mode employees { nodes { externalId } } groups { nodes { externalId } } }
  scope { mode projects { nodes { externalId } } }
}
"""


def _changing(name: str) -> str:
    arguments = f"{name[0].upper()}{name[1:]}Input"
    return f"""
    mutation ($input: {arguments}!) {{ {name}(input: $input) {{ emailAccount {{ ...Account }} {ERRORS} }} }}
    {ACCOUNT}
    """


SAVE = _changing("saveEmailAccount")
UPDATE = _changing("updateEmailAccount")
SET_ACCESS = _changing("setAccountAccess")
SET_SCOPE = _changing("setAccountScope")
SET_ENABLED = _changing("setAccountEnabled")
DELETE = f"""
mutation ($input: DeleteEmailAccountInput!) {{ deleteEmailAccount(input: $input) {{ deletedId {ERRORS} }} }}
"""
FLOW = """
fragment Flow on SignInFlow {
  id address
  step {
    is: __typename
    ... on AskStep { title fields { name secret required pattern help } problems { field message } }
    ... on DoneStep { kind }
    ... on FailedStep { diagnosis { code title } retryable }
  }
}
"""


def _signing(name: str) -> str:
    arguments = f"{name[0].upper()}{name[1:]}Input"
    return f"""
    mutation ($input: {arguments}!) {{ {name}(input: $input) {{ flow {{ ...Flow }} {ERRORS} }} }}
    {FLOW}
    """


START_SIGN_IN = _signing("startSignIn")
CONTINUE_SIGN_IN = _signing("continueSignIn")
CANCEL_SIGN_IN = _signing("cancelSignIn")
CREATE_SIGN_IN_LINK = f"""
mutation ($input: CreateSignInLinkInput!) {{
  createSignInLink(input: $input) {{ link {{ url flow {{ id }} }} {ERRORS} }}
}}
"""
SEND = f"""
mutation ($input: SendMessageInput!) {{
  sendMessage(input: $input) {{ message {{ id status from rule subject }} replayed {ERRORS} }}
}}
"""
CANCEL_MESSAGE = f"""
mutation ($input: CancelMessageInput!) {{
  cancelMessage(input: $input) {{ message {{ id status }} {ERRORS} }}
}}
"""
RETRY_MESSAGE = f"""
mutation ($input: RetryMessageInput!) {{
  retryMessage(input: $input) {{ message {{ id status }} {ERRORS} }}
}}
"""
DIRECTORY = f"""
mutation ($input: SyncDirectoryInput!) {{
  syncDirectory(input: $input) {{ created updated removed {ERRORS} }}
}}
"""
NODE = "query ($id: ID!) { node(id: $id) { is: __typename id } }"
ACCOUNTS = """
query ($filter: EmailAccountFilter, $orderBy: EmailAccountOrder, $first: Int! = 25, $after: String) {
  emailAccounts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes { id address }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
MESSAGES = """
query ($filter: MessageFilter, $first: Int! = 25, $after: String) {
  messages(filter: $filter, first: $first, after: $after) {
    nodes { id subject }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
RESOLVE = """
query ($for: SenderContextInput!) {
  resolveSender(for: $for) {
    is: __typename
    ... on ResolvedSender {
      from rule ready
      excluded { nodes { account { address } reason explanation } }
    }
    ... on NoSender { reason excluded { nodes { account { address } reason explanation } } }
  }
}
"""
CANDIDATES = """
query ($for: SenderContextInput!, $first: Int! = 25, $after: String) {
  availableSenders(for: $for, first: $first, after: $after) {
    nodes { from rule ready account { address } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
