"""The background work of one process, by what it is about, so that it can be cancelled and waited for."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import structlog

log = structlog.get_logger(__name__)


class Running:
    def __init__(self) -> None:
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    def start(self, subject: UUID, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks[subject] = task
        task.add_done_callback(lambda done: self._forget(subject, done))

    def cancel(self, subject: UUID) -> None:
        if task := self._tasks.get(subject):
            task.cancel()

    async def close(self) -> None:
        """Cancels what is running and waits until it has cleaned up."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, subject: UUID, task: asyncio.Task[None]) -> None:
        self._tasks.pop(subject, None)
        if not task.cancelled() and (fault := task.exception()):
            log.error("background work failed", subject=str(subject), exc_info=fault)
