"""The twelve providers of the invented place, and each one's own way of writing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """How a provider's system writes things: all lawful, none the same."""

    upper_names: bool = False
    spaced_numbers: bool = False
    closed_postcodes: bool = False
    medicine_system: str = "https://dmd.nhs.uk"


@dataclass(frozen=True)
class Provider:
    """An organisation that sends a feed."""

    ods: str
    name: str
    kind: str
    controller: str
    categories: str
    interval_hours: int
    habits: Habits = Habits()

    @property
    def key(self) -> str:
        """Its folder, and its name in the truth files."""
        return f"{self.kind}-{self.ods}"

    @property
    def bundles(self) -> bool:
        """Hospitals send one transaction Bundle a patient; the others a file for each resource type."""
        return self.kind in ("acute", "mental")


_ALL = (
    "demographics allergies problems medications results immunisations encounters procedures documents care-plans"
    " flags contacts"
)
_COMMUNITY = "demographics allergies problems results encounters care-plans flags contacts documents"
_SOCIAL = "demographics encounters care-plans flags social-care contacts"
PURPOSE = "Direct care of the people this provider looks after"
LEGAL_BASIS = "UK GDPR articles 6(1)(e) and 9(2)(h)"
OLD_DMD = "http://dmd.nhs.uk"
SNOMED = "http://snomed.info/sct"


def _practice(ods: str, name: str, habits: Habits = Habits()) -> Provider:
    return Provider(ods, name, "gp", f"The partners of {name}", _ALL, 4, habits)


PRACTICES = (
    _practice("Y99101", "Tamber Bridge Surgery"),
    _practice("Y99102", "Orrick Lane Medical Centre", Habits(medicine_system=SNOMED)),
    _practice("Y99103", "Wenlow Health Centre", Habits(upper_names=True)),
    _practice("Y99104", "Hestbridge Family Practice", Habits(medicine_system=OLD_DMD)),
    _practice("Y99105", "Marren Road Surgery"),
    _practice("Y99106", "The Old Forge Practice", Habits(spaced_numbers=True)),
)
ACUTE = (
    Provider(
        "RZ901",
        "Tamberley General Hospitals",
        "acute",
        "Tamberley General Hospitals",
        _ALL,
        1,
        Habits(upper_names=True),
    ),
    Provider(
        "RZ902",
        "Hestbridge and Marren Hospitals",
        "acute",
        "Hestbridge and Marren Hospitals",
        _ALL,
        2,
        Habits(spaced_numbers=True, medicine_system=OLD_DMD),
    ),
)
COMMUNITY = Provider(
    "RZ903",
    "Tamber Vale Community Health",
    "community",
    "Tamber Vale Community Health",
    _COMMUNITY,
    12,
    Habits(closed_postcodes=True),
)
MENTAL = Provider("RZ904", "Tamber Vale Mental Health", "mental", "Tamber Vale Mental Health", _ALL, 12)
ADULT_CARE = Provider("9910", "Tamberley Council adult social care", "social", "Tamberley Council", _SOCIAL, 24)
CHILDREN = Provider("9911", "Tamberley Council children's social care", "children", "Tamberley Council", _SOCIAL, 24)
PROVIDERS = (*PRACTICES, *ACUTE, COMMUNITY, MENTAL, ADULT_CARE, CHILDREN)


def rows() -> list[tuple[str, ...]]:
    """The lines of providers.csv, heading first."""
    heading = ("ods", "name", "kind", "controller", "purpose", "legal_basis", "categories", "interval_hours")
    found: list[tuple[str, ...]] = [heading]
    for p in PROVIDERS:
        found.append((p.ods, p.name, p.kind, p.controller, PURPOSE, LEGAL_BASIS, p.categories, str(p.interval_hours)))
    return found
