"""Know before you act: what must be seen first, always in the same order, and never just absent."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import doses, phrases
from app.viewer.alert_kinds import AlertKind, kind_of
from app.viewer.lines import Disagreement, LineView, line_view
from app.viewer.look import Look
from app.viewer.notices import HIDING, Notice, hidden
from app.viewer.resuscitation import disagreement
from fhir.absence import SectionState
from fhir.line import Line
from fhir.record import PatientRecord, Section
from fhir.topics import is_advance_decision

_PENICILLINS = ("amoxicillin", "ampicillin", "flucloxacillin", "phenoxymethylpenicillin", "benzylpenicillin",
                "co-amoxiclav", "co-fluampicil", "piperacillin", "pivmecillinam", "temocillin")  # fmt: skip
_NOT_A_SUBSTANCE = re.compile(r"allerg(?:y|ic)|\bto\b|reaction|adverse|drug|product|preparation|-?containing|class of")


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts of one kind; `differences` are disagreements between its lines."""

    title: str
    lines: tuple[LineView, ...] = ()
    notes: tuple[str, ...] = ()
    differences: tuple[Disagreement, ...] = ()
    code: str = "flags"


@dataclass(frozen=True, slots=True)
class Alerts:
    """All alerts in their fixed order; `none` are the words where there are none, `short` those of the banner.

    `notices` name the sources that may hold more than is shown.
    """

    groups: tuple[AlertGroup, ...]
    number: int
    none: str
    short: str
    notices: tuple[Notice, ...]


def alerts(record: PatientRecord, look: Look) -> Alerts:
    """Decisions made in advance; risks to the patient; risks to staff; conflicts; adjustments and access."""
    flags, plans = record.section("flags"), record.section("care-plans")
    of_kind = _by_kind(line for line in flags.lines if _stands(line))
    planned = [line for line in plans.lines if _stands(line) and is_advance_decision(line.lead.statement)]
    ahead = [*((line, plans.code) for line in planned), *((line, flags.code) for line in of_kind[AlertKind.DECISION])]
    found = (
        _decisions(ahead, plans.code, look),
        AlertGroup("Safeguarding and risks to the patient", _views(of_kind[AlertKind.PATIENT], flags.code, look)),
        AlertGroup("Risks to staff", _views(of_kind[AlertKind.STAFF], flags.code, look)),
        AlertGroup("Check: allergy and current medicine", notes=conflicts(record)),
        AlertGroup("Adjustments, communication and access", _views(of_kind[AlertKind.NEEDS], flags.code, look)),
    )
    groups = tuple(group for group in found if group.lines or group.notes)
    number = sum(len(group.lines) + len(group.notes) for group in groups)
    missing = hidden([record.section(code) for code in _READ], look)
    none, short = ("", phrases.counted(number, "alert")) if number else _none((flags, plans), missing, look)
    return Alerts(groups, number, none, short, missing)


_READ = ("flags", "care-plans", "allergies", "medications")
"""The sections that alerts are made from."""


def _by_kind(lines: Iterable[Line]) -> dict[AlertKind, list[Line]]:
    found: dict[AlertKind, list[Line]] = {kind: [] for kind in AlertKind}
    for line in lines:
        found[kind_of(line)].append(line)
    return found


def _stands(line: Line) -> bool:
    """Not over, or not agreed to be over."""
    return not line.lead.past or bool(line.differences)


def _decisions(ahead: Sequence[tuple[Line, str]], code: str, look: Look) -> AlertGroup:
    """The newest first, whether sent as a plan or as a flag; and where they contradict each other."""
    newest = sorted(ahead, key=lambda one: one[0].lead.order, reverse=True)
    views = tuple(line_view(line, own, look) for line, own in newest)
    differs = disagreement([line for line, _ in newest], look)
    return AlertGroup("Decisions made in advance", views, differences=(differs,) if differs else (), code=code)


def _views(lines: Iterable[Line], code: str, look: Look) -> tuple[LineView, ...]:
    return tuple(line_view(line, code, look) for line in lines)


def _none(sections: Sequence[Section], missing: Sequence[Notice], look: Look) -> tuple[str, str]:
    """Who was reached and holds none, or that nobody was; and the same for the banner."""
    silent = {ods for section in sections for ods, state in section.states.items() if state in HIDING}
    reached = {ods for section in sections for ods, state in section.states.items() if state in _REACHED} - silent
    if reached:
        none = f"No alerts recorded by {phrases.listed(tuple(sorted(map(look.name, reached))))}."
        return none, "No alerts recorded by those that could be asked" if missing else "No alerts recorded"
    if any(notice.state is SectionState.WITHHELD for notice in missing):
        return "Alerts withheld. This does not mean that there are none.", "Alerts withheld"
    none = "Alerts unavailable: no source that sends alerts has been reached. This does not mean that there are none."
    return none, "Alerts unavailable"


_REACHED = frozenset({SectionState.NOTHING_RECORDED, SectionState.HAS_ITEMS, SectionState.NONE_KNOWN})


def conflicts(record: PatientRecord) -> tuple[str, ...]:
    """Current medicines whose name holds the name of a known allergy: to be checked by a person, not advice."""
    allergies = [one for one in record.section("allergies").lines if not (one.lead.absent or one.lead.empty)]
    held = [one for one in allergies if one.lead.fields.get("verification") != "refuted" and not one.lead.past]
    medicines = [one for one in record.section("medications").lines if not (one.lead.absent or one.lead.past)]
    return tuple(
        f"{doses.product(medicine.lead.text)} is a current medicine; {allergy.lead.text} is a recorded allergy."
        for allergy in held
        for medicine in medicines
        if any(name in medicine.lead.text.lower() for name in _substances(allergy))
    )


def _substances(allergy: Line) -> tuple[str, ...]:
    said = " ".join(_NOT_A_SUBSTANCE.sub(" ", allergy.lead.text.lower()).split())
    names = (said, said.removesuffix("s")) if len(said) > 3 else ()
    return names + (_PENICILLINS if "penicillin" in said else ())
