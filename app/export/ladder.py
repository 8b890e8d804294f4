"""No group of people in a release is smaller than agreed: the steps by which its columns become coarser. Pure.

A group is everyone of the same age band, sex, area and ethnic group. Steps, until every group is large enough: ethnic
group in two; deprivation by fifths, or no practice; then the columns of those are emptied who still stand apart.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.export.people import DEPRIVATION
from app.export.rows import PersonRow
from app.export.values import ETHNIC_HALVES, QUINTILES

Group = tuple[str | None, str | None, str | None, str | None]
"""Age band, sex, area, ethnic group."""
NOTHING: Group = (None, None, None, None)
STEPS = ("as they are", "ethnic group in two", "area made coarser")


@dataclass(frozen=True)
class Ladder:
    """How far the columns were made coarser, and whose are emptied: in part (area and ethnic group) or whole."""

    step: int
    area: str
    in_part: frozenset[Group] = field(default_factory=frozenset)
    whole: frozenset[Group] = field(default_factory=frozenset)

    @property
    def said(self) -> str:
        """In words."""
        emptied = "; columns of those in small groups emptied" if self.whole or self.in_part else ""
        return STEPS[self.step] + emptied

    def of(self, row: PersonRow) -> Group:
        """The columns of a person as they may leave."""
        found = coarser(group_of(row), self.step, self.area)
        if found in self.in_part:
            found = (found[0], found[1], None, None)
        return NOTHING if found in self.whole else found


def group_of(row: PersonRow) -> Group:
    """The columns by which somebody could be told apart."""
    return row.age_band, row.sex, row.area, row.ethnic_group


def coarser(group: Group, step: int, area: str) -> Group:
    """A group at a step of the ladder."""
    band, sex, place, ethnic = group
    if step >= 1 and ethnic is not None:
        ethnic = ETHNIC_HALVES[ethnic != ETHNIC_HALVES[0]]
    if step >= 2:
        place = QUINTILES[(int(place) - 1) // 2] if area == DEPRIVATION and place is not None else None
    return band, sex, place, ethnic


def climb(counts: Mapping[Group, int], least: int, area: str) -> Ladder:
    """The lowest step at which every group has `least` people; at the last, columns of those who stand apart go."""
    for step in range(len(STEPS)):
        grouped = _grouped(counts, step, area)
        if min(grouped.values(), default=least) >= least:
            return Ladder(step, area)
    small = frozenset(group for group, many in grouped.items() if many < least)
    left: Counter[Group] = Counter()
    for group, many in grouped.items():
        left[(group[0], group[1], None, None) if group in small else group] += many
    return Ladder(len(STEPS) - 1, area, small, _whole(left, least))


def _grouped(counts: Mapping[Group, int], step: int, area: str) -> Counter[Group]:
    found: Counter[Group] = Counter()
    for group, many in counts.items():
        found[coarser(group, step, area)] += many
    return found


def _whole(left: Mapping[Group, int], least: int) -> frozenset[Group]:
    """The groups that lose every column: those still too small, and the smallest others until these are enough."""
    ordered = sorted(left, key=lambda group: (left[group], repr(group)))
    found = {group for group in ordered if left[group] < least}
    total = sum(left[group] for group in found)
    for group in ordered:
        if total == 0 or total >= least:
            break
        if group not in found:
            found.add(group)
            total += left[group]
    return frozenset(found)
