"""What is asked of the product."""

from api.documents import ERRORS, SEND

WARNINGS = "warnings { code subjects { ... on EmailAccount { id } ... on Project { id } } }"
ACCOUNT = """
fragment Account on EmailAccount {
  id address status version position
  access { mode employees { nodes { id } } groups { nodes { id } } }
  scope { mode projects { nodes { id } } }
  aliases { address proof }
}
"""


def changing(name: str) -> str:
    arguments = f"{name[0].upper()}{name[1:]}Input"
    return f"""
    mutation ($input: {arguments}!) {{
      {name}(input: $input) {{ emailAccount {{ id version }} {WARNINGS} {ERRORS} }}
    }}
    """


CHANGES = {
    "ACCESS": changing("setAccountAccess"),
    "SCOPE": changing("setAccountScope"),
    "ON": changing("setAccountEnabled"),
    "OFF": changing("setAccountEnabled"),
    "DELETE": f"""
    mutation ($input: DeleteEmailAccountInput!) {{
      deleteEmailAccount(input: $input) {{ deletedId {WARNINGS} {ERRORS} }}
    }}
    """,
}
MOVE = f"""
mutation ($input: UpdateEmailAccountInput!) {{
  updateEmailAccount(input: $input) {{ emailAccount {{ id }} {ERRORS} }}
}}
"""
SET_POLICY = f"mutation ($input: SetPolicyInput!) {{ setPolicy(input: $input) {{ {ERRORS} }} }}"
SYNC = """
mutation ($input: SyncDirectoryInput!) { syncDirectory(input: $input) {
  created updated removed accountsDisabled accountsNarrowed messagesHeld tokensRevoked
  errors { code path }
} }
"""
RETRY = f"""
mutation ($input: RetryMessageInput!) {{ retryMessage(input: $input) {{ message {{ id }} {ERRORS} }} }}
"""
WRITE = SEND
PREVIEW = f"""
query ($input: PreviewAccountChangeInput!) {{ previewAccountChange(input: $input) {{
  projectsLosingTheirOnlySender {{ id }} employeesLosingAccess(first: 100) {{ nodes {{ id }} }}
  queuedMessages {WARNINGS}
}} }}
"""
SENDER = """
fragment Sender on SenderResolution {
  ... on ResolvedSender {
    from rule ready explanation account { id } candidates(first: 100) { nodes { from account { id } } }
    excluded(first: 100) { nodes { reason explanation account { id } } }
  }
  ... on NoSender { reason explanation excluded(first: 100) { nodes { reason explanation account { id } } } }
}
"""
RESOLVE = f"query ($for: SenderContextInput!) {{ resolveSender(for: $for) {{ ...Sender }} }} {SENDER}"


def senders(contexts: int) -> str:
    """For variables ``c0``, ``c1`` …: who would write, and from what one can choose, two at a time."""
    given = ", ".join(f"$c{n}: SenderContextInput!" for n in range(contexts))
    asked = " ".join(
        f"""r{n}: resolveSender(for: $c{n}) {{ ...Sender }}
        a{n}: availableSenders(for: $c{n}, first: 2) {{ ...Choices }}"""
        for n in range(contexts)
    )
    choices = """fragment Choices on SenderCandidateConnection {
      nodes { from rule ready account { id } } pageInfo { hasNextPage endCursor }
    }"""
    return f"query ({given}) {{ {asked} }} {SENDER} {choices}"


MORE = """
query ($for: SenderContextInput!, $after: String) {
  availableSenders(for: $for, first: 2, after: $after) {
    nodes { from rule ready account { id } } pageInfo { hasNextPage endCursor }
  }
}
"""
KNOWN = """
query ($accounts: [ID!]!, $messages: [ID!]!) {
  emailAccounts(first: 100) { nodes { id } pageInfo { hasNextPage } }
  accounts: nodes(ids: $accounts) { id }
  messages: nodes(ids: $messages) { id ... on Message { account { id } } }
  company {
    employees(first: 100) { nodes { id emailAccounts(first: 100) { nodes { id } } } }
    projects(first: 100) { nodes { id emailAccounts(first: 100) { nodes { id } } } }
    coverage { nodes { employeesWithoutSender } }
    warnings { code }
  }
}
"""
BOOK = f"""
{{
  emailAccounts(first: 100) {{ nodes {{ ...Account }} }}
  company {{
    {WARNINGS}
    coverage(first: 100) {{ nodes {{
      project {{ id }} employeesWithoutSender
      people(first: 100) {{ nodes {{ employee {{ id }} sender {{ from rule ready account {{ id }} }} }} }}
      gaps: people(onlyGaps: true, first: 100) {{ nodes {{ employee {{ id }} }} }}
    }} }}
  }}
}}
{ACCOUNT}
"""
LETTERS = """
query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Message {
  id status from rule messageId account { id }
  nextAttemptAt heldBecause { title explanation } waitingFor { title }
} } }
"""
