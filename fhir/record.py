"""Everything that is known about one person, combined: a pure function of statements.

No clock, no database, no request. The result does not depend on the order of arrival, and every statement is in
exactly one line, or listed as withdrawn, or as not interpretable.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import ModuleType
from typing import Any

from fhir import (
    allergies,
    conditions,
    contacts,
    demographics,
    documents,
    encounters,
    flags,
    immunisations,
    medications,
    observations,
    plans,
    procedures,
    social,
)
from fhir.absence import SectionState, Source
from fhir.home import PATIENT
from fhir.item import Item
from fhir.line import Line
from fhir.standing import ENTERED_IN_ERROR, clinical, state, verification
from fhir.statement import Statement

RULES_VERSION = "1"

SECTIONS: tuple[ModuleType, ...] = (
    demographics,
    allergies,
    conditions,
    medications,
    observations,
    immunisations,
    encounters,
    procedures,
    documents,
    plans,
    flags,
    social,
    contacts,
)
"""In the order of the page. Each module has CODE, TITLE, PRSB, IPS, TYPES, read(statement) and lines(items)."""


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the record: its lines, its state, and the state of each source under it."""

    code: str
    title: str
    state: SectionState
    states: Mapping[str, SectionState]
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAside:
    """A statement that is in no line, and why: withdrawn by its source, or not interpretable."""

    statement: Statement
    reason: str


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """Everything combined. `held` says how many statements of each source went into it, those set aside too."""

    sections: tuple[Section, ...]
    withdrawn: tuple[SetAside, ...] = ()
    not_interpretable: tuple[SetAside, ...] = ()
    held: Mapping[str, int] = field(default_factory=dict)

    def section(self, code: str) -> Section:
        """The section of that code."""
        return next(section for section in self.sections if section.code == code)


def combine(
    statements: Iterable[Statement], sources: Sequence[Source] = (), excluded: Collection[str] = ()
) -> PatientRecord:
    """The record that these current statements make, with a state for each section and each of the sources.

    `excluded` are sections of which something is left out for this reader, nobody says by whom.
    """
    items: dict[str, list[Item]] = {module.CODE: [] for module in SECTIONS}
    aside: dict[str, list[SetAside]] = {WITHDRAWN: [], NOT_INTERPRETABLE: []}
    held: dict[str, int] = {}
    for statement in statements:
        held[statement.source] = held.get(statement.source, 0) + 1
        place, found = read(statement)
        if isinstance(found, Item):
            items[place].append(found)
        else:
            aside[place].append(SetAside(statement, found))
    return PatientRecord(
        tuple(_section(module, items[module.CODE], sources, excluded) for module in SECTIONS),
        _in_order(aside[WITHDRAWN]),
        _in_order(aside[NOT_INTERPRETABLE]),
        held,
    )


WITHDRAWN, NOT_INTERPRETABLE = "withdrawn", "not-interpretable"


def read(statement: Statement) -> tuple[str, Item | str]:
    """The section it belongs to and its item; or how it is set aside (WITHDRAWN, NOT_INTERPRETABLE), and why."""
    if statement.gist is not None:
        return statement.gist.kind.section, statement.gist.item(statement)
    if reason := withdrawn(statement):
        return WITHDRAWN, reason
    if reason := not_interpretable(statement):
        return NOT_INTERPRETABLE, reason
    home = _section_of(statement)
    item = home.read(statement) if home else None
    if home is None or item is None:
        return NOT_INTERPRETABLE, "no section for this kind of resource"
    return home.CODE, item


_BY_TYPE: dict[str, list[ModuleType]] = {}
for _module in SECTIONS:
    for _type in _module.TYPES:
        _BY_TYPE.setdefault(_type, []).append(_module)


def categories_of(type_: str) -> frozenset[str]:
    """The sections that a resource type may be shown in: the categories that a feed must be registered for."""
    return frozenset(module.CODE for module in _BY_TYPE.get(type_, ()))


def _section_of(statement: Statement) -> ModuleType | None:
    """The first section that takes it: a type that two sections share is theirs who `claims` it."""
    modules = _BY_TYPE.get(statement.type)
    if not modules:
        return None
    if statement.home:
        return next(module for module in modules if statement.home == module.CODE)
    last = modules[-1]
    for module in modules:
        if module is not last and module.claims(statement):
            return module
    return last


def home_of(statement: Statement) -> str:
    """The code of the section that takes it; empty where none does."""
    module = _section_of(statement)
    return module.CODE if module else ""


def withdrawn(statement: Statement) -> str:
    """Why a statement no longer counts; empty where it does."""
    if statement.erased:
        return statement.erased
    if statement.body is None:
        return "deleted by its source"
    head = statement.head
    for status in (head.status, head.docStatus, head.lifecycleStatus):
        if status is not None and state(status) == ENTERED_IN_ERROR:
            return "entered in error"
    if clinical(head.clinicalStatus) == ENTERED_IN_ERROR or verification(head.verificationStatus) == ENTERED_IN_ERROR:
        return "entered in error"
    return ""


def not_interpretable(statement: Statement) -> str:
    """FHIR R4 2.5: a reader that does not know a modifier extension or an implicit rule must not use the resource."""
    if statement.head.implicitRules:
        return "written under rules that this record does not know"
    if not statement.lacks(b"modifierExtension") and _is_modified(statement.resource):
        return "carries a modifier that this record does not know"
    return ""


def _is_modified(part: Any) -> bool:
    """Whether it, or any part of it at any depth, carries a modifier extension."""
    if isinstance(part, list):
        return any(map(_is_modified, part))
    return isinstance(part, dict) and (bool(part.get("modifierExtension")) or any(map(_is_modified, part.values())))


UNNAMED = ""
"""The source of what is left out without saying whose it is."""


def _section(module: ModuleType, items: list[Item], sources: Sequence[Source], excluded: Collection[str]) -> Section:
    said = _said(items)
    asked = [s for s in sources if s.kind != PATIENT or module.CODE in s.categories]  # nobody waits for the person's
    states = {s.ods: _source_state(module.CODE, s, said.get(s.ods)) for s in asked}
    states.update((ods, said[ods]) for ods in sorted(said.keys() - states.keys()))
    if module.CODE in excluded:
        states[UNNAMED] = SectionState.WITHHELD
    return Section(module.CODE, module.TITLE, _state(states, said), states, tuple(module.lines(items)))


def _said(items: list[Item]) -> dict[str, SectionState]:
    """What each source's own items make of the section. A statement of none that is itself over says nothing."""
    kinds = {(item.statement.source, item.absent, item.empty, item.past) for item in items}
    said = {source: SectionState.NOTHING_RECORDED for source, *_ in kinds}
    said.update((source, SectionState.EMPTY_WITH_REASON) for source, _, empty, _ in kinds if empty)
    said.update((source, SectionState.NONE_KNOWN) for source, absent, _, past in kinds if absent and not past)
    said.update((source, SectionState.HAS_ITEMS) for source, absent, empty, _ in kinds if not (absent or empty))
    return said


def _source_state(code: str, source: Source, said: SectionState | None) -> SectionState:
    if code in source.withheld:
        return SectionState.WITHHELD
    if said is not None:
        return said
    if code not in source.categories:
        return SectionState.NOT_CONNECTED
    if source.late_since is not None or source.last_success is None:
        return SectionState.UNAVAILABLE
    return SectionState.NOTHING_RECORDED


_FIRST = (
    SectionState.WITHHELD,
    SectionState.UNAVAILABLE,
    SectionState.NONE_KNOWN,
    SectionState.EMPTY_WITH_REASON,
    SectionState.NOTHING_RECORDED,
)


def _state(states: Mapping[str, SectionState], said: Mapping[str, SectionState]) -> SectionState:
    """Of the whole section: items if any; else the state that a reader must know first; else nobody is connected."""
    if SectionState.HAS_ITEMS in said.values():
        return SectionState.HAS_ITEMS
    return next((s for s in _FIRST if s in states.values()), SectionState.NOT_CONNECTED)


def _in_order(found: list[SetAside]) -> tuple[SetAside, ...]:
    return tuple(sorted(found, key=lambda s: s.statement.key))


def canonical(record: PatientRecord) -> list[Any]:
    """The record as plain lists, without our own numbers and times: equal data gives equal lists in any order."""

    def name(statement: Statement) -> str:
        body = json.dumps(statement.resource, sort_keys=True, default=str)
        return "/".join(statement.key) + "#" + sha256(body.encode()).hexdigest()

    def shown(line: Line) -> list[Any]:
        differences = [[d.kind, [[v, list(who)] for v, who in d.values]] for d in line.differences]
        return [line.lead.text, line.lead.status, name(line.lead.statement), differences,
                line.contradicted, [name(i.statement) for i in line.items]]  # fmt: skip

    sections = [[s.code, s.state, sorted(s.states.items()), [shown(line) for line in s.lines]] for s in record.sections]
    aside = [[[name(a.statement), a.reason] for a in those] for those in (record.withdrawn, record.not_interpretable)]
    return [RULES_VERSION, sections, *aside]


def digest(record: PatientRecord) -> str:
    """SHA-256 over the canonical form, as hex."""
    return sha256(json.dumps(canonical(record)).encode()).hexdigest()
