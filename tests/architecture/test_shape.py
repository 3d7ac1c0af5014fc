"""Modules and functions stay small enough to be read at once, and hold no state of their own."""

import ast
from collections.abc import Iterator

from architecture.code import Module, modules

LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 45
LONG_LISTS = {
    "letterhead.schema.enums": "describes every value of every enumeration",
    "letterhead.store.models": "the tables",
}
OF_THE_PROCESS = {"letterhead_providers.quiet": "Python keeps an audit hook until the process ends"}
PRINTING = {"letterhead.cli", "letterhead.tour.show"}
NAMES_THAT_SAY_NOTHING = {"base", "common", "helpers", "manager", "managers", "misc", "utils"}
CHANGING = {
    "add", "append", "clear", "discard", "extend", "insert",
    "pop", "popitem", "remove", "setdefault", "update",
}  # fmt: skip


def test_a_module_can_be_read_at_once() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in modules()}
    long = {name: lines for name, lines in lengths.items() if lines > LINES_OF_A_MODULE}
    assert set(long) <= set(LONG_LISTS), long


def test_a_function_can_be_seen_at_once() -> None:
    long = [
        f"{module.name}.{function.name}"
        for module in modules()
        for function in module.functions()
        if function.end_lineno - function.lineno >= LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_a_module_is_named_for_what_it_is_about() -> None:
    parts = {part for module in modules() for part in module.name.split(".")}
    assert parts & NAMES_THAT_SAY_NOTHING == set()


def test_only_commands_print() -> None:
    assert {module.name for module in modules() if "print" in _names(module)} <= PRINTING


def test_what_stands_at_a_modules_top_is_never_changed() -> None:
    changes = [
        f"{module.name}.{change}"
        for module in modules()
        if module.name not in OF_THE_PROCESS
        for function in module.functions()
        for change in _changes(function, {name for top in module.tree.body for name in _named(top)})
    ]
    assert changes == []


def _names(module: Module) -> set[str]:
    return {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}


def _named(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    yield from (target.id for target in targets if isinstance(target, ast.Name))
    if isinstance(statement, ast.ClassDef):
        yield statement.name


def _changes(function: ast.FunctionDef | ast.AsyncFunctionDef, top: set[str]) -> Iterator[str]:
    """Where ``function`` changes one of the names in ``top`` that are not its own variables."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    own |= {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            yield ast.unparse(node)
        elif isinstance(node, ast.Attribute | ast.Subscript) and _root(node) in top - own:
            changed = isinstance(node.ctx, ast.Store | ast.Del)
            if changed or (isinstance(node, ast.Attribute) and node.attr in CHANGING):
                yield f"{function.name}: {ast.unparse(node)}"


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
