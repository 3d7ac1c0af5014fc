"""What is asked, of each server in its own words, and what its answer says in words that all share."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from others.rows import Firm

ACCOUNTS = """
query Accounts { emailAccounts(first: 50) { nodes {
  id address displayName status addressProof position version smtp { host port security }
  owner { __typename ... on Company { id name } ... on Employee { id name } }
  aliases { address displayName proof }
  access { mode employees(first: 25) { nodes { id name } } groups(first: 25) { nodes { id name } } }
  scope { mode projects(first: 25) { nodes { id name } } }
  lastTest { id status }
} pageInfo { hasNextPage } } }
"""
PAGE = ACCOUNTS[ACCOUNTS.index("{ nodes") : ACCOUNTS.rindex("}")]
WIDE = f"query Wide {{ {' '.join(f'page{n}: emailAccounts(first: 5) {PAGE}' for n in range(12))} }}"
"""More fields than are compiled (MOST_FIELDS), so that graphql-core executes it."""

SENDERS = """
query Senders($for: SenderContextInput!) { resolveSender(for: $for) { ... on ResolvedSender {
  account { id } from displayName rule ready
  candidates(first: 25) { nodes { account { id } from displayName rule ready } }
  excluded(first: 25) { nodes { account { id } reason } }
} } }
"""
POSTGRAPHILE_ACCOUNTS = """
query Accounts($company: UUID!) {
  allEmailAccounts(
    first: 50, condition: {companyId: $company}, orderBy: [POSITION_ASC, CREATED_AT_ASC, ROW_ID_ASC]
  ) {
    nodes {
      rowId address displayName status proof position version smtp accessMode scopeMode
      companyByCompanyId { rowId name } employeeByEmployeeId { rowId name }
      senderAliasesByAccountId(first: 25, orderBy: [POSITION_ASC]) { nodes { address displayName proof } }
      accountEmployeesByAccountId(first: 25) { nodes { employeeByEmployeeId { rowId name } } }
      accountGroupsByAccountId(first: 25) { nodes { employeeGroupByGroupId { rowId name } } }
      accountProjectsByAccountId(first: 25) { nodes { projectByProjectId { rowId name } } }
      lastTest { rowId status }
    }
    pageInfo { hasNextPage }
  }
}
"""
POSTGRAPHILE_SENDERS = """
query Senders($company: UUID!, $employee: UUID!, $project: UUID!) {
  senderCandidates(company: $company, employee: $employee, project: $project, first: 25) {
    nodes { accountId fromAddress displayName rule ready }
  }
  senderExcluded(company: $company, employee: $employee, project: $project, first: 25) {
    nodes { accountId reason }
  }
}
"""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A POST of JSON. ``read``: what an answer to it says."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[Any], Any]


Way = Callable[[Firm], Asked]


def ids(firm: Firm) -> dict[str, str]:
    return {
        "company": str(firm.id("company")),
        "employee": str(firm.id("employee")),
        "project": str(firm.id("project")),
    }


def by_name(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: str(entry["name"]))


def opaque(kind: str, key: UUID) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode()


def graphql(document: str, token: str = "", **variables: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {"path": "/graphql", "body": {"query": document, "variables": variables}, "headers": headers}


def accounts_of_ours(firm: Firm) -> Asked:
    return Asked(**graphql(ACCOUNTS, firm.token), read=read_accounts)


def read_accounts(answer: Any) -> Any:
    page = answer["data"]["emailAccounts"]
    return {
        "nodes": [_account(node) for node in page["nodes"]],
        "hasNextPage": page["pageInfo"]["hasNextPage"],
    }


def _account(node: dict[str, Any]) -> dict[str, Any]:
    access, scope = node["access"], node["scope"]
    return _with_row_ids(
        node
        | {
            "access": {"mode": access["mode"]} | {k: access[k]["nodes"] for k in ("employees", "groups")},
            "scope": {"mode": scope["mode"], "projects": scope["projects"]["nodes"]},
        }
    )


def _with_row_ids(told: Any) -> Any:
    if isinstance(told, list):
        return [_with_row_ids(one) for one in told]
    if not isinstance(told, dict):
        return told
    shown = {key: _with_row_ids(value) for key, value in told.items()}
    return shown | {"id": _row_id(shown["id"])} if "id" in shown else shown


def _row_id(key: str) -> str:
    try:
        return str(UUID(key))
    except ValueError:
        return str(UUID(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode().partition(":")[2]))


def senders_of_ours(firm: Firm) -> Asked:
    given = {
        "employeeId": opaque("Employee", firm.id("employee")),
        "projectId": opaque("Project", firm.id("project")),
    }
    return Asked(**graphql(SENDERS, firm.token, **{"for": given}), read=_read_senders)


def _read_senders(answer: Any) -> Any:
    sender = answer["data"]["resolveSender"]
    return {
        "sender": _sender(sender),
        "candidates": [_sender(node) for node in sender["candidates"]["nodes"]],
        "excluded": [
            node | {"account": _row_id(node["account"]["id"])} for node in sender["excluded"]["nodes"]
        ],
    }


def _sender(node: dict[str, Any]) -> dict[str, Any]:
    names = ("from", "displayName", "rule", "ready")
    return {"account": _row_id(node["account"]["id"])} | {name: node[name] for name in names}


def accounts_of_postgraphile(firm: Firm) -> Asked:
    return Asked(
        **graphql(POSTGRAPHILE_ACCOUNTS, company=str(firm.id("company"))), read=_read_postgraphile_accounts
    )


def _read_postgraphile_accounts(answer: Any) -> Any:
    page = answer["data"]["allEmailAccounts"]
    return {
        "nodes": [_of_postgraphile(node) for node in page["nodes"]],
        "hasNextPage": page["pageInfo"]["hasNextPage"],
    }


def _of_postgraphile(node: dict[str, Any]) -> dict[str, Any]:
    def many(field: str, target: str) -> list[dict[str, Any]]:
        return by_name([_renamed(entry[target]) for entry in node[field]["nodes"]])

    employee, company = node["employeeByEmployeeId"], node["companyByCompanyId"]
    return {
        "id": node["rowId"],
        **{name: node[name] for name in ("address", "displayName", "status", "position", "version")},
        "addressProof": node["proof"],
        "smtp": {name: node["smtp"][name] for name in ("host", "port", "security")},
        "owner": {"__typename": "Employee" if employee else "Company"} | _renamed(employee or company),
        "aliases": node["senderAliasesByAccountId"]["nodes"],
        "access": {
            "mode": node["accessMode"],
            "employees": many("accountEmployeesByAccountId", "employeeByEmployeeId"),
            "groups": many("accountGroupsByAccountId", "employeeGroupByGroupId"),
        },
        "scope": {
            "mode": node["scopeMode"],
            "projects": many("accountProjectsByAccountId", "projectByProjectId"),
        },
        "lastTest": _renamed(node["lastTest"]),
    }


def _renamed(node: dict[str, Any]) -> dict[str, Any]:
    return {"id" if name == "rowId" else name: value for name, value in node.items()}


def senders_of_postgraphile(firm: Firm) -> Asked:
    return Asked(**graphql(POSTGRAPHILE_SENDERS, **ids(firm)), read=_read_postgraphile_senders)


def _read_postgraphile_senders(answer: Any) -> Any:
    def sender(node: dict[str, Any]) -> dict[str, Any]:
        names = ("displayName", "rule", "ready")
        return {"account": node["accountId"], "from": node["fromAddress"]} | {n: node[n] for n in names}

    candidates = [sender(node) for node in answer["data"]["senderCandidates"]["nodes"]]
    excluded = answer["data"]["senderExcluded"]["nodes"]
    return {
        "sender": candidates[0],
        "candidates": candidates,
        "excluded": [{"account": node["accountId"], "reason": node["reason"]} for node in excluded],
    }


def accounts_by_hand(firm: Firm) -> Asked:
    return Asked(path="/accounts", body=ids(firm), read=lambda answer: answer)


def senders_by_hand(firm: Firm) -> Asked:
    return Asked(path="/resolve", body=ids(firm), read=lambda answer: answer)


def wide_of_ours(firm: Firm) -> Asked:
    return Asked(**graphql(WIDE, firm.token), read=_read_wide)


def _read_wide(answer: Any) -> Any:
    return [read_accounts({"data": {"emailAccounts": page}}) for page in answer["data"].values()]


def accounts_of_an_orm(firm: Firm) -> Asked:
    """Of the schemas written with Strawberry and with Ariadne, which say the same as ours."""
    document = ACCOUNTS.replace("query Accounts {", "query Accounts($company: ID!) {").replace(
        "emailAccounts(first: 50)", "emailAccounts(company: $company, first: 50)"
    )
    return Asked(**graphql(document, company=str(firm.id("company"))), read=read_accounts)
