"""A role that owns nothing sees in PostgreSQL only what a look opened: the same as the policy says, cell by cell."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from app import clock, db, erasures, generations, serving, statements
from app.access.facts import LABELS, Kind
from app.access.grants import grant, known_with, subjects_and_facts
from app.access.permissions import Permission
from app.access.policy import Asked, decide
from app.access.second_lock import Opening, let_in, open_feed, opening, passes_by
from app.access.users import PrivacyOfficer
from app.errors import BadUsage, NotReady
from app.identity.search import by_number
from app.ingest.delivery import ingest
from app.ingest.feeds import feed_of
from app.keyring import NAMES, TOKENS, WORDS, attach, data_keys_of
from app.portal.store import history
from app.tables import statements as table
from app.viewer.search import Query, find
from fhir.nhs_number import parse
from fhir.record import combine
from tests.accounts import account_of
from tests.app.access.test_hidden_items import CODED, CONSENT, allergy, cleared, labelled, load_list
from tests.feeding import ASHA, COUNCIL, GP, TRUST, URGENT, Sender, clinician, condition, patient
from tests.installation import demo_settings
from tests.postgres import Postgres, as_site

VIEW = Permission.VIEW_RECORD
KINDS: list[tuple[Kind, ...]] = [(), *((kind,) for kind in sorted(LABELS)), (Kind.SEALED, Kind.HIV)]


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """PostgreSQL alone has roles."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def site(engine: Engine, database_url: str, keys_dir: Path) -> Iterator[Engine]:
    """The same database, as the site sees it."""
    made = attach(db.engine_for(as_site(engine, database_url)), keys_dir)
    yield made
    made.dispose()


@pytest.fixture
def asha(sender: Sender) -> UUID:
    """The trust holds a problem and an allergy of every label, and one of each without."""
    load_list(sender, "sensitive-fertility")
    said = [(f"{n}", CODED if own == (Kind.FERTILITY,) else labelled(*own)) for n, own in enumerate(KINDS)]
    sender.send(GP, patient("1"), condition("g1", "1"))
    sender.send(TRUST, patient("7"), *(condition(f"c{n}", "7", **changes) for n, changes in said),
                *(allergy(f"a{n}", "7", **changes) for n, changes in said))  # fmt: skip
    sender.send(GP, patient("2", "9990000026"), condition("g2", "2"))
    found = sender.person_of(TRUST, "7")
    assert found
    return found


def ids_of(sender: Sender) -> dict[int, tuple[str, str, str]]:
    """(source, type, local id) of every statement, as its owner sees them."""
    found = {}
    with db.read(sender.engine) as connection:
        rows = connection.execute(
            select(table.c.id, table.c.subject, table.c.source, table.c.type, table.c.codec, table.c.sealed)
        ).all()
        keys = data_keys_of(connection, {row.subject for row in rows})
        for number, subject, source, type_, codec, sealed in rows:
            found[number] = (source, type_, statements.unseal(keys[subject], subject, number, codec, sealed)[0])
    return found


def test_row_level_security_is_the_policy_and_the_filter_on_every_cell(
    sender: Sender, site: Engine, asha: UUID
) -> None:
    """A3, E6: policy = SQL filter = second lock."""
    known = ids_of(sender)
    labels = {f"{letter}{n}": frozenset(own) for letter in "ca" for n, own in enumerate(KINDS)}
    cells = 0
    for user, reason in product(
        (clinician(GP), cleared(GP), clinician(TRUST), cleared(COUNCIL)), (None, URGENT, CONSENT)
    ):
        with db.read(site) as connection:
            subjects, facts = subjects_and_facts(connection, asha, None)
            decision = decide(user, Asked(VIEW, reason), known_with(connection, facts), clock.now())
            opening(subjects, subjects.values(), decision).on(connection)
            locked = set(connection.scalars(select(table.c.id)))
        if not decision.allowed:
            assert locked == set()
            continue
        filtered = grant(site, user, VIEW, asha, reason=reason).items
        for number, (source, type_, name) in known.items():
            own = name in {"1", "7", "g1"} or name in labels
            policy = own and decision.may_see(source, type_, labels.get(name, frozenset()))
            assert (number in locked, number in filtered) == (policy, policy), (user.org, reason, name)
            cells += 1
    assert cells == 10 * len(known)  # two of the readers must give a reason


def test_without_a_look_nothing_is_there(site: Engine, asha: UUID) -> None:
    with db.read(site) as connection:
        assert connection.scalars(select(table.c.id)).all() == []
    with db.read(site) as connection:
        Opening().on(connection)
        assert connection.scalars(select(table.c.id)).all() == []


def test_what_one_request_opened_the_next_on_the_same_connection_does_not_see(site: Engine, asha: UUID) -> None:
    grant(site, clinician(TRUST), VIEW, asha, reason=URGENT)
    for _ in range(3):
        with db.read(site) as connection:
            assert connection.scalars(select(table.c.id)).all() == []


def test_a_mistake_in_the_filter_shows_nothing_more(
    sender: Sender, site: Engine, asha: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = grant(site, clinician(GP), VIEW, asha)
    everything = frozenset(ids_of(sender))
    object.__setattr__(allowed, "items", everything)
    read = {one.id for one in statements.of_patient(site, allowed)}
    assert read == grant(site, clinician(GP), VIEW, asha).items
    assert len({one.id for one in statements.of_patient(sender.engine, allowed)}) > len(read)


def test_a_feed_sees_what_it_sent_and_nothing_else(site: Engine, asha: UUID) -> None:
    with db.read(site) as connection:
        open_feed(connection, TRUST)
        assert set(connection.scalars(select(table.c.source))) == {TRUST}


def test_people_find_search_read_and_add_behind_the_lock(sender: Sender, site: Engine, asha: UUID) -> None:
    with db.read(site) as connection:
        assert by_number(connection, clinician(GP), parse(ASHA)) == [asha]  # type: ignore[arg-type]
    [found] = find(site, clinician(GP), Query(nhs_number=ASHA)).found
    assert found.patient_id == asha
    account = account_of(Sender(site, sender.folder))
    own = grant(site, account, Permission.VIEW_OWN_RECORD, asha)
    assert history(site, own) == []
    assert {one.source for one in statements.of_patient(site, own)} >= {GP, TRUST}


def test_the_record_of_looks_and_what_is_held_cannot_be_changed_by_the_site(site: Engine, asha: UUID) -> None:
    """C49."""
    for act in ("UPDATE audit_events SET kind = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events",
                "DELETE FROM statements", "ALTER TABLE statements DISABLE ROW LEVEL SECURITY"):  # fmt: skip
        with pytest.raises(DBAPIError), site.begin() as connection:
            connection.execute(text(act))


# ------------------------------------------------------------------ at the start
def test_production_does_not_serve_as_the_owner_or_without_a_list(
    engine: Engine, site: Engine, sender: Sender, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    demo = demo_settings(database_url, tmp_path)
    production = replace(demo, environment="production")
    assert (passes_by(engine), passes_by(site)) == (True, False)
    with pytest.raises(NotReady, match=r"DATABASE_URL.*; no list of sensitive codes"):
        serving.refuse_unready(engine, production)
    with pytest.raises(NotReady, match=r"^not safe to serve: no list"):
        serving.refuse_unready(site, production)
    load_list(sender)
    serving.refuse_unready(site, production)
    serving.refuse_unready(engine, demo)
    assert [record.missing for record in caplog.records] == [serving.OWNER]  # type: ignore[attr-defined]


def test_a_role_that_passes_by_the_lock_is_refused(engine: Engine) -> None:
    with pytest.raises(BadUsage, match="superuser"):
        let_in(engine, "tributary")
    with pytest.raises(BadUsage, match="no such role"):
        let_in(engine, "nobody'; --")


def test_the_site_is_told_that_something_is_left_out_though_it_does_not_see_it(site: Engine, asha: UUID) -> None:
    allowed = grant(site, clinician(GP), VIEW, asha)
    assert allowed.excluded == {"allergies"}
    assert len([one for one in statements.of_patient(site, allowed) if one.type == "AllergyIntolerance"]) == 1


@pytest.mark.parametrize("scope", ["entry", "everything"])
def test_the_site_erases_what_was_ordered_and_all_of_it(site: Engine, asha: UUID, sender: Sender, scope: str) -> None:
    allowed = grant(site, clinician(GP), VIEW, asha)
    record = combine(statements.of_patient(site, allowed), allowed.sources)
    asked = erasures.Asked(TRUST, "Condition/c0", scope, "ordered", "A court said so")
    order = erasures.ask(site, clinician(GP), allowed, record, asked)
    held = {local_id for _, local_id, body in sender.kept() if body}
    erasures.decide(site, PrivacyOfficer("https://id.example", "p1", "Pat Quill", ""), order, "approved", "So be it")
    left = {local_id for _, local_id, body in sender.kept() if body}
    assert held - left == ({"c0"} if scope == "entry" else held - {"1", "g1", "2", "g2"})
    told = ingest(site, feed_of(site, TRUST, is_demo=False), [sent(sender, condition("c0", "7", words="Again"))])
    assert (told["stored"], told["quarantined"]) == (0, 1)
    shown = combine(statements.of_patient(site, grant(site, clinician(GP), VIEW, asha)))
    assert "erased by order" in " ".join(one.reason for one in shown.withdrawn)


def sent(sender: Sender, *lines: dict[str, object]) -> Path:
    path = sender.folder / "again.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_only_the_owner_changes_keys_as_the_site_would_take_the_rest_for_gone(site: Engine, asha: UUID) -> None:
    for kind in (TOKENS, NAMES, WORDS):
        with pytest.raises(BadUsage, match="owner of the tables"):
            generations.change(site, kind)
    with pytest.raises(BadUsage, match="owner of the tables"):
        statements.renew(site)
