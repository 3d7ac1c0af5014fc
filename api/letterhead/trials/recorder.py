"""Writes a test's steps down as they happen, for whoever watches. No server waits while that is done."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from uuid import UUID

from tortoise.queryset import QuerySet

from letterhead.house import House
from letterhead.store import models
from letterhead.trials.trial import Step, StepStatus, TrialStatus, step_to_json
from letterhead.wire.trouble import WireError
from letterhead_providers import Diagnosis, Protocol, Stage

TOGETHER_SECONDS = 0.04
LOOK_SECONDS = 1.0


class StepFailed(Exception):
    """Ends a step as a blocking failure."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.title)
        self.diagnosis = diagnosis


class StopLeg(Exception):
    """A blocking failure has been recorded; the rest of this leg is pointless."""


class NoLongerRunning(Exception):
    """The test was ended from elsewhere, as by a cancellation in another process."""


@dataclass
class StepInHand:
    """What a running step may say of itself before it ends."""

    evidence: str | None = None
    transcript: tuple[str, ...] = ()
    warning: Diagnosis | None = None


class Recorder:
    """The steps of one test, in the order they were planned."""

    def __init__(
        self, house: House, trial_id: UUID, *, explain: Callable[[WireError], Awaitable[Diagnosis]]
    ) -> None:
        self._house = house
        self._trial_id = trial_id
        self._explain = explain
        self._steps: list[Step] = []
        self._changed = asyncio.Event()
        self._over = asyncio.Event()

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._steps)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """While the block runs, each change is written once the one before is.

        Raises NoLongerRunning, and cancels the block.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write_on())
                yield
                self._over.set()
                self._changed.set()
        except BaseExceptionGroup as trouble:
            if trouble.subgroup(NoLongerRunning):
                raise NoLongerRunning from None
            raise

    def plan(self, *steps: Step) -> None:
        self._steps.extend(steps)
        self._changed.set()

    @asynccontextmanager
    async def step(
        self, stage: Stage, leg: Protocol | None = None, subject: str | None = None
    ) -> AsyncIterator[StepInHand]:
        """Runs a planned step. A WireError or StepFailed from the block is recorded and becomes StopLeg."""
        number = self._number(stage, leg, subject)
        hand, started = StepInHand(), time.monotonic()
        self._set(number, replace(self._steps[number], status=StepStatus.RUNNING))
        try:
            yield hand
        except WireError as error:
            self._finish(number, started, hand, failure=await self._explain(error))
            raise StopLeg from None
        except StepFailed as failed:
            self._finish(number, started, hand, failure=failed.diagnosis)
            raise StopLeg from None
        self._finish(number, started, hand)

    def skip_rest_of(self, leg: Protocol | None) -> None:
        for number, step in enumerate(self._steps):
            if step.leg is leg and step.status is StepStatus.PENDING:
                self._steps[number] = replace(step, status=StepStatus.SKIPPED)
        self._changed.set()

    async def out_of_time(self, explain: Callable[[Step], Awaitable[Diagnosis]]) -> None:
        """What is still running has failed, and what never began is skipped."""
        for number, step in enumerate(self._steps):
            if step.status is StepStatus.RUNNING:
                self._steps[number] = replace(step, status=StepStatus.FAILED, diagnosis=await explain(step))
            elif step.status is StepStatus.PENDING:
                self._steps[number] = replace(step, status=StepStatus.SKIPPED)
        self._changed.set()

    def _number(self, stage: Stage, leg: Protocol | None, subject: str | None) -> int:
        wanted = (stage, leg, subject)
        return next(i for i, s in enumerate(self._steps) if (s.stage, s.leg, s.subject) == wanted)

    def _finish(
        self, number: int, started: float, hand: StepInHand, *, failure: Diagnosis | None = None
    ) -> None:
        status = StepStatus.FAILED if failure else StepStatus.WARNED if hand.warning else StepStatus.PASSED
        ended = replace(
            self._steps[number],
            status=status,
            took_ms=round((time.monotonic() - started) * 1000),
            evidence=hand.evidence,
            transcript=hand.transcript,
            diagnosis=failure or hand.warning,
        )
        self._set(number, ended)

    def _set(self, number: int, step: Step) -> None:
        self._steps[number] = step
        self._changed.set()

    async def _write_on(self) -> None:
        """What happens within a twenty-fifth of a second is written together, with two hundred tests at once
        as with one. Where nothing happens it is seen whether the test was ended from elsewhere."""
        while not self._over.is_set():
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                if not await self._row().exists():
                    raise NoLongerRunning from None
                continue
            self._changed.clear()
            if self._over.is_set():
                return
            await self._write()
            with suppress(TimeoutError):
                async with asyncio.timeout(TOGETHER_SECONDS):
                    await self._over.wait()

    def _row(self) -> QuerySet[models.AccountTest]:
        return models.AccountTest.filter(id=self._trial_id, status=TrialStatus.RUNNING.value)

    async def _write(self) -> None:
        if not await self._row().update(steps=[step_to_json(step) for step in self._steps]):
            raise NoLongerRunning
        self._house.news.changed(self._trial_id)
