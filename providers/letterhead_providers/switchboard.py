"""Puts one question to one plugin, apart from all others, and lets no fault of it through."""

import inspect
import logging
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import pluggy

from letterhead_providers import defaults, hookspecs
from letterhead_providers.check import CheckNeed
from letterhead_providers.flow import Done, Refuse, SignInNeed
from letterhead_providers.isolation import Came, Failed, run, run_blocking
from letterhead_providers.shapes import misshapen

DEFAULTS = "defaults"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PluginFault:
    """A plugin's code failed where a step was expected."""

    plugin: str
    message: str


@dataclass(frozen=True)
class Ended:
    """A flow or a check came to its end: with Done or Refuse, or a check with None."""

    value: Done | Refuse | None


Stepped = SignInNeed | CheckNeed | Ended | PluginFault


class Switchboard:
    """``faulted``: told the plugin's name and what was wrong with it. ``trace``: told of every call."""

    def __init__(self, *, faulted: Callable[[str, str], None], trace: Callable[[str], None] | None) -> None:
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self.manager.register(defaults, DEFAULTS)
        self._faulted = faulted
        self._trace = trace
        self._hung: set[str] = set()
        self._authors: WeakKeyDictionary[Generator[Any, Any, Any], str] = WeakKeyDictionary()

    async def ask(self, owner: str | None, hook: str, wanted: Any, **arguments: Any) -> Any:
        """The owner's answer, or else the answer of the plugin that answers last."""
        answer = await self.ask_plugin(owner, hook, wanted, **arguments) if owner else None
        author = owner or DEFAULTS
        if answer is None:
            answer, author = self._caller(DEFAULTS, hook)(**arguments), DEFAULTS
        if inspect.isgenerator(answer):
            self._authors[answer] = author
        return answer

    async def ask_plugin(self, name: str, hook: str, wanted: Any, **arguments: Any) -> Any:
        """This plugin's answer alone; None also when it has none, or faulted."""
        caller = self._caller(name, hook)
        if name in self._hung or not caller.get_hookimpls():
            return None
        came = await self._run(name, hook, partial(_checked, partial(caller, **arguments), wanted))
        return None if isinstance(came, Failed) else came.value

    def ask_now(self, name: str, hook: str) -> list[Any] | Failed:
        """The same for a hook that collects, before there is an event loop."""
        came = run_blocking(name, self._caller(name, hook))
        return came if isinstance(came, Failed) else came.value

    async def step(self, owner: str | None, generator: Generator[Any, Any, Any], outcome: object) -> Stepped:
        """Sends ``outcome`` (None to begin) and answers with what is wanted next, or how it ended.

        ``owner``: whose code it is, where the generator did not come from ``ask``.
        """
        author = self._authors.get(generator, owner or DEFAULTS)
        if author in self._hung:
            return PluginFault(plugin=author, message="it hung before and is not asked again")
        if author == DEFAULTS:
            return _advance(generator, outcome)
        call = partial(_checked, partial(_advance, generator, outcome), SignInNeed | CheckNeed | Ended)
        came: Came[Stepped] | Failed = await self._run(author, "a step", call)
        if isinstance(came, Failed):
            return PluginFault(plugin=author, message=came.why)
        return came.value

    async def close(self, generator: Generator[Any, Any, Any]) -> None:
        """Ends a generator that is not driven to its end."""
        author = self._authors.get(generator, DEFAULTS)
        if author == DEFAULTS:
            generator.close()
        elif author not in self._hung and inspect.getgeneratorstate(generator) == inspect.GEN_SUSPENDED:
            await self._run(author, "ending a flow", generator.close)

    def _caller(self, name: str, hook: str) -> pluggy.HookCaller:
        others = [plugin for other, plugin in self.manager.list_name_plugin() if other != name]
        return self.manager.subset_hook_caller(hook, others)

    async def _run(self, name: str, what: str, call: Callable[[], Any]) -> Came[Any] | Failed:
        began = time.perf_counter()
        came = await run(name, call)
        if self._trace:
            self._trace(f"{name}: {what} took {(time.perf_counter() - began) * 1000:.1f} ms")
        if isinstance(came, Came) and isinstance(came.value, _Misshapen):
            came = Failed(came.value.why)
        if isinstance(came, Failed):
            self._faulted(name, f"{what}: {came.why}" + ("; not asked until reload" if came.hung else ""))
            if came.hung:
                self._hung.add(name)
        return came


@dataclass(frozen=True)
class _Misshapen:
    why: str


def _checked(call: Callable[[], Any], wanted: Any) -> Any:
    answer = call()
    if fault := misshapen(answer, wanted, "the answer"):
        if inspect.iscoroutine(answer):
            answer.close()
        return _Misshapen(fault)
    return answer


def _advance(generator: Generator[Any, Any, Any], outcome: object) -> Stepped:
    try:
        wanted: Stepped = generator.send(outcome)
    except StopIteration as end:
        return Ended(end.value)
    return wanted
