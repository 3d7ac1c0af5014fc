"""The questions a provider plugin may answer. All are plain functions; each may take fewer arguments.

Except for ``providers``, a hook is asked of the plugin that owns the provider, and when that one answers
None, of the plugin that answers last.
"""

from collections.abc import Sequence

import pluggy

from letterhead_providers.check import Checks, Subject
from letterhead_providers.flow import Renewal, SignInFlow, SignInStart
from letterhead_providers.provider import AuthMethod, Limits, Provider
from letterhead_providers.reply import Diagnosis, Protocol, ServerReply, Stage

PROJECT = "letterhead"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def providers() -> Sequence[Provider]:  # type: ignore[empty-body]
    """The mail services this plugin speaks for."""


@hookspec(firstresult=True)
def match(provider: Provider, domain: str, mx: Sequence[str]) -> bool | None:
    """Whether addresses at ``domain`` (A-labels), with the mail exchangers ``mx``, are ``provider``'s."""


@hookspec(firstresult=True)
def normalize(provider: Provider, method: AuthMethod, secret: str) -> str | None:
    """The secret as the service wants it, for what people paste: spaces, dashes and line ends removed."""


@hookspec(firstresult=True)
def sign_in(start: SignInStart) -> SignInFlow | None:
    """A generator that leads to a credential. A plain function that returns one, so that it can decline."""


@hookspec(firstresult=True)
def refresh(renewal: Renewal) -> SignInFlow | None:
    """A generator that renews an OAuth2 grant: it may ``Fetch``, and ends in ``Done`` with the new grant.

    A retryable ``Refuse`` leaves the grant as it is, to be tried again later. After any other one the person
    has to sign in again.
    """


@hookspec(firstresult=True)
def checks(subject: Subject) -> Checks | None:
    """A generator of the service's own checks, run after its servers have accepted the account."""


@hookspec(firstresult=True)
def explain(
    provider: Provider | None, protocol: Protocol, stage: Stage, reply: ServerReply
) -> Diagnosis | None:
    """What this service means by ``reply``. None: nothing special; the general rules decide."""


@hookspec(firstresult=True)
def limits(provider: Provider, address: str) -> Limits | None:
    """What this service allows the account of ``address``."""
