"""The invented place: its towns, streets, postcodes and telephones. No such postcode area exists."""

from dataclasses import dataclass

from app.synth.chance import Random, dice

TOWNS = ("Tamberley", "Orrick", "Wenlow", "Hestbridge", "Castle Marren", "Little Orrick")
_STREETS = (
    "Almond Row", "Ferry Lane", "Station Road", "Mill Street", "Tollgate Close", "Kingfisher Way", "Chapel Hill",
    "Orchard Court", "Beacon Avenue", "Saltings Road", "Cooper's Yard", "Vicarage Gardens", "Lime Tree Drive",
    "Quarry Bank", "Market Place", "Larkfield Crescent", "Weir Terrace", "Foundry Street", "Priory Walk", "Elm Rise",
)  # fmt: skip
_LETTERS = "ABDEFGHJLN"


@dataclass(frozen=True)
class Home:
    """Where someone lives or lived."""

    line: str
    town: str
    postcode: str


@dataclass(frozen=True)
class Area:
    """What is known of the small area of a postcode. Codes and figures are invented."""

    postcode: str
    lsoa: str
    deprivation_decile: int
    fuel_poverty_percent: float


def home(rng: Random) -> Home:
    """An address somewhere in the place; the district of the postcode goes with the town."""
    town = int(rng.random() * len(TOWNS))
    house = int(rng.random() * 160) + 1
    line = f"{house} {_STREETS[int(rng.random() * len(_STREETS))]}"
    if rng.random() < 0.12:
        line = f"Flat {house % 24 + 1}, {line}"
    return Home(line, TOWNS[town], _postcode(town + 1, int(rng.random() * 400)))


def area(postcode: str) -> Area:
    """The small area of a postcode: the same for everyone who lives there."""
    rng = dice("area", postcode)
    code = f"E0199{int(postcode[2]) * 100 + int(postcode[4]) * 10 + _LETTERS.index(postcode[5]):04d}"
    decile = 1 + int(rng.random() * 10)
    return Area(postcode, code, decile, round(6 + (11 - decile) * 1.1 + rng.random() * 4, 1))


def every_postcode() -> list[str]:
    """All postcodes in use."""
    return [_postcode(district, number) for district in range(1, len(TOWNS) + 1) for number in range(400)]


def phone(rng: Random) -> str:
    """A number from the range that is kept for drama."""
    return f"01632 960{int(rng.random() * 1000):03d}"


def _postcode(district: int, number: int) -> str:
    sector, letters = divmod(number, 100)
    return f"TB{district} {sector + 1}{_LETTERS[letters // 10]}{_LETTERS[letters % 10]}"
