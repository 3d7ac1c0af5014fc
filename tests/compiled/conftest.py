import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What was cancelled is thrown away while the test still ignores that it was never awaited."""
    yield
    gc.collect()
