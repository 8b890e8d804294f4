"""A site with a small synthetic region, and a general practitioner who is signed in there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import create_app, demo
from app.access import sessions
from app.access.shapes import user_from
from app.access.users import Clinician, PatientUser, User
from app.access.views import PatientSignIn
from app.settings import IdentityProvider, Settings
from app.synth.providers import PRACTICES
from app.tables import links, statements


@dataclass(frozen=True)
class Clinic:
    """`own` are the people whose record she may read, the fullest first; for `strangers` she must say why."""

    app: Flask
    cookie: str
    own: tuple[str, ...]
    strangers: tuple[str, ...]

    def client(self) -> FlaskClient:
        """Her browser, without scripts."""
        made = self.app.test_client()
        made.set_cookie("sid", self.cookie)
        return made

    @property
    def csrf(self) -> str:
        """The word that her forms must bring."""
        session = sessions.load(self.app.extensions["engine"], self.cookie)
        assert session
        return session.csrf


@contextmanager
def clinic(home: Path, *, people: int) -> Iterator[Clinic]:
    """Made in the folder `home`, as `flask demo` makes it."""
    settings = Settings.from_env({"ENVIRONMENT": "demo", "DEMO_HOME": str(home)})
    app = create_app(settings)
    engine = app.extensions["engine"]
    demo.prepare(engine, settings, people, 3, lambda words: None)
    first = Clinic(app, cookie_of(app, grace()), (), ())
    everyone = _everyone(app)
    client = first.client()
    own = tuple(one for one in everyone if client.get(f"/patients/{one}").status_code == 200)
    yield Clinic(app, first.cookie, own, tuple(one for one in everyone if one not in own))
    engine.dispose()


def grace() -> Clinician:
    """A doctor at the demo's first practice."""
    practice = PRACTICES[0]
    return Clinician(
        issuer="https://id.example",
        subject="1",
        name="Dr Grace Hall",
        session="",
        org=practice.ods,
        org_name=practice.name,
        role="General practitioner",
    )


def cookie_of(app: Flask, user: User, door: str = "staff") -> str:
    """The cookie of a browser in which this person has signed in."""
    engine = app.extensions["engine"]
    pending = sessions.hash_of(sessions.begin(engine))
    return sessions.sign_in(engine, sessions.SignIn(user, door, ""), instead_of=pending, lasts=timedelta(hours=1))


def patient_cookie(app: Flask) -> str:
    """The demo's first patient, signed in and linked to their record."""
    told = next(user.claims for user in demo.users(lambda _: "") if user.username == "patient")
    user = user_from(told, IdentityProvider("patient", "https://id.example", "", "patient", ""))
    check: PatientSignIn = app.extensions["patient_sign_in"]
    check(cast(PatientUser, user), told)
    return cookie_of(app, user, "patient")


def _everyone(app: Flask) -> list[str]:
    query = (
        select(links.c.patient_id, func.count())
        .join(statements, statements.c.subject == links.c.source_patient_id)
        .where(links.c.until.is_(None))
        .group_by(links.c.patient_id)
        .order_by(func.count().desc(), links.c.patient_id)
    )
    with app.extensions["engine"].connect() as connection:
        return [str(patient) for patient, _ in connection.execute(query)]
