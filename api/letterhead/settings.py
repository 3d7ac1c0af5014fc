"""Every setting, read from the environment. A wrong one stops the start with one line that names it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from letterhead.errors import ConfigurationError
from letterhead.front.settings import FrontSettings
from letterhead.wire.origins import clean_base, clean_origin
from letterhead.wire.targets import AllowedTarget, parse_allowed_targets


class Settings(FrontSettings):
    """Read from variables named ``LETTERHEAD_`` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="LETTERHEAD_", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(
        default="sqlite://letterhead.db",
        description="`sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.",
        repr=False,
    )
    host: str = Field(default="127.0.0.1", description="The address to serve on.")
    port: int = Field(default=8025, ge=0, le=65535, description="The port to serve on.")
    keys: SecretStr | None = Field(
        default=None,
        description="The keyring that seals secrets: `KID:KEY,KID:KEY`, each key 32 bytes in base64. "
        "The first one seals, all open.",
    )
    key_file: Path | None = Field(
        default=None,
        description="A file with the keyring, one `KID:KEY` a line. With neither set and a SQLite database, "
        "one is made beside the database.",
    )
    keys_command: str | None = Field(
        default=None,
        description="A command that prints the keyring, one `KID:KEY` a line, such as the client of a secret "
        "store. It is run at the start, without a shell.",
    )
    allow_targets: Annotated[tuple[AllowedTarget, ...], NoDecode] = Field(
        default=(),
        description="Networks that tests and sending may reach although private, separated by commas: "
        "`10.1.0.0/16`, or with ports `127.0.0.1/32:2525+1110`.",
    )
    ca_file: Path | None = Field(
        default=None, description="A PEM file of certificate authorities trusted besides the system's."
    )
    load_plugins: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        default=None, description="Names of the only plugins to load, separated by commas."
    )
    providers_folder: Path | None = Field(
        default=None,
        description="A folder of providers as TOML files. They win over bundled ones of the same key or "
        "domain.",
    )
    trace_plugins: bool = Field(default=False, description="Log every call of a plugin's hook.")
    sandbox: bool = Field(default=False, description="Run the sandbox mail service beside the server.")
    worker: bool = Field(
        default=True, description="Let `letterhead serve` deliver mail too, not only answer requests."
    )
    bounce_seconds: int = Field(
        default=300,
        ge=10,
        description="How often a mailbox is read for bounces, in seconds, where its owner agreed.",
    )
    compiled_operations: bool = Field(
        default=True,
        description="Make each GraphQL operation into Python once. Otherwise graphql-core executes it: the "
        "same answer, later.",
    )
    log_format: Literal["console", "json"] = Field(default="console", description="`console` or `json`.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="A port of its own for `/metrics`, `/healthz` and `/readyz`, also of "
        "`letterhead worker`. It asks for no token, so keep callers away from it. Empty: there is none.",
    )
    metrics_host: str = Field(default="127.0.0.1", description="The address that port is on.")
    shutdown_seconds: float = Field(
        default=30.0,
        ge=1,
        le=3600,
        description="How long a process that was asked to end may take to finish what it has in hand.",
    )
    public_hostname: str = Field(
        default="localhost",
        description="What the server calls itself to mail servers (EHLO) and in Message-IDs.",
    )
    public_url: str | None = Field(
        default=None,
        description="Where browsers reach this server, such as `https://mail.example.com`; without it at the "
        "host and port it serves on. Mail services send people back to `/sign-in/callback` below it.",
    )
    return_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Whose pages a sign-in may return to, separated by commas: `https://crm.example`.",
    )
    oauth2_clients: Path | None = Field(
        default=None,
        description="A TOML file with the OAuth2 clients that are registered for this server: under "
        '`[PROVIDER]` its `client_id` and `client_secret`; `providers = ["KEY", …]` lets one serve several.',
    )
    issuers: Path | None = Field(
        default=None,
        description="A TOML file of those who vouch for people by JSON Web Tokens (OpenID Connect), one "
        "under each `[[issuer]]`.",
    )
    ispdb_url: str = Field(
        default="https://autoconfig.thunderbird.net/v1.1/",
        pattern=r"^(https?://[!-~]+/)?$",
        description="A database of mail settings that is asked about domains of no service known here. The "
        "domain is put at the end of this address. Empty: none is asked.",
    )
    ispdb_folder: Path | None = Field(
        default=None,
        description="A folder of autoconfig files, searched before the database is asked.",
    )
    attachments_folder: Path | None = Field(
        default=None,
        description="A folder for uploaded attachments, which all processes share; without it they are kept "
        "in the database.",
    )
    attachment_bytes: int = Field(
        default=25_000_000, ge=1, le=50_000_000, description="How large one attachment may be, in bytes."
    )
    attachments_per_caller_bytes: int = Field(
        default=1_000_000_000,
        ge=1,
        description="How much one caller may have uploaded at a time, in bytes. Each file is kept for a day.",
    )
    delay_notice_hours: int = Field(
        default=4,
        ge=1,
        description="After how many hours a message that is still deferred counts as delayed.",
    )
    keep_content_days: int | None = Field(
        default=30,
        ge=1,
        description="For how many days the content of a message is kept after it is finished, or `never` to "
        "erase it.",
    )
    keep_messages_days: int | None = Field(
        default=400,
        ge=1,
        description="For how many days it is kept who was written to, when, and what became of it, or "
        "`never` to delete it.",
    )

    @field_validator("keep_content_days", "keep_messages_days", mode="before")
    @classmethod
    def _never(cls, value: object) -> object:
        return None if value == "never" else value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value.startswith(("sqlite://", "postgres://", "postgresql://")):
            raise ValueError("write sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME")
        return value

    @field_validator("allow_targets", mode="before")
    @classmethod
    def _targets(cls, value: object) -> object:
        return parse_allowed_targets(value) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str | None) -> str | None:
        return None if value is None else clean_base(value)

    @field_validator("return_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(clean_origin(origin.strip()) for origin in value.split(",") if origin.strip())

    @field_validator("load_plugins", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return (
            tuple(name.strip() for name in value.split(",") if name.strip())
            if isinstance(value, str)
            else value
        )

    def address_of(self, path: str) -> str:
        """Where a browser finds ``path``, which begins with a slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}") + path


def load() -> Settings:
    """The settings of this process.

    Raises ConfigurationError, naming the variable and what is wrong with it; never its value.
    """
    try:
        return Settings()
    except ValidationError as exc:
        first = exc.errors()[0]
        name = "LETTERHEAD_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
