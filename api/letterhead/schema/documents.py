"""Documents, from what a client sends to what can be executed: found, parsed, measured, validated."""

from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from graphql.validation.specified_rules import recommended_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from letterhead.errors import ConfigurationError, LetterheadError, NotAnswerable
from letterhead.front.settings import FrontSettings
from letterhead.schema.asked import fields_of_types
from letterhead.schema.limits.size import EndlessError, Size, size_of
from letterhead.schema.operations import read_operations, sha256_of
from letterhead.schema.prepared import Prepared
from letterhead.schema.recent import Recent

DOCUMENT_ID = "documentId"
"""Where ``find`` looks for the id of a registered operation."""

MOST_ERRORS = 10
MOST_REPEATS = 10
LONGEST_DOCUMENT = 256 * 1024
MOST_KEPT, MOST_CHARACTERS = 1000, 4 * 1024 * 1024
RULES = (*specified_rules, *recommended_rules, MaybeNullValidationRule, OneOfInputValidationRule)


class InvalidError(LetterheadError):
    """``errors``: of syntax or validation."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__("the document is not valid")
        self.errors = list(errors)


class Documents:
    """Only what is valid is kept, and no more than so much: nobody can fill it with junk."""

    def __init__(self, settings: FrontSettings) -> None:
        """Raises ConfigurationError for a file of operations that cannot be read."""
        self._settings = settings
        if settings.only_registered_operations and not settings.operations:
            raise ConfigurationError(
                "LETTERHEAD_ONLY_REGISTERED_OPERATIONS: name a file of them with LETTERHEAD_OPERATIONS"
            )
        self._registered = read_operations(settings.operations) if settings.operations else {}
        self._texts = frozenset(self._registered.values())
        self._prepared: Recent[Prepared] = Recent(most=MOST_KEPT, most_characters=MOST_CHARACTERS)
        self._sent: Recent[str] = Recent(most=MOST_KEPT, most_characters=MOST_CHARACTERS)

    def find(self, text: str | None, extensions: Mapping[str, Any]) -> str:
        """The text of what is asked for, by itself or by an id. Raises NotAnswerable."""
        digest = _digest(extensions)
        named = extensions.get(DOCUMENT_ID, digest)
        if text is None and isinstance(named, str):
            return self._named(named)
        if text is None:
            raise NotAnswerable("BAD_REQUEST", "There is no query.", "Send a document as query.")
        if digest is not None and digest != sha256_of(text):
            raise NotAnswerable("BAD_REQUEST", "The SHA-256 is not the document's.")
        if self._settings.only_registered_operations and text not in self._texts:
            raise NotAnswerable(
                "NOT_REGISTERED", "This operation is not registered here.", "Ask the operator to add it."
            )
        return text

    def prepare(self, schema: GraphQLSchema, text: str, *, curious: bool) -> Prepared:
        """``curious``: whether the caller may look at the schema. Raises InvalidError or NotAnswerable."""
        prepared = self._prepared.get(text)
        if prepared is None:
            prepared = self._read(schema, text, curious=curious)
            self._prepared.keep(text, prepared, characters=len(text))
        if prepared.introspects and not curious:
            raise NotAnswerable("FORBIDDEN", "You may not look at the schema.")
        return prepared

    def remember(self, text: str) -> None:
        """It was valid, and may be asked for by its SHA-256 from now on."""
        if self._settings.automatic_persisted_queries:
            self._sent.keep(sha256_of(text), text, characters=len(text))

    def _named(self, name: str) -> str:
        clean = name.removeprefix("sha256:")
        text = self._registered.get(clean)
        if text is None and self._settings.automatic_persisted_queries:
            text = None if self._settings.only_registered_operations else self._sent.get(clean)
        if text is not None:
            return text
        if self._registered or self._settings.automatic_persisted_queries:
            raise NotAnswerable("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound", "Send its text too.")
        raise NotAnswerable("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported", "Send its text.")

    def _read(self, schema: GraphQLSchema, text: str, *, curious: bool) -> Prepared:
        document = self._parsed(text)
        size = self._checked(document)
        if size.introspects and not curious:
            raise NotAnswerable("FORBIDDEN", "You may not look at the schema.")
        errors = validate(schema, document, RULES, max_errors=MOST_ERRORS, hide_suggestions=not curious)
        if errors:
            raise InvalidError(*errors)
        return Prepared(document, size.introspects, fields_of_types(schema, document))

    def _parsed(self, text: str) -> DocumentNode:
        most = self._settings.document_tokens
        if len(text) > LONGEST_DOCUMENT:
            raise _too("LARGE", f"The document has more than {LONGEST_DOCUMENT} characters.")
        try:
            return parse(text, max_lexical_tokens=most, max_comments=most, max_source_length=LONGEST_DOCUMENT)
        except GraphQLError as error:
            if f"more than {most} " in error.message:
                raise _too("LARGE", f"The document has more than {most} tokens or comments.") from None
            raise InvalidError(error) from None

    def _checked(self, document: DocumentNode) -> Size:
        limits = self._settings
        try:
            size = size_of(document)
        except EndlessError:
            raise _too("DEEP", "The document's fragments and fields nest too deeply.") from None
        for found, most, code, what in (
            (size.depth, limits.document_depth, "DEEP", "fields inside each other"),
            (size.aliases, limits.document_aliases, "COMPLEX", "aliases"),
            (size.directives, limits.document_directives, "COMPLEX", "directives"),
            (size.fragments, limits.document_fragments, "COMPLEX", "fragments"),
            (size.repeats, MOST_REPEATS, "COMPLEX", "times the same field"),
            (size.roots, limits.root_fields, "COMPLEX", "fields at the root of an operation"),
        ):
            if found > most:
                raise _too(code, f"The document has more than {most} {what}.")
        return size


def _too(what: str, message: str) -> NotAnswerable:
    return NotAnswerable(f"TOO_{what}", message, "Split it into several operations.")


def _digest(extensions: Mapping[str, Any]) -> str | None:
    """As Apollo's clients send it. Raises NotAnswerable for what is no SHA-256."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str):
        raise NotAnswerable("BAD_REQUEST", "persistedQuery has no sha256Hash.")
    return digest
