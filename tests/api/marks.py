"""For tests that are not about the database."""

import pytest

on_sqlite = pytest.mark.parametrize("shared_database", ["sqlite"], indirect=True, scope="module")
