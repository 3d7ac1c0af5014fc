"""XML from strangers: no document type, no entity, nothing fetched, nothing big, nothing deep."""

from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder

MOST_OCTETS = 256 * 1024
MOST_DEPTH = 32


class NotReadable(ValueError):
    """One sentence for a person; nothing of the file stands in it."""


def parse(xml: bytes) -> Element:
    """The root, with namespaces taken off the names. Raises NotReadable."""
    if len(xml) > MOST_OCTETS:
        raise NotReadable(f"The file is longer than {MOST_OCTETS // 1024} kB.")
    from lxml import etree  # noqa: PLC0415 - 4 MB, for services that publish their settings in files

    builder = _Guarded()
    # "internal" is for &amp; and its like: a document type, which could define others, ends it at once.
    parser = etree.XMLParser(
        target=builder, resolve_entities="internal", no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        etree.fromstring(xml, parser)
    except (etree.LxmlError, ValueError, LookupError, AssertionError):
        raise NotReadable(builder.refusal or "The file is not well-formed XML.") from None
    if builder.refusal or builder.root is None:
        raise NotReadable(builder.refusal or "The file is empty.")
    return builder.root


class _Guarded(TreeBuilder):
    """Builds the standard library's elements from lxml's events, and stops at what it does not let in."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: str | None = None
        self.root: Element | None = None
        self._depth = 0

    def start(self, tag: str, attrs: dict[Any, Any], /) -> Element:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            self._refuse(f"The file is nested more than {MOST_DEPTH} deep.")
        names = {str(name).rpartition("}")[2]: value for name, value in attrs.items()}
        element = super().start(tag.rpartition("}")[2], names)
        self.root = element if self.root is None else self.root
        return element

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag.rpartition("}")[2])

    def doctype(self, name: object, public_id: object, system_id: object) -> None:
        self._refuse("The file declares a document type, which is not let in.")

    def close(self) -> Any:
        """Also called by lxml after an error, when elements are still open."""
        return self.root

    def _refuse(self, why: str) -> None:
        self.refusal = self.refusal or why
        raise NotReadable(why)
