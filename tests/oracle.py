"""The canary oracle: requests of everybody to everywhere, each compared with a second policy and with the audit."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import audit, db, statements
from app.access import sessions
from app.access.sessions import SignIn
from app.access.users import Clinician, PatientUser, User
from app.keyring import data_keys_of
from app.portal.joining import welcome
from app.tables import audit_events
from app.tables import statements as table
from fhir.record import SECTIONS
from tests.feeding import Sender
from tests.oracle_world import REASONS, Person, Thing, build, may_find, may_open, may_see, users

CANARY = re.compile(r"Zq\d{6}z")
CODES = [*(module.CODE for module in SECTIONS), "withdrawn", "not-interpretable", "nonsense"]
NEVER = frozenset({"/logout", "/login", "/login/again"})
"""What would end the session that asks."""


@dataclass
class Visitor:
    """Somebody signed in, and the reasons that their session has given."""

    user: User
    browser: FlaskClient
    csrf: str
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass
class Oracle:
    """What was asked, what was shown, and every difference from the second policy or the audit."""

    app: Flask
    sender: Sender
    chance: Random
    people: tuple[Person, ...] = ()
    visitors: list[Visitor] = field(default_factory=list)
    ids: dict[str, UUID] = field(default_factory=dict)
    held: dict[str, tuple[Person, Thing | None, int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    last_seq: int = 0

    def begin(self) -> "Oracle":
        """Send everything, sign everybody in."""
        self.people = build(self.sender)
        for person in self.people:
            thing = person.things[0]
            found = self.sender.person_of(thing.source, thing.local_id)
            assert found, person.name
            self.ids[person.name] = found
        numbers = self._numbers()
        for person in self.people:
            for thing in person.things:
                self.held[thing.canary] = (person, thing, numbers[thing.canary])
            self.held |= {place: (person, None, numbers[place]) for place in person.whereabouts}
        for user in users(self.people):
            if isinstance(user, PatientUser):
                self._join(user)
            self.visitors.append(self._sign_in(user))
        self.last_seq = self._rows_since(0)[1]
        return self

    def _numbers(self) -> dict[str, int]:
        """The statement that holds each canary, as the owner of the database reads it."""
        found = {}
        with db.read(self.sender.engine) as connection:
            rows = connection.execute(select(table.c.id, table.c.subject, table.c.codec, table.c.sealed)).all()
            keys = data_keys_of(connection, {row.subject for row in rows})
            for number, subject, codec, sealed in rows:
                body = statements.unseal(keys[subject], subject, number, codec, sealed)[3] or b""
                found.update(dict.fromkeys(CANARY.findall(body.decode()), number))
        return found

    def _join(self, user: PatientUser) -> None:
        person = next(one for one in self.people if one.name == user.subject)
        claims = {"nhs_number": person.number, "birthdate": "1960-05-01", "family_name": person.family}
        welcome(self.sender.engine, user, claims | {"identity_proofing_level": "P9"})

    def _sign_in(self, user: User) -> Visitor:
        pending = sessions.begin(self.sender.engine)
        who = SignIn(user, "staff", "")
        cookie = sessions.sign_in(
            self.sender.engine, who, instead_of=sessions.hash_of(pending), lasts=timedelta(hours=12)
        )
        browser = self.app.test_client()
        browser.set_cookie("sid", cookie)
        session = sessions.load(self.sender.engine, cookie)
        assert session
        return Visitor(user, browser, session.csrf)

    # -------------------------------------------------------------- one request
    def ask(self) -> None:
        """One request of somebody to somewhere, with something; then everything about its answer."""
        visitor, chance = self.chance.choice(self.visitors), self.chance
        person = chance.choice(self.people)
        method, path = self._address(person)
        headers = {"HX-Request": "true"} if chance.random() < 0.2 else {}
        form: dict[str, str] = {}
        if method == "POST":
            form = self._form(visitor, person)
            answer = visitor.browser.post(path, data=form, headers=headers)
        else:
            answer = visitor.browser.get(path, headers=headers)
        gave = (method, path, answer.status_code) == ("POST", f"/patients/{self.ids[person.name]}/open", 303)
        if gave and "asked" in form and form["reason"] in REASONS and isinstance(visitor.user, Clinician):
            visitor.reasons[person.name] = form["reason"]
        self._judge(visitor, method, path, answer.status_code, answer.get_data(as_text=True) + str(answer.headers))

    def _address(self, person: Person) -> tuple[str, str]:
        chance = self.chance
        if chance.random() < 0.1:
            return "GET", f"/patients/{self.ids[person.name]}/sections/problems"
        rules = [rule for rule in self.app.url_map.iter_rules() if rule.rule not in NEVER and "/auth/" not in rule.rule]
        rule = chance.choice(
            [one for one in rules if "patient_id" in one.arguments] if chance.random() < 0.6 else rules
        )
        method = chance.choice(sorted((rule.methods or set()) & {"GET", "POST"}) or ["GET"])
        path = re.sub(r"<([^>]+)>", lambda match: self._value(match[1], person), rule.rule)
        if method == "GET" and chance.random() < 0.2:
            path += chance.choice(("?from=20", "?asAt=2099-01-01", "?q=Zq", "?of=1", "?then=//evil", "?older=1"))
        return method, path

    def _value(self, argument: str, person: Person) -> str:
        chance = self.chance
        if argument.startswith("uuid:"):
            own = str(self.ids[person.name])
            return own if chance.random() < 0.9 else str(UUID(int=chance.getrandbits(128)))
        if argument.startswith("int:"):
            return str(chance.randrange(1, max(2, self.last_seq)))
        if argument == "code":
            return str(chance.choice(CODES))
        return chance.choice(("1", "basics", "00000000-0000-0000-0000-000000000000-1", "rows.csv"))

    def _form(self, visitor: Visitor, person: Person) -> dict[str, str]:
        chance = self.chance
        form = {"csrf": visitor.csrf, "reason": chance.choice([*sorted(REASONS), "", "nonsense"]), "words": "Fell",
                "q": chance.choice(("Zq", "Thing", "Kim", "")), "section": "problems", "then": ""}  # fmt: skip
        if chance.random() < 0.8:
            form["asked"] = "yes"
        if chance.random() < 0.5:
            form |= {"nhs_number": person.number, "by": "number"}
        else:
            form |= {"family": person.family, "birth": "1960-05-01", "given": "Kim", "postcode": "TB1 2AB"}
        return form

    # -------------------------------------------------------------- what came of it
    def _judge(self, visitor: Visitor, method: str, path: str, status: int, text: str) -> None:
        shown = set(CANARY.findall(text))
        audited, self.last_seq = self._rows_since(self.last_seq)
        where = f"{visitor.user.role_name} {visitor.user.subject} {method} {path} {status} {visitor.reasons}"
        self.counts["requests"] += 1
        self.counts["shown"] += len(shown)
        if status >= 500:
            self.wrong.append(f"failed: {where}")
        for one in shown:
            person, thing, number = self.held[one]
            if number not in audited:
                self.wrong.append(f"not audited: {thing} in {where}")
            if not self._may(visitor, path, person, thing):
                self.wrong.append(f"foreign: {thing or person.name} in {where}")
        if method == "GET" and status == 200:
            self._is_whole(visitor, path, shown)

    def _may(self, visitor: Visitor, path: str, person: Person, thing: Thing | None) -> bool:
        if thing is None:
            return False
        user, reason = visitor.user, visitor.reasons.get(person.name, "")
        is_here = f"/patients/{self.ids[person.name]}" in path or path.startswith("/my")
        if is_here and may_see(user, person, thing, reason):
            return True
        return (is_here or path.partition("?")[0] == "/patients") and may_find(user, person, thing)

    def _is_whole(self, visitor: Visitor, path: str, shown: set[str]) -> None:
        """A section's own page shows all that the second policy shows, so that hiding everything is no way to pass."""
        for person in self.people:
            if path == f"/patients/{self.ids[person.name]}/sections/problems" and person.name != "full":
                reason = visitor.reasons.get(person.name, "")
                due = {one.canary for one in person.things
                       if one.type == "Condition" and may_see(visitor.user, person, one, reason)}  # fmt: skip
                self.counts["whole"] += 1
                if not may_open(visitor.user, person, reason):
                    self.wrong.append(f"opened: {visitor.user.subject} {path}")
                if due - shown:
                    self.wrong.append(f"missing: {sorted(due - shown)[:3]} for {visitor.user.subject} in {path}")

    def _rows_since(self, seq: int) -> tuple[set[int], int]:
        """The items of every row that this request wrote, and the last row's number."""
        c = audit_events.c
        with db.read(self.sender.engine) as connection:
            rows = connection.execute(select(c.seq, c["items"]).where(c.seq > seq).order_by(c.seq)).all()
        found = {number for row in rows if row.items for number in audit.unpack(row.items)}
        return found, rows[-1].seq if rows else seq


def asked(oracle: Oracle, times: int) -> Iterator[int]:
    """Ask so many times; gives how often it was asked, every now and then."""
    for n in range(1, times + 1):
        oracle.ask()
        if n % 1_000 == 0 or n == times:
            yield n
