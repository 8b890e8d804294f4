"""No grant, no data: permission for one person's record, checked and written down before anything is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    delete,
    insert,
    or_,
    select,
)

from app import audit, clock, db
from app.access import sharing
from app.access.facts import OF_PERSON, RELATIONSHIPS, Fact, Kind
from app.access.feeds import feeds
from app.access.permissions import Permission
from app.access.policy import POLICY_VERSION, Asked, Decision, Known, Reason, decide
from app.access.second_lock import Opening, opening
from app.access.shown import what_is_shown
from app.access.users import Clinician, User
from app.errors import BadUsage, NotAllowed, NotFound
from app.keyring import keys_of
from app.tables import facts, links, patients, reasons, source_patients
from app.typed import readable
from fhir.absence import Source
from fhir.home import PATIENT

REASONS = {
    "urgent": "Direct care – urgent",
    "planned": "Direct care – planned",
    "patient-asked": "The patient asked",
    "after-death": "I am a medical examiner or coroner, and this person has died",
    "other": "Other",
}
SEAL_REASONS = {
    "consent": "The patient consents",
    "law": "The law requires it",
    "public-interest": "The public interest",
}
"""The three reasons for which what is sealed may be opened (Care Record Guarantee)."""
REASON_WORDS = REASONS | SEAL_REASONS
SHOWING = frozenset({Permission.VIEW_RECORD, Permission.VIEW_OWN_RECORD})
"""The acts that show what is held. Adding a reading shows nothing."""
REASON_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Grant:
    """Proof that one look at one record was allowed and is written down. Only this module makes them.

    `items` are the statements that may be shown; `sources` the feeds that know the person, `elsewhere` the others.
    `excluded` are the sections of which something is left out and a reader must know that it is. For a restricted
    person `masks` hides which organisation each source is.
    """

    patient_id: UUID
    permission: Permission
    seq: int
    basis: str
    as_at: datetime | None
    restricted: bool
    subjects: tuple[int, ...] = field(repr=False)
    items: frozenset[int] = field(repr=False)
    sources: tuple[Source, ...]
    elsewhere: tuple[Source, ...]
    masks: dict[str, str] = field(repr=False)
    excluded: frozenset[str] = frozenset()
    opened: Opening = field(default=Opening(), repr=False)


def grant(
    engine: Engine,
    user: User,
    permission: Permission,
    patient_id: UUID,
    *,
    as_at: datetime | None = None,
    route: str = "",
    reason: Reason | None = None,
    told: Mapping[str, str] | None = None,
) -> Grant:
    """Ask the policy, write the answer to the audit chain and commit it. Raises NotAllowed or NotFound.

    `reason` is one given with this very act; otherwise the one that the session gave lately counts. `told` is what
    else is written down with the look.
    """
    with db.read(engine) as connection:
        subjects, about = subjects_and_facts(connection, patient_id, as_at)
        asked = Asked(permission, reason or _reason(connection, user, patient_id))
        known = known_with(connection, about, as_at)
        decision = decide(user, asked, known, clock.now())
        if not subjects and decision.allowed:
            decision = Decision(False, "nothing held then" if as_at and about else "unknown", 5)
        shows = decision.allowed and permission in SHOWING
        opened = opening(subjects, subjects.values(), decision) if shows else Opening()
        replace(opened, hides=()).on(connection)  # what is hidden is seen here: that it is, a section may have to say
        rows, excluded = what_is_shown(connection, subjects, decision, as_at) if shows else ([], frozenset())
    event = _event(user, permission, patient_id, decision, route, as_at, rows, sorted(subjects) if shows else [])
    seq = audit.append(engine, replace(event, detail={**(event.detail or {}), **(told or {})}))
    if not decision.allowed:
        raise _refusal(decision)
    knowing = set(subjects.values())
    shown = [s for s in (_as_shown(s, decision) for s in known.feeds) if s.categories or s.withheld]
    sources = [s for s in shown if s.ods in knowing]
    elsewhere = tuple(s for s in shown if s.ods not in knowing and s.ods != PATIENT)
    masks = {s.ods: f"{s.kind}-{n}" for n, s in enumerate(sources, start=1)} if decision.restricted else {}
    if masks:
        sources = [replace(s, ods=masks[s.ods], name=KIND_WORDS.get(s.kind, "An organisation")) for s in sources]
        elsewhere = ()
    return Grant(
        patient_id, permission, seq, decision.basis, as_at, decision.restricted,
        tuple(sorted(subjects)), frozenset(rows), tuple(sources), elsewhere, masks, excluded, opened,
    )  # fmt: skip


def known_with(connection: Connection, about: Sequence[Fact], as_at: datetime | None = None) -> Known:
    """What the policy is told of a person, with every feed and what was agreed about sharing."""
    return Known(about, feeds(connection, as_at), sharing.rules(connection))


KIND_WORDS = {
    "gp": "A GP practice",
    "acute": "A hospital",
    "community": "A community service",
    "mental": "A mental health service",
    "social": "A council",
    "children": "A council",
    PATIENT: "The patient",
}


def _as_shown(source: Source, decision: Decision) -> Source:
    """A source with what it shows this reader: by what it agreed to, or nothing where the person refused."""
    if source.ods in decision.withheld:
        return replace(source, withheld=source.categories)
    return replace(source, categories=decision.shows.get(source.ods, frozenset()))


_OWN = (
    select(source_patients.c.id, source_patients.c.ods).join(links).where(links.c.patient_id == bindparam("patient_id"))
)
_F = facts.c
_FACT = (_F.source_patient_id, _F.statement_id, _F.kind, _F.org, _F.starts, _F.ends)
_NOW = (
    select(source_patients.c.id, source_patients.c.ods, *_FACT)
    .join(links)
    .outerjoin(facts, (_F.source_patient_id == source_patients.c.id) & _F.kind.in_(sorted(OF_PERSON)))
    .where(links.c.patient_id == bindparam("patient_id"), links.c.until.is_(None))
)


def subjects_and_facts(
    connection: Connection, patient_id: UUID, as_at: datetime | None
) -> tuple[dict[int, str], list[Fact]]:
    """The source patients at that moment with their sources, and the facts about them and those linked now.

    Only who is linked now makes a relationship: a wrong link that was taken back opens nothing.
    """
    asked = {"patient_id": patient_id}
    rows = connection.execute(_NOW, asked).all()
    now = {number: ods for number, ods, *_ in rows}
    then = now
    if as_at is not None:
        held = (links.c.since <= as_at) & or_(links.c.until.is_(None), links.c.until > as_at)
        then = dict(connection.execute(_OWN.where(held), asked).all())
    before = sorted(then.keys() - now.keys())
    protecting = [f for f in facts_about(connection, before) if f.kind not in RELATIONSHIPS]
    return then, [*_in_order(row[2:] for row in rows if row.kind), *protecting]


def facts_about(connection: Connection, subjects: Sequence[int]) -> list[Fact]:
    """What statements said to the policy about these source patients, without labels of single statements.

    Those may be thousands, and are asked for by themselves: the index leads past them.
    """
    if not subjects:
        return []
    return _in_order(connection.execute(_FACTS, {"subjects": subjects}))


_FACTS = select(*_FACT).where(
    _F.source_patient_id.in_(bindparam("subjects", expanding=True)), _F.kind.in_(sorted(OF_PERSON))
)


def _in_order(rows: Iterable[Any]) -> list[Fact]:
    """Asked of SQLite, the order would lead it away from the index."""
    ordered = sorted(rows, key=lambda row: row[:4])
    return [Fact(Kind(kind), org, starts, ends) for _, _, kind, org, starts, ends in ordered]


def _event(
    user: User,
    permission: Permission,
    patient_id: UUID,
    decision: Decision,
    route: str,
    as_at: datetime | None,
    rows: list[int],
    subjects: list[int],
) -> audit.Event:
    return audit.Event(
        kind=permission,
        outcome="allowed" if decision.allowed else "refused",
        actor=actor(user),
        patient_id=patient_id,
        detail={
            "route": route,
            "basis": decision.basis,
            "step": decision.step,
            "number": decision.number,
            "policy": POLICY_VERSION,
            "alerts": sorted(decision.alerts),
            "as_at": as_at.isoformat() if as_at else "",
            "withheld_sources": len(decision.withheld),
        },
        items=rows,
        subjects=subjects if decision.allowed else (),
    )


def _refusal(decision: Decision) -> Exception:
    if decision.step == "unknown":
        return NotFound()
    if decision.step == "nothing held then":
        return BadUsage("Nothing was held about this person at that time")
    return NotAllowed(ask_reason=decision.ask_reason)


def actor(user: User) -> dict[str, str]:
    """A user as the audit keeps them."""
    org = {"org": user.org, "org_name": user.org_name} if isinstance(user, Clinician) else {}
    return {
        "iss": user.issuer, "sub": user.subject, "name": user.name, "role": user.role_name,
        "session": user.session, **org,
    }  # fmt: skip


@dataclass(frozen=True)
class OperatorGrant:
    """Proof that an operator's command over everyone is written down. Its result names no one."""

    seq: int


def operator_grant(engine: Engine, command: str) -> OperatorGrant:
    """Write down that the operator of this machine ran a command that reads every record."""
    event = audit.Event("operator", "allowed", {"name": "operator", "role": "operator"}, detail={"command": command})
    return OperatorGrant(audit.append(engine, event))


def reason_in_words(code: str, words: str) -> str:
    """A reason as it is shown and written down. Raises BadUsage where none was given."""
    words = " ".join(readable(words).split())
    if code not in REASON_WORDS:
        raise BadUsage("Choose a reason")
    if code == "other" and not words:
        raise BadUsage("Say what your reason is")
    if len(words) > 500:
        raise BadUsage("Your reason must be 500 characters or fewer")
    return words if code == "other" else REASON_WORDS[code]


def give_reason(engine: Engine, user: User, patient_id: UUID, code: str, words: str) -> None:
    """Keep the reason that this user gives for looking at a record, for this session and one hour."""
    words = " ".join(readable(words).split())
    reason_in_words(code, words)
    now = clock.now()
    sid = bytes.fromhex(user.session)
    with db.write(engine) as connection:
        if connection.execute(select(patients.c.id).where(patients.c.id == patient_id)).first() is None:
            raise NotFound()
        own = (reasons.c.sid_hash == sid) & (reasons.c.patient_id == patient_id)
        connection.execute(delete(reasons).where(own))
        content = keys_of(connection).seal(words, _reason_place(sid, patient_id))
        row = {"sid_hash": sid, "patient_id": patient_id, "reason": code, "words": content}
        connection.execute(insert(reasons), row | {"given_at": now, "until": now + REASON_LASTS})
    audit.append(engine, audit.Event("reason", "given", actor(user), patient_id, {"reason": code, "words": words}))


def _reason(connection: Connection, user: User, patient_id: UUID) -> Reason | None:
    """The reason that this session gave for this record, and that still counts."""
    if not user.session:
        return None
    asked = {"session": bytes.fromhex(user.session), "person": patient_id, "now": clock.now()}
    row = connection.execute(_GIVEN, asked).one_or_none()
    if row is None:
        return None
    words = REASON_WORDS[row.reason]
    if row.reason == "other":
        place = _reason_place(bytes.fromhex(user.session), patient_id)
        words = keys_of(connection).open(row.words, place).decode()
    return Reason(words, breaks_seal=row.reason in SEAL_REASONS, after_death=row.reason == "after-death")


_GIVEN = select(reasons.c.reason, reasons.c.words).where(
    reasons.c.sid_hash == bindparam("session"),
    reasons.c.patient_id == bindparam("person"),
    reasons.c.until > bindparam("now"),
)


def _reason_place(sid: bytes, patient_id: UUID) -> str:
    return f"reasons|{sid.hex()}|{patient_id}|words"
