"""A mail server of one's own: any host, nothing known beforehand."""

from collections.abc import Sequence

from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    Instruction,
    Provider,
    ProviderKind,
    hookimpl,
)

CONTRACT = 1

CUSTOM = Provider(
    key="custom",
    name="Another mail server",
    kind=ProviderKind.CUSTOM,
    auth_methods=(
        AuthMethod(key="password", title="Password", kind=CredentialKind.PASSWORD, recommended=True),
        AuthMethod(
            key="app-password",
            title="App password",
            kind=CredentialKind.APP_PASSWORD,
            requires_two_factor=True,
            secret_label="App password",
            instructions=(
                Instruction(
                    text="With two-factor authentication on, most servers refuse the usual password to mail "
                    "programs. Create an app password where you manage your mail account, and enter it here."
                ),
            ),
        ),
        AuthMethod(
            key="none",
            title="No sign-in",
            kind=CredentialKind.NONE,
            instructions=(
                Instruction(
                    text="For servers that know this machine by its network address and ask nothing."
                ),
            ),
        ),
    ),
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [CUSTOM]
