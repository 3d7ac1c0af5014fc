"""How much memory this process holds, which the served application is a part of."""

import os
from pathlib import Path


def resident_mebibytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
