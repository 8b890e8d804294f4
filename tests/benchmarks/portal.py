"""How long a patient waits until a reading is kept, when a thousand are sent at once, and until a clinician sees it."""

import csv
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import islice
from random import Random
from threading import Barrier
from urllib.parse import urlencode
from uuid import UUID, uuid4

from sqlalchemy import Engine, select, text

from app import db, plain_dates
from app.access import sessions
from app.access.claims import Refused
from app.access.users import Clinician, PatientUser, User
from app.ingest import feeds
from app.keyring import keys_of
from app.portal.joining import welcome
from app.tables import statements
from fhir.home import PATIENT
from tests.benchmarks.stage import Figure, Stage, percentile
from tests.benchmarks.start import answers, serving

ISSUER, NEW = "https://id.example", "/my/readings/new"
PATIENTS, FEW, SEEN = 50, 8, 40


@dataclass(frozen=True)
class SignedIn:
    """Somebody's cookie and the word of their forms; whose record it is, and the practice that looks after them."""

    cookie: str
    csrf: str
    person: UUID | None = None
    practice: str = ""


@dataclass(frozen=True)
class Sent:
    """One form on its way: who sends it, and what it says."""

    who: SignedIn
    form: dict[str, str]


def figures(stage: Stage) -> Iterator[Figure]:
    """A server as the demo runs it; three in ten forms are sent twice. What is kept is compared with what was sent."""
    for kind in stage.databases:
        with stage.database(kind) as url, _opened(stage, url) as (engine, patients), serving(stage, url) as (port, _):
            while not answers(port):
                time.sleep(0.05)
            params = {"db": kind, "people": stage.people}
            _all_at_once(port, _forms(patients, FEW * 4), FEW)  # what is loaded on first use is loaded
            for at_once in (FEW, stage.submissions):
                forms = _forms(patients, stage.submissions)
                waits = _all_at_once(port, forms, at_once)
                _check(engine, forms)
                more = params | {"at_once": at_once, "sent": len(forms)}
                yield Figure("portal.submit_p95_ms", percentile(waits, 0.95) * 1000, "ms", more)
            seen = [_until_seen(port, engine, who, n) for n, who in enumerate(patients[:SEEN])]
            yield Figure("portal.visible_p95_s", percentile(seen, 0.95), "s", params)


@contextmanager
def _opened(stage: Stage, url: str) -> Iterator[tuple[Engine, list[SignedIn]]]:
    """A region on this database, and patients of it who are signed in."""
    region, engine = stage.region(stage.people), stage.engine(url)
    feeds.load(engine, region / "providers.csv")
    stage.child(url, "ingest_once", "whole", *sorted((region / "day1").iterdir()))
    if engine.dialect.name == "postgresql":  # what it does by itself within minutes
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    with (region / "truth" / "persons.csv").open(newline="", encoding="utf-8") as file:
        people = [row for row in csv.DictReader(file) if row["registered"] == "1" and not row["death"]]
    found = (_patient(engine, row) for row in people)
    yield engine, list(islice((one for one in found if one), PATIENTS))
    engine.dispose()


def _patient(engine: Engine, row: dict[str, str]) -> SignedIn | None:
    """None for one whose practice spells them otherwise."""
    user = PatientUser(ISSUER, row["pid"], "A Patient", "")
    told = {"nhs_number": row["nhs"], "birthdate": row["birth"], "family_name": row["family"]}
    try:
        person = welcome(engine, user, told | {"identity_proofing_level": "P9"})
    except Refused:
        return None
    return _signed_in(engine, user, person, row["practice"])


def _signed_in(engine: Engine, user: User, person: UUID | None = None, practice: str = "") -> SignedIn:
    before = sessions.hash_of(sessions.begin(engine))
    cookie = sessions.sign_in(engine, sessions.SignIn(user, "bench", ""), instead_of=before, lasts=timedelta(hours=1))
    session = sessions.load(engine, cookie)
    if session is None:
        raise RuntimeError("nobody is signed in")
    return SignedIn(cookie, session.csrf, person, practice)


def _forms(patients: Sequence[SignedIn], many: int) -> list[Sent]:
    """So many forms, of which three in ten are others once more, in no order."""
    chance, now = Random(many), datetime.now(UTC)
    forms = [
        Sent(patients[n % len(patients)], _form(patients[n % len(patients)], 110 + n % 60, now - timedelta(minutes=n)))
        for n in range(many * 7 // 10)
    ]
    forms += forms[: many - len(forms)]
    chance.shuffle(forms)
    return forms


def _form(who: SignedIn, upper: int, when: datetime) -> dict[str, str]:
    numbers = {
        "systolic": str(upper),
        "diastolic": "75",
        "pulse": "66",
        "systolic2": str(upper - 2),
        "diastolic2": "74",
    }
    return numbers | {"taken_at": plain_dates.typed(when), "note": "", "key": str(uuid4()), "csrf": who.csrf}


def _all_at_once(port: int, forms: Sequence[Sent], at_once: int) -> list[float]:
    """Seconds until each was acknowledged, with so many under way at any time; each has its own connection."""
    ready = Barrier(min(at_once, len(forms)))

    def sender(own: Sequence[Sent]) -> list[float]:
        with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            connection.connect()
            ready.wait()
            return [_send(connection, one) for one in own]

    shares = [forms[n :: ready.parties] for n in range(ready.parties)]
    with ThreadPoolExecutor(ready.parties) as pool:
        return [wait for own in pool.map(sender, shares) for wait in own]


def _send(connection: HTTPConnection, one: Sent) -> float:
    started = time.perf_counter()
    status, _ = _ask(connection, "POST", NEW, one.who.cookie, urlencode(one.form))
    if status != 303:
        raise RuntimeError(f"a reading was not kept: {status}")
    return time.perf_counter() - started


def _ask(connection: HTTPConnection, method: str, path: str, cookie: str, body: str = "") -> tuple[int, str]:
    headers = {"Cookie": f"sid={cookie}", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def _check(engine: Engine, forms: Sequence[Sent]) -> None:
    """Every form that was acknowledged is held, and none of them twice."""
    query = select(statements.c.key).where(statements.c.source == PATIENT, statements.c.type == "Observation")
    with db.read(engine) as connection:
        name = keys_of(connection).name
        ids = [f"{key}-{n}" for key in {one.form["key"] for one in forms} for n in (1, 2)]
        wanted = sorted(name(PATIENT, "Observation", one) for one in ids)
        held = sorted(key for key in connection.scalars(query) if key in set(wanted))
    if held != wanted:
        raise RuntimeError(f"{len(wanted)} readings were sent and {len(held)} are held")


def _until_seen(port: int, engine: Engine, who: SignedIn, number: int) -> float:
    """Seconds from the answer to the patient until a clinician has a page with that reading."""
    doctor = Clinician(ISSUER, "gp", "Dr Grace Hall", "", who.practice, "The Surgery", "General practitioner")
    cookie = _signed_in(engine, doctor).cookie
    form = _form(who, 120 + number, datetime.now(UTC)) | {"diastolic": "77"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        _send(connection, Sent(who, form))
        started = time.perf_counter()
        while f"{120 + number}/77" not in _ask(connection, "GET", f"/patients/{who.person}", cookie)[1]:
            if time.perf_counter() > started + 30:
                raise RuntimeError("the reading is not on the page")
        return time.perf_counter() - started
