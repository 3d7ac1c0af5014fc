import hypothesis

__all__ = ["hypothesis"]
"""Here already: its plugin for pytest warns of tests that were made before it, and warnings are errors."""

pytest_plugins = [
    "lab.ca",
    "lab.chromium",
    "lab.postgres",
    "lab.databases",
    "lab.mailservers",
    "lab.commands",
    "lab.product",
    "lab.skips",
]
