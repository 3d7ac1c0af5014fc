"""Messages and sign-ins as callers make them, and the same with something of it wrong or of somebody else."""

from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import GraphQLInputObjectType

from api import documents
from api.drafts import at, server
from api.messages import LATER
from fuzz.companies import GMAIL, Filled
from fuzz.operations import TYPES, Operation, Writer
from letterhead.schema.ids import decode

RELEASE = """
mutation ($input: ReleaseMessagesInput!) { releaseMessages(input: $input) { released errors { message } } }
"""
DOCUMENTS = {
    "sendMessage": documents.SEND,
    "cancelMessage": documents.CANCEL_MESSAGE,
    "retryMessage": documents.RETRY_MESSAGE,
    "releaseMessages": RELEASE,
    "startSignIn": documents.START_SIGN_IN,
    "continueSignIn": documents.CONTINUE_SIGN_IN,
    "cancelSignIn": documents.CANCEL_SIGN_IN,
    "createSignInLink": documents.CREATE_SIGN_IN_LINK,
}
DISTURBED, CHANGED, FOREIGN, ODD = 0.6, 0.06, 0.3, 0.08
"""How likely anything is changed; then each part, and each id to one of the other company's; and how likely a
part of a message is such as no client would send."""


@dataclass
class Flows:
    """``foreign``: ids of the other company by their kinds."""

    random: Random
    writer: Writer
    company: Filled
    foreign: dict[str, list[str]]

    def operation(self) -> Operation:
        name = self.random.choice([*DOCUMENTS])
        kind = TYPES.type_map[f"{name[0].upper()}{name[1:]}Input"]
        assert isinstance(kind, GraphQLInputObjectType)
        given = self._fitting(name)
        if self.random.random() < DISTURBED:
            given = self._disturbed(given, kind)
        return Operation("mutation", name, DOCUMENTS[name], {"input": given})

    def _fitting(self, name: str) -> dict[str, Any]:
        ids, any_of = self.company.named, self.random.choice
        sign_in: dict[str, Any] = {"address": f"info{self.random.randrange(99)}@gmail.com", **GMAIL}
        match name:
            case "sendMessage":
                return self._message()
            case "cancelMessage" | "retryMessage":
                return {"messageId": ids["message"]}
            case "releaseMessages":
                return any_of([{"messageIds": [ids["message"]]}, {"filter": {"authorId": ids["ann"]}}])
            case "continueSignIn":
                answers = [{"name": one, "value": "x"} for one in ("password", "secret")]
                return {"flowId": any_of([ids["flow"], ids["done flow"]]), "answers": answers}
            case "cancelSignIn":
                return {"flowId": ids["flow"]}
        return sign_in | {"ownerId": any_of([ids["company"], ids["ann"]])} | any_of([{}, self._servers()])

    def _message(self) -> dict[str, Any]:
        ids, any_of = self.company.named, self.random.choice
        contexts = [
            {"employeeId": ids["ann"]},
            {"employeeId": ids["ann"], "accountId": ids["sales"]},
            {"employeeId": ids["ann"], "accountId": ids["board"], "projectId": ids["apollo"]},
            {"employeeId": ids["ben"], "accountId": ids["own"]},
            {},
        ]
        return {
            "idempotencyKey": f"flow-{self.random.randrange(40)}",
            "context": any_of(contexts),
            "to": [{"address": at("contact"), "name": self._or("Bob", "\r\nBcc: x@example.com")}],
            "bcc": any_of([[], [{"address": at("boss")}]]),
            "subject": self._or("Hello", "Hello\r\nBcc: everybody@example.com"),
            "text": any_of(["Hello", "\r\n.\r\nMAIL FROM:<x@example.com>\r\n"]),
            "headers": self._or([{"name": "Comments", "value": "7"}], [{"name": "Bcc", "value": "x@y.z"}]),
            "attachmentIds": self._or([], [ids["message"]]),
            **LATER,
        }

    def _or(self, usual: Any, odd: Any) -> Any:
        return odd if self.random.random() < ODD else usual

    def _servers(self) -> dict[str, Any]:
        return {"smtp": server("SMTP", 587), "incoming": server("POP3", 995)}

    def _disturbed(self, value: Any, of: Any) -> Any:
        of = getattr(of, "of_type", of)
        if isinstance(value, dict) and isinstance(of, GraphQLInputObjectType):
            whole = {name: self._disturbed(one, of.fields[name].type) for name, one in value.items()}
            odd = {
                name: self.writer._value(name, of.fields[name].type) for name in of.fields if self._rarely()
            }
            return whole | odd
        if isinstance(value, list):
            return [self._disturbed(one, of) for one in value]
        kind = decode(value) if isinstance(value, str) else None
        if kind and self.random.random() < FOREIGN:
            return self.random.choice(self.foreign.get(kind[0], [value]))
        return value

    def _rarely(self) -> bool:
        return self.random.random() < CHANGED
