"""Starts workers and servers, each a process of its own that was forked from this one, so that nothing is
imported and no plugin read twice.

Reads lines of JSON, ``{"command": "worker", "environment": {…}, "fault": {…}, "log": PATH}``, and answers
each with the number of the new process; no fault (null) leaves all waiting times as they are. How one ended
stands in a file beside its log afterwards: its exit code, or the signal as a negative number. At the end of
the input all are killed.
"""

import ctypes
import json
import os
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from faults import inside
from letterhead import app, cli
from letterhead_providers import catalogue

PR_SET_PDEATHSIG = 1


def main() -> None:
    running: dict[int, Path] = {}
    rest, known = b"", catalogue.load()
    app.load = lambda *_, **__: known  # type: ignore[attr-defined]
    while True:
        ready, _, _ = select.select([0], [], [], 0.01)
        while (ended := _ended(running)) is not None:
            pid, code = ended
            log = running.pop(pid)
            log.with_suffix(".tmp").write_text(str(code))
            log.with_suffix(".tmp").rename(log.with_suffix(".exit"))
        if not ready:
            continue
        read = os.read(0, 65536)
        if not read:
            break
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            order = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _work(order)
            running[pid] = Path(order["log"])
            print(pid, flush=True)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _ended(running: dict[int, Path]) -> tuple[int, int] | None:
    if not running:
        return None
    pid, status = os.waitpid(-1, os.WNOHANG)
    return (pid, os.waitstatus_to_exitcode(status)) if pid else None


def _work(order: dict[str, Any]) -> None:
    """``letterhead worker``, or another command. Never returns."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    code: Any = 1
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((null, 0), (log, 1), (log, 2)):
        os.dup2(here, there)
    try:
        os.environ.update(order["environment"])
        if order["fault"] is not None:
            inside.prepare(**order["fault"])
        cli.app([order["command"]])
    except SystemExit as exc:
        code = exc.code or 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as the launcher
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
