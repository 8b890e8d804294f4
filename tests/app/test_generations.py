"""The keys by which people and things are found, and which seal words, change while everything goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, LargeBinary, event, insert, select

from app import audit, clock, crypto, db, erasures, generations, keyring, projects, statements
from app.access import look_questions, sessions
from app.access.claims import Refused
from app.access.grants import Grant, OperatorGrant, give_reason, grant
from app.access.looks import looks_grant
from app.access.permissions import Permission
from app.access.users import PrivacyOfficer
from app.accounts import held
from app.export import optouts
from app.governance import alerts, staff_list
from app.governance.looks_search import Asked, search
from app.governance.watching import watch
from app.identity.accounts import patient_of
from app.identity.search import by_name, by_number
from app.ingest.taking import refused_bytes
from app.keyring import NAMES, TOKENS, WORDS
from app.portal.joining import welcome
from app.tables import context_labels, installation_keys, quarantine
from app.use_tables import metadata
from app.viewer import problems
from fhir.nhs_number import parse
from fhir.record import PatientRecord, combine, digest
from tests.app.export.planning import approved
from tests.browsing import claims, person
from tests.feeding import (
    ASHA,
    BEN,
    COUNCIL,
    GP,
    TRUST,
    Json,
    Sender,
    bundle,
    clinician,
    condition,
    deletion,
    nhs,
    patient,
)

GMC, MRN = {"system": "https://gmc.example", "value": "C1"}, {"system": "https://trust.example/mrn", "value": "M7"}
DOCTOR: Json = {"resourceType": "Practitioner", "id": "d1", "identifier": [GMC], "name": [{"text": "Dr Ada Moss"}]}
BEN_OTIENO: Json = {"name": [{"family": "Otieno", "given": ["Ben"]}], "birthDate": "1971-02-03"}
OFFICER = PrivacyOfficer("https://id.example", "p1", "Pat Quill", "")
KINDS = (TOKENS, NAMES, WORDS)


def named_by(identifier: Json, local_id: str, words: str, **changes: Any) -> Json:
    return (
        condition(local_id, of="", words=words) | {"subject": {"type": "Patient", "identifier": identifier}} | changes
    )


FEEDS: dict[str, list[Json | str]] = {
    GP: [
        DOCTOR, patient("1"),
        DOCTOR | {"id": "d2", "identifier": [GMC | {"value": "C2"}], "name": [{"text": "Dr Bo Finn"}]},
        condition("c1", of="1", recorder={"reference": "Practitioner/d1"}),
        condition("c2", of="1", words="Gout", recorder={"reference": "Practitioner?identifier=https://gmc.example|C2"}),
    ],
    TRUST: [
        patient("7", identifier=[nhs(ASHA), MRN]), named_by(MRN, "c3", "Fracture"),
        condition("c4", of="w1", words="Waits"), patient("2", BEN, **BEN_OTIENO), "{refused",
    ],
}  # fmt: skip


class World:
    """Everything that is found by a hash or sealed as words, of a person whom several sources know."""

    def __init__(self, sender: Sender) -> None:
        self.sender, self.engine = sender, sender.engine
        for ods, lines in FEEDS.items():
            sender.send(ods, *lines)
        self.asha = sender.person_of(GP, "1")
        assert self.asha is not None
        welcome(self.engine, person(), claims())
        (sender.folder / "list.csv").write_text(f"{BEN}\n9990000034\n")
        optouts.load(self.engine, sender.folder / "list.csv", optouts.OPTED_OUT, date(2099, 1, 1))
        with db.write(self.engine) as connection:
            name = keyring.keys_of(connection).name(TRUST, "Medication", "m1")
            connection.execute(insert(context_labels).values(key=name, kind="restricted"))
        self.project = approved(self.engine)
        before = sessions.hash_of(sessions.begin(self.engine))
        who = sessions.SignIn(clinician(COUNCIL), "staff", "")
        self.cookie = sessions.sign_in(self.engine, who, instead_of=before, lasts=timedelta(hours=1))
        self.user = clinician(COUNCIL, session=sessions.hash_of(self.cookie).hex())
        give_reason(self.engine, self.user, self.asha, "other", "She fell")
        seen = grant(self.engine, self.user, Permission.VIEW_RECORD, self.asha)
        problems.report(self.engine, self.user, seen, "problems", "That is not hers")
        own = looks_grant(self.engine, person(), Permission.VIEW_OWN_ACCESS_LOG, self.asha)
        look_questions.ask(self.engine, person(), own, seen.seq, "Why did they look?")
        which = erasures.Asked(GP, "Condition/c1", erasures.ENTRY, "unlawful", "It is not hers")
        order = erasures.ask(self.engine, self.user, seen, record_of(self.engine, seen), which)
        erasures.decide(self.engine, OFFICER, order, "refused", "It is")
        [asked] = look_questions.queue(self.engine, OFFICER)
        look_questions.answer(self.engine, OFFICER, asked, "She was brought in")
        for other in ("somebody-else", "a-third"):  # one is decided, and one waits
            with pytest.raises(Refused):
                welcome(self.engine, person(other), claims())
            if other == "somebody-else":
                held.decide(self.engine, OFFICER, held.queue(self.engine, OFFICER)[0], "both")
        (sender.folder / "staff.csv").write_text(
            f"issuer,subject,org,family,given,birth_date,nhs_number,address,postcode\nx,y,{GP},Hall,Grace,,,,\n"
        )
        staff_list.load(self.engine, sender.folder / "staff.csv")
        watch(self.engine)
        alert, _ = alerts.alert(self.engine, OFFICER, 1)
        alerts.decide(self.engine, OFFICER, alert, alerts.JUSTIFIED, "She was on duty")

    def found(self) -> tuple[Any, ...]:
        """What every kind of reader finds."""
        number, engine = parse(ASHA), self.engine
        assert number and self.asha
        with db.read(engine) as connection:
            people = by_number(connection, GP, number), by_name(connection, GP, family="Patel", birth="1960-05-01")
            project = projects.get(engine, self.project)
            out = optouts.by_kind(connection, project, clock.today())
            refused = connection.scalars(select(quarantine.c.id)).all()
            staff = staff_list.listed_staff(connection)
        allowed = grant(engine, self.user, Permission.VIEW_RECORD, self.asha)  # by the reason that was given
        record = combine(statements.of_patient(engine, allowed), allowed.sources)
        recorded = [s.context for line in record.section("problems").lines for s in sources(line) if s.source == GP]
        assert [str(one).count("Dr ") for one in recorded] == [1, 1]
        session = sessions.load(engine, self.cookie)
        asked = look_questions.queue(engine, OFFICER)
        told = [one.words for one in problems.all_reports(engine, OperatorGrant(0))]
        opened = [refused_bytes(engine, OperatorGrant(0), one) for one in refused]
        linked = {own: self.sender.person_of(*own) for own in ((GP, "1"), (TRUST, "7"), (TRUST, "2"), (TRUST, "w1"))}
        orders = [(one.words, one.decision_words, one.decided_by["name"]) for one in erasures.listed(engine, OFFICER)]
        return (
            *people, orders, digest(record), out, patient_of(engine, person()), session and session.user,
            [(one.words, one.answer, one.answered_by) for one in asked], told, opened, linked,
            held.queue(engine, OFFICER), alerts.decisions(engine, 1), staff,
            len(search(engine, OFFICER, Asked(staff="Grace Hall", kind="reason")).looks),
        )  # fmt: skip


def record_of(engine: Engine, allowed: Grant) -> PatientRecord:
    return combine(statements.of_patient(engine, allowed), allowed.sources)


def sources(line: Any) -> list[Any]:
    return [item.statement for item in line.items]


@contextmanager
def stopped_at(sender: Sender, which: int) -> Iterator[None]:
    """Stop at the so-and-so-manieth write, as a power cut would."""
    seen = count(1)

    def stop(_connection: object, _cursor: object, sql: str, *_: object) -> None:
        if sql.startswith(("UPDATE", "INSERT", "DELETE")) and next(seen) == which:
            raise KeyboardInterrupt

    event.listen(sender.engine, "before_cursor_execute", stop)
    try:
        yield
    finally:
        event.remove(sender.engine, "before_cursor_execute", stop)


@pytest.fixture
def world(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(generations, "AT_ONCE", 2)
    monkeypatch.setattr(generations, "PAUSE", 0)
    return World(sender)


@pytest.mark.parametrize("kind", KINDS)
def test_stopped_anywhere_everything_is_found_and_the_next_run_goes_on(world: World, kind: str) -> None:
    """C72 of a rotated key: whatever reads meanwhile finds all of it, at every point where it could stop."""
    before = world.found()
    for run in count():
        try:
            with stopped_at(world.sender, 1 + run % 5):
                generations.change(world.engine, kind)
        except KeyboardInterrupt:
            assert world.found() == before, run
            continue
        break
    assert run > 3
    assert world.found() == before
    with db.read(world.engine) as connection:
        names = set(connection.scalars(select(installation_keys.c.name)))
        assert keyring.keys_of(connection).states[kind] is None
    assert names == {*KINDS, f"{kind}-2"}, "it went on with one key, and made no second"
    assert audit.verify(world.engine)[1] is None
    generations.change(world.engine, kind)
    assert world.found() == before, "and a third key follows the second"


@pytest.mark.parametrize("kind", [TOKENS, NAMES])
@pytest.mark.parametrize("stop", [3, 5, 7, 10])
def test_what_feeds_send_meanwhile_is_known_again_and_linked(world: World, kind: str, stop: int) -> None:
    with pytest.raises(KeyboardInterrupt), stopped_at(world.sender, stop):
        generations.change(world.engine, kind)
    held, people = world.sender.count("statements"), world.sender.count("source_patients")
    for ods, lines in FEEDS.items():
        told = world.sender.send(ods, *lines)
        assert (told["stored"], told["updated"]) == (0, 0), ods
    assert (world.sender.count("statements"), world.sender.count("source_patients")) == (held, people)
    world.sender.send(TRUST, named_by(MRN, "c3", "Fracture, healed"), patient("w1"))
    world.sender.send(TRUST, bundle(deletion("Condition/c4")))
    world.sender.send(GP, patient("5", BEN, **BEN_OTIENO), DOCTOR | {"name": [{"text": "Dr Ada Moss"}], "active": True})
    generations.change(world.engine, kind)
    sender = world.sender
    assert sender.person_of(GP, "5") == sender.person_of(TRUST, "2")
    assert sender.person_of(TRUST, "w1") == world.asha
    assert sender.count("reviews") == 0, "nobody seems to have two numbers"
    assert sender.count("statements", "superseded_at IS NULL") == held + 2, "two Patients came, nothing twice"
    assert sender.count("statements", "superseded_at IS NULL AND deleted = true") == 1
    with db.read(world.engine) as connection:
        assert optouts.by_kind(connection, projects.get(world.engine, world.project), clock.today())["national"] == {
            sender.person_of(GP, "5")
        }
    sender.send(COUNCIL, patient("9", "9990000034", name=[{"family": "Low", "given": ["Cy"]}], birthDate="1950-01-02"))
    with db.read(world.engine) as connection:
        out = optouts.by_kind(connection, projects.get(world.engine, world.project), clock.today())["national"]
    assert sender.person_of(COUNCIL, "9") in out, "whom the list named before anybody knew them"
    assert "Fracture, healed" in texts(world)


def texts(world: World) -> set[str]:
    allowed = grant(world.engine, world.user, Permission.VIEW_RECORD, world.asha or UUID(int=0))
    lines = combine(statements.of_patient(world.engine, allowed)).section("problems").lines
    return {line.lead.text for line in lines}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_that_the_earlier_key_made(world: World, kind: str) -> None:
    """Every hash is another, and no word opens with the earlier key but those of the record of looks."""
    with db.read(world.engine) as connection:
        old = keyring.keys_of(connection)
    before = column_values(world)
    generations.change(world.engine, kind)
    after = column_values(world)
    same = {name for name, values in before.items() if values & after[name]}
    changed = {name for name, values in before.items() if values and not values & after[name]}
    assert changed == CHANGED[kind], same
    assert old.generation == 1


def column_values(world: World) -> dict[str, set[bytes]]:
    columns = [c for t in metadata.sorted_tables for c in t.c if isinstance(c.type, LargeBinary)]
    with db.read(world.engine) as connection:
        return {str(c): {bytes(v) for v in connection.scalars(select(c).where(c.is_not(None))) if v} for c in columns}


CHANGED = {
    TOKENS: {"tokens.token", "opt_outs.token"},
    NAMES: {"source_patients.name", "statements.key", "aliases.alias", "aliases.key", "context_labels.key"},
    WORDS: {
        "sessions.data", "reasons.words", "problems.words", "look_questions.words", "quarantine.sealed",
        "erasures.words", "erasures.asked_by", "erasures.decision_words", "erasures.decided_by",
        "look_questions.answer", "look_questions.answered_by", "held_accounts.words", "held_accounts.decided_by",
        "alert_decisions.words", "lookers.words", "staff.words",
    },
}  # fmt: skip
OTHERWISE = {
    "installation_keys.wrapped": "keys rotate", "data_keys.wrapped": "keys rotate",
    "statements.sealed": "keys rotate --data", "gists.sealed": "made again", "gists.rules": "of our rules",
    "logout_tokens.jti": "of what a provider made up",
    "statements.digest": "of bytes, without a key", "quarantine.digest": "of bytes, without a key",
    "sessions.sid_hash": "of 256 random bits", "reasons.sid_hash": "of 256 random bits",
    "export_tokens.token_hash": "of 256 random bits",
    "audit_events.actor": "added to, never changed", "audit_events.detail": "added to, never changed",
    "audit_events.actor_key": "without a key", "audit_events.items": "our own numbers",
    "alerts.once": "without a key", "lookers.actor_key": "without a key", "staff.actor_key": "without a key",
    "audit_events.prev": "the chain", "audit_events.hash": "the chain", "audit_head.hash": "the chain",
    "projects.applicant_key": "without a key", "export_tokens.holder_key": "without a key",
    "releases.manifest_digest": "of files", "opt_out_lists.digest": "of a file", "code_lists.digest": "of a file",
}  # fmt: skip


def test_every_column_of_bytes_is_changed_by_one_rotation_or_says_why_by_none() -> None:
    columns = {str(c) for t in metadata.sorted_tables for c in t.c if isinstance(c.type, LargeBinary)}
    assert columns == set().union(*CHANGED.values()) | OTHERWISE.keys()


def test_the_command_changes_all_at_once(world: World, keys_dir: Path) -> None:
    before = world.found()
    crypto.add_kek(keys_dir)
    for kind in KINDS:
        assert generations.change(world.engine, kind) > 0
    keyring.rewrap(world.engine)
    (keys_dir / "kek-1.key").unlink()
    assert world.found() == before
