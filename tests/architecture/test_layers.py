"""Who may import whom: the contracts in pyproject.toml, and what they cannot say."""

import ast
import logging.config
import sys

import pytest
from importlinter.cli import lint_imports

from architecture.code import ROOT, modules

DIALLING = {
    "create_connection",
    "open_connection",
    "open_unix_connection",
    "sock_connect",
    "create_datagram_endpoint",
}


def test_the_contracts_are_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(
        logging.config, "dictConfig", lambda config: None
    )  # it would silence all other loggers
    outcome = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert outcome == 0, capsys.readouterr().out


def test_rules_are_functions_that_wait_for_nothing() -> None:
    waiting = [
        f"{module.name}.{function.name}"
        for module in modules()
        for function in module.functions()
        if module.name.endswith(".rules") and isinstance(function, ast.AsyncFunctionDef)
    ]
    assert waiting == []


def test_plugins_import_the_contract_and_what_python_brings() -> None:
    imported = {
        name.partition(".")[0] for module in modules("letterhead_plugins") for name in module.imports()
    }
    assert imported - sys.stdlib_module_names == {"letterhead_providers", "letterhead_plugins"}


def test_only_the_wire_dials_but_for_the_database() -> None:
    dialling = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in DIALLING
    }
    elsewhere = [name for name in dialling if not name.startswith(("letterhead.wire.", "letterhead.store."))]
    assert elsewhere == []
