"""Texts in the language of whoever asks, as the last thing before they are shown."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions.field_extension import FieldExtension

from letterhead.diagnosis.languages import say
from letterhead.schema.context import Context


class Spoken(FieldExtension):
    """For a field whose text may be a message of ours. Others, such as plugins' texts, pass unchanged."""

    def resolve(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        text = next_(source, info, **kwargs)
        return text if text is None else say(text, info.context.language)


def spoken(description: str) -> Any:
    """A field of text in the caller's language."""
    return strawberry.field(description=description, extensions=[Spoken()])
