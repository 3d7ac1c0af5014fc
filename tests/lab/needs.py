"""What a laboratory needs of the machine. Where it is missing a test is skipped, by name."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest


def program(name: str, *, of: str, places: Sequence[Path] = ()) -> str:
    """The path of a program, looked for on PATH and then in ``places``. ``of``: what it belongs to."""
    found = shutil.which(name) or next((str(at / name) for at in places if (at / name).is_file()), None)
    return found or missing(f"{of} is not installed")


def missing(reason: str) -> NoReturn:
    """Skip; with LETTERHEAD_FORBID_SKIPS=1, as in continuous integration, fail."""
    if os.environ.get("LETTERHEAD_FORBID_SKIPS") == "1":
        pytest.fail(f"{reason}, and LETTERHEAD_FORBID_SKIPS=1 forbids to skip", pytrace=False)
    pytest.skip(reason)
