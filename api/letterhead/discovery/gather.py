"""Places asked at once; what they answer is put in order by how far they are to be relied on."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from letterhead.discovery.found import Candidate, Finding, Look, TrailStep
from letterhead.discovery.rules import is_needless, without_repeats

log = structlog.get_logger(__name__)

NEEDLESS = "Not needed, as a better source has answered."
LATE = "No answer in time."
FAULT = "This could not be asked, through a fault of ours."


async def gather(
    looks: Sequence[Look], seconds: float
) -> tuple[tuple[Candidate, ...], tuple[TrailStep, ...]]:
    """``looks``: the most reliable first. What comes of them does not depend on which is quick."""
    run = _Run(looks)
    try:
        async with asyncio.timeout(seconds):
            run.begin()
            while pending := run.pending():
                await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                run.end_needless()
                run.begin()
    except TimeoutError:
        pass
    finally:
        for task in run.tasks.values():
            task.cancel()
        await asyncio.gather(*run.tasks.values(), return_exceptions=True)
    return run.results()


@dataclass
class _Run:
    """``tasks``: of the looks that were begun. ``ended``: when a look was done with, by the clock."""

    looks: Sequence[Look]
    started: float = field(default_factory=time.monotonic)
    tasks: dict[Look, asyncio.Task[Finding]] = field(default_factory=dict)
    ended: dict[Look, float] = field(default_factory=dict)

    def begin(self) -> None:
        for look in self.looks:
            if look not in self.tasks and look not in self.ended and self.ended.keys() >= set(look.after):
                task = self.tasks[look] = asyncio.create_task(_asked(look))
                task.add_done_callback(partial(self._end, look))

    def pending(self) -> list[asyncio.Task[Finding]]:
        return [task for task in self.tasks.values() if not task.done()]

    def end_needless(self) -> None:
        """Those that are needless whatever is still to come from better ones."""
        for look, needless, finding in self._judged():
            if needless:
                self._end(look)
                if look in self.tasks:
                    self.tasks[look].cancel()
            elif finding is None:
                return

    def results(self) -> tuple[tuple[Candidate, ...], tuple[TrailStep, ...]]:
        candidates: list[Candidate] = []
        trail = []
        for look, needless, finding in self._judged():
            candidates += finding.candidates if finding else ()
            words = NEEDLESS if needless else finding.outcome if finding else LATE
            took = self.ended.get(look, time.monotonic()) - self.started
            trail.append(TrailStep(source=look.source, outcome=words, took_ms=round(took * 1000)))
        return without_repeats(candidates), tuple(trail)

    def _judged(self) -> Iterator[tuple[Look, bool, Finding | None]]:
        """Each look, whether it is needless beside better ones, and what it has found."""
        better: list[Candidate] = []
        for look in self.looks:
            needless = is_needless(look.source, better)
            finding = None if needless else self._finding(look)
            better += finding.candidates if finding else ()
            yield look, needless, finding

    def _finding(self, look: Look) -> Finding | None:
        task = self.tasks.get(look)
        return task.result() if task and task.done() and not task.cancelled() else None

    def _end(self, look: Look, _: object = None) -> None:
        self.ended.setdefault(look, time.monotonic())


async def _asked(look: Look) -> Finding:
    try:
        return await look.ask()
    except Exception:
        log.exception("a source of settings failed", source=look.source.value)
        return Finding(outcome=FAULT)
