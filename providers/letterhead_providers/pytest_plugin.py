"""The conformance kit as a pytest plugin, loaded by name: ``pytest -p letterhead_providers.pytest_plugin``.

Name the modules to try in ``letterhead_plugins`` of pytest's configuration, and write one test::

    def test_conformance(conformance):
        conformance()
"""

import asyncio
import importlib
from collections.abc import Callable
from functools import partial

import pytest

from letterhead_providers.conformance import RULES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("letterhead_plugins", "modules of provider plugins to try", type="args", default=[])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each rule and plugin."""
    if "conformance" in metafunc.fixturenames:
        names: list[str] = metafunc.config.getini("letterhead_plugins")
        cases = [(name, rule) for name in names for rule in RULES]
        metafunc.parametrize(
            "conformance", cases, indirect=True, ids=[f"{name}-{rule}" for name, rule in cases]
        )


@pytest.fixture
def conformance(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Runs one rule on one plugin; fails with what to change."""
    name, rule = request.param
    return partial(_run, name, rule)


def _run(name: str, rule: str) -> None:
    asyncio.run(_as_coroutine(name, rule))


async def _as_coroutine(name: str, rule: str) -> None:
    await RULES[rule](importlib.import_module(name))
