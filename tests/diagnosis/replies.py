"""Replies as servers give them, with what they mean.

Put together from server sources, manuals and logs; hosts and addresses are examples. ``replies.tsv``: the
stage, the kind of trouble, LATER where waiting helps, and the reply, its line breaks written as ``\\n``.
"""

import csv
from pathlib import Path

from letterhead_providers import DiagnosisCode, Stage


def _read() -> list[tuple[Stage, DiagnosisCode, bool, str]]:
    with Path(__file__).with_suffix(".tsv").open(encoding="utf-8", newline="") as rows:
        return [
            (Stage(stage), DiagnosisCode(code), permanence == "LATER", reply.replace(r"\n", "\n"))
            for stage, code, permanence, reply in csv.reader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


REPLIES = _read()
