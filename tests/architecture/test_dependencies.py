"""Every package that is imported is declared, and every one that is declared is used."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Any

import pytest

from architecture.code import ROOT, modules

OWN = {"letterhead", "letterhead-plugins", "letterhead-providers"}
LOADED_BY_NAME = {"httptools", "websockets"}
"""uvicorn speaks HTTP and websockets with these where they are installed."""

FOR_AUTHORS = {"hypothesis", "pytest"}
"""What the kit for plugins' tests imports, in the tests of those who write plugins."""

DECLARED_BY = {
    "pyproject.toml": ("letterhead", "letterhead_plugins"),
    "providers/pyproject.toml": ("letterhead_providers",),
}


def declared(project: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / project).read_text())["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[; ]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("project", DECLARED_BY)
def test_what_is_imported_is_what_is_declared(project: str) -> None:
    distributions = packages_distributions()
    roots = {name.partition(".")[0] for module in modules(*DECLARED_BY[project]) for name in module.imports()}
    extras = [need for needs in declared(project).get("optional-dependencies", {}).values() for need in needs]
    needed = names([*declared(project)["dependencies"], *extras])
    imported: set[str] = set()
    for root in roots - sys.stdlib_module_names - {own.replace("-", "_") for own in OWN}:
        offered = {one.lower().replace("_", "-").replace(".", "-") for one in distributions[root]}
        imported |= offered & needed or offered  # one name may be shared by many distributions
    assert imported - FOR_AUTHORS == needed - OWN - LOADED_BY_NAME


def test_every_dependency_but_our_own_has_a_lower_bound_and_a_lock() -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    needed = [need for project in DECLARED_BY for need in declared(project)["dependencies"]]
    unbounded = [need for need in needed if ">=" not in need and not need.startswith("letterhead-")]
    assert unbounded == []
    assert names([*needed, *groups["dev"]]) - OWN - locked == set()


def test_both_distributions_have_one_version() -> None:
    house, contract = (declared(project) for project in DECLARED_BY)
    assert house["version"] == contract["version"]
    assert f"letterhead-providers=={contract['version']}" in house["dependencies"]


def test_every_bundled_plugin_is_found_by_an_entry_point() -> None:
    plugins = {module.name for module in modules("letterhead_plugins") if "\nCONTRACT = " in module.text}
    assert set(declared("pyproject.toml")["entry-points"]["letterhead"].values()) == plugins
