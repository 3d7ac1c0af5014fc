"""What operators and authors of plugins see of them: a list with their scale, and a new one to start from."""

import re
from collections import Counter
from pathlib import Path

from letterhead.errors import ConfigurationError
from letterhead_providers.catalogue import Catalogue, PluginHealth, PluginStatus
from letterhead_providers.conformance import Scale, scale_of

TEMPLATE = Path(__file__).parent / "template"
SERVICE = re.compile("[a-z][a-z0-9-]{0,60}")


async def listed(catalogue: Catalogue, *, services: bool) -> list[str]:
    """A line for each plugin; with ``services`` one for each mail service below it."""
    scales = {provider.key: await scale_of(catalogue, provider) for provider in catalogue.providers()}
    lines = []
    for status in catalogue.plugins():
        own = {key: scale for key, scale in scales.items() if catalogue.plugin_of(key) == status}
        lines.append(_line(status, own))
        if services:
            lines += [f"    {key:<28} {scale.lower()}" for key, scale in sorted(own.items())]
    return lines


def _line(status: PluginStatus, own: dict[str, Scale]) -> str:
    origin = "bundled" if status.bundled else status.distribution or "-"
    counts = Counter(own.values())
    scale = ", ".join(f"{counts[scale]} {scale.lower()}" for scale in reversed(Scale) if counts[scale])
    health = "" if status.health is PluginHealth.OK else status.health.value
    words = " ".join(filter(None, (health, status.message)))
    return f"{status.name:<16} {status.version or '-':<10} {origin:<24} {scale:<30} {words}".rstrip()


def new_plugin(service: str, into: Path) -> Path:
    """A working package for a mail service, with a test, made without a network. Its folder.

    Raises ConfigurationError when the name is none, the folder is taken, or copier is not installed.
    """
    if not SERVICE.fullmatch(service):
        raise ConfigurationError(
            f"{service!r} is no name for a plugin: small letters, digits and dashes, a letter first"
        )
    folder = into / f"letterhead-{service}"
    if folder.exists():
        raise ConfigurationError(f"{folder} is there already; name another place with --into")
    try:
        from copier import run_copy  # noqa: PLC0415 - an extra, wanted by this command alone
    except ImportError:
        raise ConfigurationError("copier is not installed: pip install 'letterhead[kit]'") from None
    run_copy(str(TEMPLATE), folder, data={"service": service}, defaults=True, quiet=True)
    return folder
