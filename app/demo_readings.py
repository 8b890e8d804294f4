"""What the demo's first patient measured at home, and whose account it is on the port of now. All of it is invented."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Engine, insert, select, update

from app import clock, db
from app.access.claims import Claims
from app.access.facts import Kind
from app.access.grants import grant
from app.access.permissions import Permission
from app.access.users import PatientUser
from app.keyring import keys_of
from app.portal import joining, store
from app.portal.forms import Measured
from app.tables import facts, instance, source_patients
from fhir.home import PATIENT

DAYS, UPPER, LOWER, PULSE = 7, 143, 86, 71


def follow(engine: Engine, issuer: str, subjects: tuple[str, ...]) -> bool:
    """Keep the demo's patients' accounts theirs where the sign-in provider moved to another port.

    Whether this is the first start of all. In earnest another issuer is another provider, and its accounts are others.
    """
    with db.write(engine) as connection:
        known = instance.c.name == "issuer"
        before = connection.scalar(select(instance.c.value).where(known))
        if before is None:
            connection.execute(insert(instance).values(name="issuer", value=issuer))
            return True
        connection.execute(update(instance).where(known).values(value=issuer))
        for subject in subjects:
            old, new = (PatientUser(one, subject, "", "").account for one in (before, issuer))
            keys = keys_of(connection)
            theirs = source_patients.c.name.in_(keys.names(PATIENT, old))
            named = {"name": keys.name(PATIENT, new), "generation": keys.generation}
            connection.execute(update(source_patients).where(theirs).values(named))
            own = (facts.c.kind == Kind.SELF) & (facts.c.org == old)
            connection.execute(update(facts).where(own).values(org=new))
    return False


def measure(engine: Engine, issuer: str, claims: Claims) -> None:
    """A week of this patient's blood pressures, morning and evening, the last of them yesterday."""
    user = PatientUser(issuer, claims["sub"], claims["name"], "00")
    person = joining.welcome(engine, user, claims)
    allowed = grant(engine, user, Permission.ADD_OWN_READING, person, route="demo")
    for given in _week(clock.now()):
        store.add(engine, allowed, user.account, None, given, timed=True)


def _week(now: datetime) -> Iterator[tuple[Measured, Measured]]:
    chance = Random(7)  # noqa: S311 - invented values, the same in every demo
    midnight = now.astimezone(clock.LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(DAYS, 0, -1):
        for hour in (8, 20):
            first = midnight - timedelta(days=day) + timedelta(hours=hour, minutes=chance.randrange(40))
            yield _measured(chance, first), _measured(chance, first + timedelta(minutes=2))


def _measured(chance: Random, taken: datetime) -> Measured:
    upper, lower = UPPER + chance.randint(-9, 9), LOWER + chance.randint(-6, 6)
    return Measured(upper, lower, PULSE + chance.randint(-6, 6), taken.astimezone(clock.now().tzinfo))
