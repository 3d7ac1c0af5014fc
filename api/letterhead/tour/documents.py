"""What the tour asks of the schema: the same that any front end would."""

DIRECTORY = """
mutation Directory($input: SyncDirectoryInput!) {
  syncDirectory(input: $input) { created updated removed errors { message path code } }
}
"""

COMPANY = """
query Company {
  company {
    name
    employees { nodes { id externalId name } }
    groups { nodes { id externalId name } }
    projects { nodes { id externalId name } }
    warnings { message }
  }
  emailAccounts { nodes { address status access { mode } scope { mode } } }
}
"""

TEST = """
mutation Test($input: TestAccountInput!) {
  testAccount(input: $input) { test { id } errors { message path code } }
}
"""

TEST_AGAIN = """
query TestAgain($id: ID!) {
  node(id: $id) {
    ... on AccountTest {
      status
      steps { leg stage title status tookMs evidence }
      diagnosis { title explanation advice { text } reply { code enhancedCode text } }
    }
  }
}
"""

SAVE = """
mutation Save($input: SaveEmailAccountInput!) {
  saveEmailAccount(input: $input) {
    emailAccount { id address status version }
    warnings { message }
    errors { message path code }
  }
}
"""

RESOLVE = """
query Resolve($for: SenderContextInput!) {
  resolveSender(for: $for) {
    ... on ResolvedSender { from rule explanation ready }
    ... on NoSender { reason explanation excluded { nodes { account { address } reason explanation } } }
  }
}
"""

SEND = """
mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id status from } replayed errors { message path code } }
}
"""

MESSAGE = """
query Message($id: ID!) {
  node(id: $id) {
    ... on Message {
      status finishedAt
      recipients { address status diagnosis { title explanation } }
      attempts { nodes { tookMs reply { code enhancedCode text } } }
    }
  }
}
"""

FIRST_QUERY = "{ emailAccounts { nodes { address status access { mode } scope { mode } } } }"
