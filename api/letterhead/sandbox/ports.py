"""Where the sandbox listens, known also where it is not loaded."""

from typing import Final

SMTP_PORT: Final = 2525
POP3_PORT: Final = 1110
