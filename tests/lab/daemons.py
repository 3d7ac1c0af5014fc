"""Servers as child processes: started, awaited, and ended with all their children."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


class DidNotStartError(Exception):
    """Says what the server said."""


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on at the moment, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def listens_on(*ports: int) -> Callable[[], bool]:
    def ready() -> bool:
        with suppress(OSError):
            for port in ports:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        return False

    return ready


@contextmanager
def daemon(
    command: Sequence[str],
    *,
    ready: Callable[[], bool],
    log: Path,
    env: Mapping[str, str] | None = None,
    owner: pwd.struct_passwd | None = None,
    stop: signal.Signals = signal.SIGTERM,
    seconds: float = 10,
) -> Iterator[None]:
    """Runs ``command`` in the foreground and in a session of its own, from when it is ``ready``.

    Raises DidNotStartError, with the end of ``log``, when it ends at once or is not ready within ``seconds``.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_ending_with_us(stop), *command],
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | (env or {}),
            start_new_session=True,
            user=owner and owner.pw_uid,
            group=owner and owner.pw_gid,
            extra_groups=[] if owner else None,
        )
    try:
        _await(process, ready, log, seconds)
        yield
    finally:
        _end(process, stop)


def _ending_with_us(stop: signal.Signals) -> list[str]:
    """On Linux the server gets ``stop`` when this process is killed and cannot say it itself."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop.name.removeprefix("SIG"), "--"] if setpriv else []


def _await(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStartError(log.read_text(errors="replace")[-2000:])
        time.sleep(0.02)
    # Somebody else's server may have answered, on a port that ours then fails to get.
    time.sleep(0.05)
    if process.poll() is not None:
        raise DidNotStartError(log.read_text(errors="replace")[-2000:])


def _end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
    # Children that outlive their parent stay in its process group.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
