"""What the tests of the address book ask."""

from api.documents import ACCOUNT, ERRORS

WARNINGS = """warnings { code message subjects {
  ... on EmailAccount { address } ... on Project { externalId }
} }"""


def warned(name: str) -> str:
    """A change of an account that answers with what it has caused."""
    arguments = f"{name[0].upper()}{name[1:]}Input"
    return f"""
    mutation ($input: {arguments}!) {{
      {name}(input: $input) {{ emailAccount {{ ...Account }} {WARNINGS} {ERRORS} }}
    }}
    {ACCOUNT}
    """


DELETE = f"""
mutation ($input: DeleteEmailAccountInput!) {{
  deleteEmailAccount(input: $input) {{ deletedId {WARNINGS} {ERRORS} }}
}}
"""
SET_LIMITS = f"""
mutation ($input: SetAccountLimitsInput!) {{
  setAccountLimits(input: $input) {{
    emailAccount {{ version usage {{ limits {{ messagesPerMinute messagesPerDay }} }} }} {ERRORS}
  }}
}}
"""
SET_BOUNCE_READING = f"""
mutation ($input: SetBounceReadingInput!) {{
  setBounceReading(input: $input) {{ emailAccount {{ version usage {{ readsBounces }} }} {ERRORS} }}
}}
"""
USAGE = """
query ($id: ID!) { node(id: $id) { ... on EmailAccount {
  usage { sentToday queued readsBounces limits { messagesPerMinute messagesPerDay note } }
} } }
"""
COVERAGE = """
query ($projectId: ID, $first: Int! = 25, $after: String) { company { coverage(
  projectId: $projectId, first: $first, after: $after
) {
  nodes {
    project { externalId } employeesWithoutSender
    people { nodes { employee { externalId } sender { from rule ready account { address } } } }
    gaps: people(onlyGaps: true) { nodes { employee { externalId } sender { from } } }
  }
  pageInfo { hasNextPage hasPreviousPage endCursor }
} } }
"""
PREVIEW = f"""
query ($input: PreviewAccountChangeInput!) {{ previewAccountChange(input: $input) {{
  projectsLosingTheirOnlySender {{ externalId }} employeesLosingAccess {{ nodes {{ externalId }} }}
  queuedMessages {WARNINGS}
}} }}
"""
COMPANY_WARNINGS = f"{{ company {{ {WARNINGS} }} }}"
