"""Erased by order of two people, it neither comes back nor goes unsaid: through HTTP, on both databases."""

from collections.abc import Collection
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import audit, db, erasures, generations, keyring, statements
from app.access.users import PrivacyOfficer
from app.identity.search import all_by_number
from app.projects import APPROVED
from app.tables import data_keys, source_patients
from app.tables import statements as table
from fhir.nhs_number import parse
from tests.browsing import SignIn, post, staff, words
from tests.feeding import ASHA, BEN, GP, TRUST, Sender, bundle, condition, deletion, patient

PRIYA = PrivacyOfficer("https://id.example", "priya", "Priya Nair", "")
WHY = {"scope": "entry", "reason": "somebody-else", "words": "It is her sister's, CanaryWords"}


def ask(browser: FlaskClient, asha: UUID, **fields: str) -> str:
    page = f"/patients/{asha}/erasure"
    return words(post(browser, page, page, **WHY | {"source": TRUST, "name": "Condition/c2"} | fields))


def decide(browser: FlaskClient, **fields: str) -> str:
    listed = browser.get("/erasures").text
    waiting = [part.split('"')[0] for part in listed.split('href="/erasures/')[1:] if "(waiting)" in part]
    page = f"/erasures/{waiting[0]}"
    post(browser, page, page, **{"decision": "approved", "words": "Confirmed by the trust"} | fields)
    return words(browser.get(page))


def opens_with(sender: Sender, keys: dict[int, object]) -> Collection[str]:
    """What these data keys open of what lies there now."""
    with db.read(sender.engine) as connection:
        rows = connection.execute(select(table.c.subject, table.c.id, table.c.codec, table.c.sealed)).all()
    found = []
    for row in rows:
        try:
            found.append(statements.unseal(keys[row.subject], *row)[0])
        except Exception:  # noqa: S112
            continue
    return found


@pytest.fixture
def erased(sign_in: SignIn, asha: UUID, sender: Sender) -> FlaskClient:
    """The trust's asthma is erased; there were two versions of it."""
    sender.send(TRUST, condition("c2", of="7", words="Asthma, mild"), condition("c9", of="7", words="Gout"))
    doctor = sign_in(staff())
    assert "A privacy officer decides on it" in ask(doctor, asha)
    assert "Decision: approved" in decide(sign_in(PRIYA))
    return doctor


def test_the_record_says_what_was_erased_and_when_and_why(erased: FlaskClient, asha: UUID, sender: Sender) -> None:
    page = words(erased.get(f"/patients/{asha}"))
    assert "erased by order on " in page and "It is about somebody else" in page
    assert "Condition/c2" not in page
    assert "Gout" in page and "Asthma" in page, "what the others say stays"
    assert sorted(local_id for kind, local_id, body in sender.kept() if kind == "Condition" and body) == ["c1", "c9"]
    assert audit.verify(sender.engine)[1] is None
    with db.read(sender.engine) as connection:
        c = table.c
        query = select(c.source, c.type, c.sealed, c.digest).where(c.erased.is_not(None))
        assert set(connection.execute(query)) == {(TRUST, "Condition", b"", bytes(16))}


def test_what_was_erased_opens_from_no_free_page(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    with db.read(sender.engine) as connection:
        old = keyring.data_keys_of(connection, connection.scalars(select(data_keys.c.subject)).all())
    before = set(opens_with(sender, old))
    ask(sign_in(staff()), asha)
    decide(sign_in(PRIYA))
    assert before - set(opens_with(sender, old)) == {"7", "c2"}, "the trust's other entries have a new key"


def test_it_does_not_come_back_however_it_is_sent(erased: FlaskClient, asha: UUID, sender: Sender) -> None:
    again = [condition("c2", of="7", words="Asthma, mild"), condition("c2", of="7", words="Asthma, CanaryNew")]
    for n, line in enumerate([*again, *again]):
        told = sender.send(TRUST, line)
        assert (told["stored"], told["updated"], told["quarantined"]) == (0, 0, 1), n
    sender.send(TRUST, bundle(deletion("Condition/c2")))
    assert sender.count("quarantine", "reason = 'erased'") == 1
    assert "Condition/c2" not in words(erased.get(f"/patients/{asha}"))
    told = sender.send(TRUST, condition("c9", of="7", words="Gout, acute"), condition("c10", of="7", words="Eczema"))
    assert (told["stored"], told["updated"], told["quarantined"]) == (1, 1, 0)
    assert "Eczema" in words(erased.get(f"/patients/{asha}"))
    statements.renew(sender.engine)
    generations.change(sender.engine, keyring.NAMES)
    assert sender.send(TRUST, again[0])["quarantined"] == 1, "its name is known under new keys too"


def test_a_second_person_decides(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    ask(sign_in(staff(name="Nair, Priya")), asha)
    officer = sign_in(PRIYA)
    assert "Decision:" not in decide(officer)
    assert "CanaryWords" in decide(sign_in(PrivacyOfficer("https://id.example", "tom", "Tom Ash", "")))
    assert sender.count("statements", "erased IS NOT NULL") == 1
    [order] = erasures.listed(sender.engine, PRIYA)
    assert (order.decision, order.entries, order.decided_by["name"]) == (APPROVED, 1, "Tom Ash")


def test_what_is_refused_stays(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    ask(sign_in(staff()), asha)
    assert "Decision: refused" in decide(sign_in(PRIYA), decision="refused")
    assert sender.count("statements", "erased IS NOT NULL") == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "Condition/c1"}, "no entry of that name from that source"),
        ({"name": "Patient/7"}, "are erased with everything"),
        ({"words": " "}, "Say what the privacy officer should know"),
        ({"reason": "because"}, "Choose why"),
        ({"scope": ""}, "Choose how much is to be erased"),
    ],
)
def test_an_order_names_what_its_reader_sees_and_says_why(
    sign_in: SignIn, asha: UUID, sender: Sender, fields: dict[str, str], said: str
) -> None:
    assert said in ask(sign_in(staff()), asha, **fields)
    assert sender.count("erasures") == 0


def test_only_a_privacy_officer_decides(sign_in: SignIn, asha: UUID) -> None:
    ask(sign_in(staff()), asha)
    assert sign_in(staff()).get("/erasures").status_code == 403
    assert sign_in(PRIYA).get(f"/patients/{asha}/erasure").status_code == 403


def test_all_that_a_source_holds_of_a_person_goes_and_its_key_with_it(
    sign_in: SignIn, asha: UUID, sender: Sender
) -> None:
    sender.send(TRUST, patient("8", BEN, name=[{"family": "Otieno", "given": ["Ben"]}], birthDate="1971-02-03"))
    doctor = sign_in(staff())
    ask(doctor, asha, scope="everything", reason="unlawful")
    assert "Versions and entries erased: 2" in decide(sign_in(PRIYA))
    page = words(doctor.get(f"/patients/{asha}"))
    assert "It should not have been recorded or shared" in page and "Asthma" in page
    with db.read(sender.engine) as connection:
        named = source_patients.c.name == keyring.keys_of(connection).name(TRUST, "7")
        subject = connection.scalar(select(source_patients.c.id).where(named))
        assert keyring.data_keys_of(connection, [subject]) == {}
        number = parse(ASHA)
        assert number and all_by_number(connection, number) == [asha], "the practice still knows her"
    assert sender.count("tokens", f"source_patient_id = {subject}") == 0
    assert sender.count("facts", f"source_patient_id = {subject} AND kind = 'registered'") == 0
    told = sender.send(
        TRUST, patient("7"), condition("c2", of="7"), condition("new", of="7", words="Gout"), patient("9")
    )
    assert (told["stored"], told["quarantined"]) == (1, 3), "nothing of it is taken, and other people are"
    sender.send(GP, patient("1", gender="male"))
    assert sender.person_of(TRUST, "7") == sender.person_of(TRUST, "9") == asha
    assert "It should not have been" in words(doctor.get(f"/patients/{asha}"))
    assert audit.verify(sender.engine)[1] is None
    statements.renew(sender.engine)
    for kind in (keyring.TOKENS, keyring.NAMES, keyring.WORDS):
        generations.change(sender.engine, kind)
    assert sender.send(TRUST, condition("new", of="7", words="Gout"))["quarantined"] == 1
    assert "It should not have been" in words(doctor.get(f"/patients/{asha}"))


def test_a_person_of_whom_all_is_erased_is_found_by_nobody(sign_in: SignIn, asha: UUID, sender: Sender) -> None:
    doctor, officer = sign_in(staff()), sign_in(PRIYA)
    for source, name in ((TRUST, "Condition/c2"), (GP, "Condition/c1")):
        ask(doctor, asha, source=source, name=name, scope="everything", reason="ordered")
    decide(officer)
    decide(officer)
    number = parse(ASHA)
    with db.read(sender.engine) as connection:
        assert number and all_by_number(connection, number) == []
    assert doctor.get(f"/patients/{asha}").status_code == 403, "nobody cares for them any more"
    assert sender.count("data_keys", "destroyed_at IS NOT NULL") == 2
