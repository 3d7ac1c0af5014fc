"""Known replies that differ in their words alone."""

from dataclasses import replace

from letterhead_providers import KnownReply


def in_other_words(known: KnownReply, *phrases: str) -> tuple[KnownReply, ...]:
    """The reply, and the same meaning for each of the further phrases."""
    return (known, *(replace(known, phrase=phrase) for phrase in phrases))
