"""Home readings between what was typed and what is held: FHIR Observations, every version of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from app.portal.forms import Measured
from fhir import home
from fhir.elements import child, listed, words

FINAL, CORRECTED, REMOVED = "final", "corrected", "entered-in-error"
_PULSE = "-pulse"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one Observation as held: our number of the statement, and whether it is the current one."""

    statement: int
    local_id: str
    subject: int
    resource: Json
    is_current: bool

    @property
    def number(self) -> int:
        """Which version of its Observation this is."""
        return int(words(child(self.resource.get("meta"), "versionId")) or 1)

    @property
    def recorded(self) -> datetime:
        """When it was kept."""
        return datetime.fromisoformat(self.resource["issued"]).astimezone(UTC)

    @property
    def status(self) -> str:
        """FHIR's word."""
        return words(self.resource.get("status"))


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of a reading: what was typed, when it was kept, and as what."""

    number: int
    status: str
    measured: Measured
    recorded: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading with every version of it, the oldest first. `subject` is whose account typed it."""

    id: str
    subject: int
    versions: tuple[Kept, ...]

    @property
    def now(self) -> Kept:
        """The version that counts."""
        return self.versions[-1]

    @property
    def is_removed(self) -> bool:
        """Whether the person took it back."""
        return self.now.status == REMOVED

    @property
    def session(self) -> str:
        """What the readings of one form have in common."""
        return self.id.rpartition("-")[0]

    @property
    def place(self) -> int:
        """Which of its session it is, from 1."""
        return int(self.id.rpartition("-")[2])


def local_ids(key: UUID) -> tuple[str, ...]:
    """Everything that one form can have made: two readings, each with its pulse."""
    return tuple(f"{key}-{n}{part}" for n in (1, 2) for part in ("", _PULSE))


def ids_of(reading: str) -> tuple[str, str]:
    """The ids of a reading and of its pulse."""
    return reading, reading + _PULSE


def observations(
    reading: str,
    account: str,
    one: Measured,
    recorded: datetime,
    versions: tuple[int, int] = (1, 1),
    status: str = FINAL,
) -> list[Json]:
    """The Observations of one reading, at these versions: the blood pressure, and the pulse where there is one."""
    ids = ids_of(reading)
    when: Json = {"patient": account, "taken": one.taken, "recorded": recorded}
    head = home.observation_head(ids[0], note=one.note, version=versions[0], status=status, **when)
    found = [home.blood_pressure(head, systolic=one.systolic, diastolic=one.diastolic)]
    if one.pulse is not None:
        own = status if versions[1] > 1 or status == REMOVED else FINAL
        head = home.observation_head(ids[1], version=versions[1], status=own, **when)
        found.append(home.pulse(head, beats=one.pulse))
    return found


def readings(versions: Iterable[Version]) -> list[Reading]:
    """The readings that these versions are of, the latest taken first."""
    by_id: dict[str, list[Version]] = {}
    for version in sorted(versions, key=lambda one: one.statement):
        by_id.setdefault(version.local_id, []).append(version)
    found = [
        Reading(name, own[0].subject, tuple(_kept(own, by_id.get(name + _PULSE, []))))
        for name, own in by_id.items()
        if not name.endswith(_PULSE)
    ]
    return sorted(found, key=lambda one: (one.now.measured.taken, one.id), reverse=True)


def _kept(pressures: Sequence[Version], pulses: Sequence[Version]) -> Iterator[Kept]:
    """Each version with the pulse that stood beside it: the last that was kept before the next version."""
    for one, following in zip_longest(pressures, pressures[1:]):
        upper, lower = (_value(part) for part in listed(one.resource.get("component")))
        taken = datetime.fromisoformat(one.resource["effectiveDateTime"]).astimezone(UTC)
        note = "".join(words(child(each, "text")) for each in listed(one.resource.get("note")))
        before = [each for each in pulses if following is None or each.statement < following.statement]
        pulse = _pulse(one, before[-1]) if before else None
        yield Kept(one.number, one.status, Measured(upper, lower, pulse, taken, note), one.recorded)


def _pulse(pressure: Version, pulse: Version) -> int | None:
    """One that was taken back is none, but where the whole reading was taken back with it."""
    together = pressure.status == REMOVED and pulse.statement > pressure.statement
    return _value(pulse.resource) if together or pulse.status != REMOVED else None


def _value(holder: Any) -> int:
    return int(child(child(holder, "valueQuantity"), "value"))
