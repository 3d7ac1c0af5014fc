"""Zoho's data centres: the addresses, mail exchangers and servers of each."""

from dataclasses import dataclass, replace

from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_providers import Preset


@dataclass(frozen=True, kw_only=True)
class DataCentre:
    name: str
    domains: tuple[str, ...]
    exchangers: tuple[str, ...]
    presets: tuple[Preset, ...]


def _data_centre(
    place: str, base: str, *domains: str, also_received_at: str | None = None, pro: bool = True
) -> DataCentre:
    """``pro``: whether it has further servers for organisations with domains of their own."""
    personal = presets([submission(f"smtp.{base}")], [pop3(f"pop.{base}"), imap(f"imap.{base}")], where=place)
    for_organisations = presets(
        [submission(f"smtppro.{base}")],
        [pop3(f"poppro.{base}"), imap(f"imappro.{base}")],
        where=f"{place}, organisations",
    )
    return DataCentre(
        name=f"Zoho's data centre {base}",
        domains=domains,
        exchangers=(base, also_received_at) if also_received_at else (base,),
        presets=(*personal, *for_organisations) if pro else personal,
    )


def _recommended_first(place: DataCentre) -> DataCentre:
    best, *others = place.presets
    return replace(place, presets=(replace(best, recommended=True), *others))


DATA_CENTRES = (
    _recommended_first(
        _data_centre("United States", "zoho.com", "zoho.com", "zohomail.com", also_received_at="zohomail.com")
    ),
    _data_centre("Europe", "zoho.eu", "zoho.eu", "zohomail.eu"),
    _data_centre("India", "zoho.in", "zoho.in", "zohomail.in"),
    _data_centre("Australia", "zoho.com.au", "zoho.com.au", "zohomail.com.au"),
    _data_centre("Japan", "zoho.jp", "zoho.jp", "zohomail.jp"),
    _data_centre("Canada", "zohocloud.ca", "zohocloud.ca", "zohomailcloud.ca", pro=False),
)
ADDRESS_DOMAINS = tuple(domain for place in DATA_CENTRES for domain in place.domains)
EXCHANGERS = tuple(exchanger for place in DATA_CENTRES for exchanger in place.exchangers)
