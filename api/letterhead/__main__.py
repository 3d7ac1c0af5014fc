"""The command. What goes on running does without what only adorns the others."""

import gc
import sys

GOES_ON_RUNNING = frozenset({"serve", "worker"})


def main() -> None:
    if GOES_ON_RUNNING.intersection(sys.argv[1:2]):
        # structlog loads rich wherever it is installed, which typer sees to: 4 MB for tracebacks that
        # letterhead.logs writes by itself. None in this place means: there is no such module.
        sys.modules["rich"] = None  # type: ignore[assignment]  # as the import system documents it
    gc.disable()  # hardly anything is thrown away while modules are loaded, and looking for it takes time
    from letterhead.cli import app  # noqa: PLC0415 - see above

    gc.freeze()
    gc.enable()
    app(prog_name="letterhead")


if __name__ == "__main__":
    main()
