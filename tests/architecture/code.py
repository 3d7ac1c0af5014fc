"""The source of the three packages, read as text and as syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "letterhead": ROOT / "api/letterhead",
    "letterhead_plugins": ROOT / "plugins/letterhead_plugins",
    "letterhead_providers": ROOT / "providers/letterhead_providers",
}
MIGRATIONS = "letterhead.store.migrations."


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Those of ``packages``, or of all three. Migrations are written by a program and are left out."""
    return tuple(
        module
        for package in packages or PACKAGES
        for path in sorted(PACKAGES[package].rglob("*.py"))
        if not (module := _module(package, path)).name.startswith(MIGRATIONS)
    )


def _module(package: str, path: Path) -> Module:
    parts = path.relative_to(PACKAGES[package].parent).with_suffix("").parts
    name = ".".join(parts).removesuffix(".__init__")
    text = path.read_text()
    return Module(name, path, text, ast.parse(text))
