"""What has made the tables what they are, in the order of the names."""

from functools import cache
from pkgutil import iter_modules


@cache
def known() -> frozenset[str]:
    """The migrations of this version."""
    return frozenset(module.name for module in iter_modules(__path__) if module.name[0].isdigit())
