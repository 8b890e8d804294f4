"""A person as they are, before any provider has written about them."""

from dataclasses import dataclass
from datetime import date

from app.synth.dates import age
from app.synth.places import Home


@dataclass(frozen=True, kw_only=True)
class Person:
    """One inhabitant. `index` is their place in the region; `twin`, `father` and `namesake` are other places."""

    index: int
    nhs: str
    family: str
    given: tuple[str, ...]
    sex: str
    born: date
    died: date | None
    home: Home
    former_home: Home
    ethnic: str
    practice: int
    phone: str
    origin: str
    registered: bool = True
    restricted: bool = False
    dissent: bool = False
    optout: bool = False
    household: tuple[tuple[int, str], ...] = ()
    twin: int | None = None
    father: int | None = None
    namesake: int | None = None

    @property
    def pid(self) -> str:
        """Their name in the truth files."""
        return pid(self.index)

    @property
    def full_name(self) -> str:
        """Given names, then family name."""
        return " ".join((*self.given, self.family))

    @property
    def years(self) -> int:
        """Age on the region's day, or at death."""
        return age(self.born, self.died) if self.died else age(self.born)


def pid(index: int) -> str:
    """P000001 is the first person."""
    return f"P{index + 1:06d}"
