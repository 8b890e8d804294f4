"""What is sealed, locked, sensitive or refused is left out before anything is read: on both databases."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from app import audit, clock, db, statements
from app.access.facts import LABELS, SENSITIVE, Kind
from app.access.grants import Grant, grant, known_with, operator_grant, subjects_and_facts
from app.access.labels import OF_LABEL
from app.access.permissions import Permission
from app.access.policy import Asked, Reason, decide
from app.access.users import Clinician
from app.errors import BadUsage
from app.export import terminology
from app.ingest.labelling import label_again
from app.viewer.look import look
from app.viewer.notices import notices
from fhir.absence import SectionState
from fhir.codes import System
from fhir.record import PatientRecord, combine
from tests.audited import events
from tests.feeding import COUNCIL, GP, TRUST, URGENT, Json, Sender, bundle, clinician, condition, deletion, patient

VIEW = Permission.VIEW_RECORD
CONSENT = Reason("The patient consents", breaks_seal=True)
CODE_OF = {kind: code for code, kind in OF_LABEL.items()} | {Kind.CONFIDENTIAL: "R"}
HIV = "86406008"


def labelled(*kinds: Kind) -> Json:
    return {"meta": {"security": [{"code": CODE_OF[kind]} for kind in kinds]}} if kinds else {}


def cleared(org: str) -> Clinician:
    return replace(clinician(org), activities=frozenset({"B1611"}))


def allergy(local_id: str, of: str, **changes: object) -> Json:
    return condition(local_id, of, "Penicillin") | {"resourceType": "AllergyIntolerance"} | changes


def look_at(sender: Sender, user: Clinician, person: UUID, reason: Reason | None = URGENT, **more: object) -> Grant:
    return grant(sender.engine, user, VIEW, person, reason=reason, **more)  # type: ignore[arg-type]


def ids(sender: Sender, allowed: Grant) -> set[str]:
    return {one.local_id for one in statements.of_patient(sender.engine, allowed)}


def record(sender: Sender, allowed: Grant) -> PatientRecord:
    return combine(statements.of_patient(sender.engine, allowed), allowed.sources, allowed.excluded)


def sent(sender: Sender, *resources: Json) -> UUID:
    sender.send(GP, patient("1"))
    sender.send(TRUST, patient("7"), *resources)
    person = sender.person_of(TRUST, "7")
    assert person
    return person


# ------------------------------------------------------------------ the truth table
def test_the_filter_of_the_database_is_the_policy_on_every_cell(sender: Sender) -> None:
    """C29, A3: every label, alone and with another, of every type, for every reader and reason."""
    kinds = [(), *((kind,) for kind in sorted(LABELS)), (Kind.SEALED, Kind.HIV), (Kind.LOCKED, Kind.CONFIDENTIAL)]
    said = {f"c{n}": labels for n, labels in enumerate(kinds)}
    load_list(sender, "sensitive-fertility")
    told = {name: CODED if own == (Kind.FERTILITY,) else labelled(*own) for name, own in said.items()}
    person = sent(sender, *(condition(name, "7", **changes) for name, changes in told.items()),
                  *(allergy(f"a{name}", "7", **changes) for name, changes in told.items()))  # fmt: skip
    said |= {f"a{name}": own for name, own in said.items()}
    readers = (clinician(GP), cleared(GP), clinician(TRUST), cleared(TRUST), clinician(COUNCIL), cleared(COUNCIL))
    cells = 0
    for user, reason in product(readers, (None, URGENT, CONSENT)):
        with db.read(sender.engine) as connection:
            _, facts = subjects_and_facts(connection, person, None)
            decision = decide(user, Asked(VIEW, reason), known_with(connection, facts), clock.now())
        shown = ids(sender, look_at(sender, user, person, reason)) if decision.allowed else set()
        for name, own in said.items():
            type_ = "AllergyIntolerance" if name.startswith("a") else "Condition"
            expected = decision.allowed and decision.may_see(TRUST, type_, frozenset(own))
            assert (name in shown) is expected, (user.org, user.activities, reason, own)
            cells += 1
    assert cells == 6 * 3 * 2 * (len(LABELS) + 3)


def test_what_is_hidden_is_in_no_audit_row_as_shown(sender: Sender) -> None:
    person = sent(sender, condition("c1", "7"), condition("c2", "7", **labelled(Kind.SEALED)))
    allowed = look_at(sender, clinician(GP), person)
    row = events(sender.engine)[-1]
    assert set(audit.unpack(row["items"])) == allowed.items
    assert len(allowed.items) == 3  # two Patients and one problem


# ------------------------------------------------------------------ what must be said
@pytest.mark.parametrize(
    ("type_", "code"),
    [("AllergyIntolerance", "allergies"), ("MedicationRequest", "medications"), ("Flag", "flags")],
)
def test_a_hidden_allergy_medicine_or_risk_is_said_without_number_or_source(
    sender: Sender, type_: str, code: str
) -> None:
    hidden = [allergy(f"a{n}", "7", **labelled(Kind.LOCKED)) | {"resourceType": type_} for n in range(3)]
    person = sent(sender, *hidden)
    allowed = look_at(sender, clinician(GP), person)
    assert allowed.excluded == {code}
    section = record(sender, allowed).section(code)
    [notice] = [n for n in notices(section, look(person, clock.now(), allowed.sources)) if n.state == "withheld"]
    assert (notice.words, notice.sources) == ("Items excluded due to confidentiality and/or patient preferences.", ())
    assert section.state == SectionState.WITHHELD
    assert look_at(sender, clinician(TRUST), person).excluded == frozenset()


def test_any_other_hidden_statement_is_as_if_it_were_not_there(sender: Sender) -> None:
    person = sent(sender, condition("c1", "7", **labelled(Kind.SEALED)))
    allowed = look_at(sender, clinician(GP), person)
    assert allowed.excluded == frozenset()
    assert record(sender, allowed).section("problems").state == SectionState.NOTHING_RECORDED


def test_a_hidden_allergy_that_was_deleted_or_is_not_shared_anyway_is_not_said(sender: Sender) -> None:
    person = sent(sender, allergy("a1", "7", **labelled(Kind.SEALED)))
    sender.send(TRUST, bundle(deletion("AllergyIntolerance/a1")))
    assert look_at(sender, clinician(GP), person).excluded == frozenset()


# ------------------------------------------------------------------ versions and what is pointed to
def test_an_earlier_state_leaves_out_what_is_sealed_in_any_version(sender: Sender) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    steps: tuple[tuple[Kind, ...], ...] = ((), (Kind.SEALED,), ())
    for day, (first, second) in enumerate(zip(steps, steps[::-1], strict=True), start=1):
        with clock.stopped_at(start.replace(day=day)):
            person = sent(sender, condition("c1", "7", f"v{day}", **labelled(*first)),
                          condition("c2", "7", f"w{day}", **labelled(*second)))  # fmt: skip
    for day in (1, 2, 3):
        allowed = look_at(sender, clinician(GP), person, as_at=start.replace(day=day, hour=12))
        assert not {"c1", "c2"} & ids(sender, allowed), day
    assert {"c1", "c2"} <= ids(sender, look_at(sender, clinician(GP), person))
    assert {"c1"} <= ids(sender, look_at(sender, clinician(TRUST), person, as_at=start.replace(day=2, hour=12)))


def test_a_hidden_relative_is_not_named_by_what_points_to_them(sender: Sender) -> None:
    sister = {"resourceType": "RelatedPerson", "id": "r1", "patient": {"reference": "Patient/7"},
              "name": [{"text": "CanarySister"}], **labelled(Kind.LOCKED)}  # fmt: skip
    person = sent(sender, sister, condition("c1", "7", asserter={"reference": "RelatedPerson/r1"}))
    for user, found in ((clinician(GP), False), (clinician(TRUST), True)):
        told = statements.of_patient(sender.engine, look_at(sender, user, person))
        assert ("CanarySister" in repr([(one.resource, one.context) for one in told])) is found


# ------------------------------------------------------------------ lists of codes
def load_list(sender: Sender, name: str = "sensitive-hiv", code: str = HIV) -> None:
    path = sender.folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("code", "term"), (code, "Human immunodeficiency virus infection")])
    terminology.load(sender.engine, path, name, "Invented, 2026", System.SNOMED)


CODED = {"code": {"coding": [{"system": System.SNOMED, "code": HIV}], "text": "HIV"}}


def test_what_comes_after_a_list_is_loaded_is_hidden_by_it(sender: Sender) -> None:
    load_list(sender)
    person = sent(sender, condition("c1", "7", **CODED), condition("c2", "7"))
    assert ids(sender, look_at(sender, clinician(GP), person)) == {"1", "7", "c2"}
    assert ids(sender, look_at(sender, cleared(GP), person)) == {"1", "7", "c1", "c2"}


def test_a_list_that_is_loaded_later_counts_for_what_is_held_in_every_version(sender: Sender) -> None:
    with clock.stopped_at(datetime(2026, 5, 1, tzinfo=UTC)):
        person = sent(sender, condition("c1", "7", **CODED), condition("c2", "7"))
    sender.send(TRUST, condition("c1", "7", "Asthma"))
    assert "c1" in ids(sender, look_at(sender, clinician(GP), person))
    load_list(sender)
    again = operator_grant(sender.engine, "test")
    assert label_again(sender.engine, again) == 1
    assert label_again(sender.engine, again) == 0
    before = look_at(sender, clinician(GP), person, as_at=datetime(2026, 5, 2, tzinfo=UTC))
    assert ids(sender, before) == {"1", "7", "c2"}
    load_list(sender, code="73211009")
    assert label_again(sender.engine, again) == 1
    assert "c1" in ids(sender, look_at(sender, clinician(GP), person))


MEDICINE = {"resourceType": "Medication", "id": "m1", **CODED}
ORDER = {
    "resourceType": "MedicationRequest", "id": "o1", "status": "active", "intent": "order",
    "subject": {"reference": "Patient/7"}, "medicationReference": {"reference": "Medication/m1"},
}  # fmt: skip


@pytest.mark.parametrize("deliveries", [((ORDER, MEDICINE),), ((MEDICINE,), (ORDER,))])
def test_an_order_of_a_sensitive_medicine_is_sensitive(
    sender: Sender, deliveries: tuple[tuple[Json, ...], ...]
) -> None:
    load_list(sender)
    person = sent(sender)
    for resources in deliveries:
        sender.send(TRUST, *resources)
    allowed = look_at(sender, clinician(GP), person)
    assert (ids(sender, allowed), allowed.excluded) == ({"1", "7"}, {"medications"})


def test_a_medicine_that_is_no_longer_sensitive_makes_no_order_so(sender: Sender) -> None:
    load_list(sender)
    person = sent(sender)
    sender.send(TRUST, MEDICINE)
    sender.send(TRUST, MEDICINE | {"code": {"text": "Paracetamol"}})
    sender.send(TRUST, ORDER)
    assert "o1" in ids(sender, look_at(sender, clinician(GP), person))


def test_orders_that_are_held_are_labelled_by_their_medicines_too(sender: Sender) -> None:
    person = sent(sender, MEDICINE, ORDER)
    load_list(sender)
    assert label_again(sender.engine, operator_grant(sender.engine, "test")) == 1
    assert "o1" not in ids(sender, look_at(sender, clinician(GP), person))
    sender.send(TRUST, ORDER | {"id": "o2"})
    assert "o2" not in ids(sender, look_at(sender, clinician(GP), person))


def test_a_list_of_an_unknown_kind_is_refused_and_none_of_them_leaves(sender: Sender) -> None:
    with pytest.raises(BadUsage, match="sensitive-hiv"):
        load_list(sender, "sensitive-secrets")
    load_list(sender)
    load_list(sender, "problems")
    with db.read(sender.engine) as connection:
        loaded = terminology.lists(connection)
    assert terminology.allowed(loaded).codes == {}
    assert {Kind.HIV} < SENSITIVE
