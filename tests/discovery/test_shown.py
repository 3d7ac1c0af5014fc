"""What GraphQL shows of it."""

from discovery.test_rules import a_candidate
from letterhead.discovery.found import Discovery, Source, TrailStep
from letterhead.schema import discovery as schema
from letterhead.schema.providers import show_server


def test_a_discovery_is_shown_as_it_is() -> None:
    candidate = a_candidate(Source.SRV_RECORD, trusted=False)
    found = Discovery(
        address="alice@firm.test",
        candidates=(candidate,),
        trail=(TrailStep(source=Source.SRV_RECORD, outcome="Found.", took_ms=7),),
    )
    assert schema.show_discovery(found) == schema.Discovery(
        address="alice@firm.test",
        candidates=[
            schema.DiscoveryCandidate(
                candidate=candidate,
                smtp=show_server(candidate.smtp),
                incoming=None,
                auth_methods=[],
                source=Source.SRV_RECORD,
                trusted=False,
            )
        ],
        trail=[schema.DiscoveryStep(source=Source.SRV_RECORD, outcome="Found.", took_ms=7)],
    )
