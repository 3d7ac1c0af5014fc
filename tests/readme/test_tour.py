"""The tour in README.md, run as it is written.

In its console blocks ``$`` begins a command, ``>`` continues it, and what follows is what it prints;
``…`` stands for anything within a line.
"""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from lab.commands import environment
from lab.daemons import free_ports
from lab.needs import program

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
END_OF_STEP = "\x1e"


@dataclass
class Step:
    command: str
    printed: list[str] = field(default_factory=list)

    def is_printed_by(self, output: str) -> bool:
        pattern = "".join(re.escape(line) + "\n" for line in self.printed).replace("…", ".+")
        return re.fullmatch(pattern, "".join(f"{line}\n" for line in output.splitlines())) is not None


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    for line in "".join(BLOCK.findall(text)).splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:]))
        elif line.startswith("> "):
            found[-1].command += f"\n{line[2:]}"
        else:
            found[-1].printed.append(line)
    return found


def outputs(tour: list[Step], folder: Path) -> list[str]:
    """What each command prints, in one shell that has only our own programs before the system's."""
    script = folder / "tour.sh"
    script.write_text("".join(f"{step.command}\nprintf '{END_OF_STEP}'\n" for step in tour))
    env = environment({}) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    shell = subprocess.Popen(
        [program("bash", of="bash"), str(script)],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return shell.communicate(timeout=120)[0].split(END_OF_STEP)[:-1]
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        raise


def test_the_tour_says_what_happens(tmp_path: Path) -> None:
    program("curl", of="curl")
    [port] = free_ports(1)
    text = README.read_text().replace("localhost:8025", f"localhost:{port}")
    tour = steps(text.replace("letterhead serve", f"LETTERHEAD_PORT={port} letterhead serve"))

    printed = outputs(tour, tmp_path)

    log = (tmp_path / "serve.log").read_text()
    for step, output in zip(tour, printed, strict=True):
        assert step.is_printed_by(output), f"$ {step.command}\n{output}\n{log}"
