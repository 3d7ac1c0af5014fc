"""Ways in that several services state alike."""

from letterhead_providers import AuthMethod, CredentialKind, Instruction, SecretFormat


def generated(description: str, pattern: str = r"\S+") -> SecretFormat:
    """A secret that the service makes up and often shows in groups: the spaces do not count."""
    return SecretFormat(pattern=pattern, description=description, strip=" \u00a0")


def password_refused(because: str, *, instead: str) -> AuthMethod:
    """The account's own password, shown with the reason why it is no way in, and what is."""
    return AuthMethod(
        key="password",
        title="The account’s password",
        kind=CredentialKind.PASSWORD,
        instructions=(Instruction(text=instead),),
        unavailable_because=because,
    )
