"""Brings the catalogues up to date with the code: ``python -m letterhead.diagnosis.gather [LANGUAGE …]``.

A language that is named and has no catalogue gets an empty one, ready to be translated.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from letterhead.diagnosis.languages import CATALOGUE, FOLDER

SOURCES = Path(__file__).parent.parent
PARTS = frozenset({"title", "explanation", "advice", "fact"})
"""What modules named ``texts…`` hold their texts under."""

Ids = str | tuple[str, str]


def gathered() -> Iterator[tuple[Ids, str]]:
    """Every message and the module it stands in: what ``told``, ``told_of`` and ``template`` are given."""
    for file in sorted(SOURCES.rglob("*.py")):
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        calls = sorted((node for node in nodes if isinstance(node, ast.Call)), key=lambda call: call.lineno)
        for call in calls:
            for message in _in_call(call, texts=file.stem.startswith("texts")):
                yield message, file.relative_to(SOURCES).as_posix()


def _in_call(call: ast.Call, *, texts: bool) -> Iterator[Ids]:
    match call:
        case ast.Call(func=ast.Name("told" | "template"), args=[ast.Constant(str(msgid))]):
            yield msgid
        case ast.Call(func=ast.Name("told_of"), args=[_, ast.Constant(str(one)), ast.Constant(str(several))]):
            yield one, several
        case ast.Call(keywords=parts) if texts:
            nodes = (node for part in parts if part.arg in PARTS for node in ast.walk(part.value))
            yield from (str(node.value) for node in nodes if isinstance(node, ast.Constant) if _says(node))


def _says(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and node.value != ""


def blank() -> Catalog:
    made = Catalog(project="Letterhead", fuzzy=False)
    for message, place in gathered():
        made.add(message, locations=[(place, 1)])
    return made


def bring_up_to_date(folder: Path, language: str) -> Path:
    """New messages are added untranslated, unused ones are dropped."""
    file = folder / language / CATALOGUE
    if file.exists():
        with file.open("rb") as lines:
            catalogue = read_po(lines)
        catalogue.update(blank(), no_fuzzy_matching=True, update_creation_date=False)
    else:
        file.parent.mkdir(parents=True)
        catalogue = Catalog(locale=language, project="Letterhead", fuzzy=False)
        catalogue.update(blank())
    with file.open("wb") as out:
        write_po(out, catalogue, width=100, include_lineno=False, ignore_obsolete=True)
    return file


if __name__ == "__main__":
    there = {file.parent.parent.name for file in FOLDER.glob(f"*/{CATALOGUE}")}
    for name in sorted(there | set(sys.argv[1:])):
        bring_up_to_date(FOLDER, name)
