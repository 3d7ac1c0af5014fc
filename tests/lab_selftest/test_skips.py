"""Nothing is left untried unnoticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OPTIONS = ("-p", "lab.skips", "-p", "no:cacheprovider", "--continue-on-collection-errors")
MODULES = {
    "test_one": "import pytest\ndef test_it():\n    pytest.skip('no moon')\n",
    "test_mark": "import pytest\n@pytest.mark.skip(reason='no moon')\ndef test_it(): pass\n",
    "test_module": "import pytest\npytest.skip('no moon', allow_module_level=True)\n",
    "test_none": "import pytest\n@pytest.mark.parametrize('x', [])\ndef test_it(x): pass\n",
}


def run(folder: Path, forbidden: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *OPTIONS, str(folder)],
        cwd=folder,
        env=os.environ | {"LETTERHEAD_FORBID_SKIPS": forbidden, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def skipping(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def test_a_skipped_test_fails_where_skips_are_forbidden(skipping: Path) -> None:
    ran = run(skipping, "1")
    assert ran.returncode != 0
    assert all(f"{name}.py" in ran.stdout for name in MODULES), ran.stdout
    assert "(no moon), which is forbidden here" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("1 failed, 3 errors in"), ran.stdout


def test_elsewhere_it_is_skipped(skipping: Path) -> None:
    ran = run(skipping, "")
    assert ran.stdout.splitlines()[-1].startswith("4 skipped in"), ran.stdout
