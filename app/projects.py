"""Uses of data beyond a person's own care: asked for by one person, decided by another, public from then on."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, RowMapping, insert, select, update

from app import audit, clock, db
from app.access.grants import actor
from app.access.permissions import Permission, may
from app.access.users import User
from app.errors import BadUsage, NotAllowed, NotFound
from app.typed import readable
from app.use_tables import projects

DATASET_WORDS = {
    "people": "People: age group, sex, ethnic group, area",
    "problems": "Problems and diagnoses",
    "medicines": "Medicines",
    "observations": "Results and measurements, with those taken at home",
    "measures": "Counted measures by practice, with small numbers hidden",
}
AREA_WORDS = {"deprivation": "How deprived the area is, in ten steps", "practice": "The GP practice"}
DATASETS, AREAS = tuple(DATASET_WORDS), tuple(AREA_WORDS)
"""What a release may tell of where people are: never both (a practice and a small area together name people)."""
LEAST_GROUP = 10
APPROVED, REFUSED = "approved", "refused"


@dataclass(frozen=True)
class Application:
    """What somebody asks for. An opt-out that shall not apply needs `opt_out_reason`, which is public."""

    title: str
    summary: str
    organisation: str
    purpose: str
    legal_basis: str
    agreement: str
    datasets: tuple[str, ...]
    area: str
    expires_on: date
    least_group: int = LEAST_GROUP
    type1_applies: bool = True
    national_applies: bool = True
    opt_out_reason: str = ""
    may_lead_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Project(Application):
    """An application with its number, who made it, and what was decided (`decision` is empty until then)."""

    id: UUID
    applicant: str
    applicant_key: bytes
    applied_at: datetime
    decision: str
    decision_words: str
    decided_by: str
    decided_at: datetime | None

    def is_live(self, today: date) -> bool:
        """Whether data may be asked for and pulled under it on that day."""
        return self.decision == APPROVED and today <= self.expires_on


def apply(engine: Engine, user: User, asked: Application) -> UUID:
    """Keep an application. Raises BadUsage where it asks for what there is not, or does not say why."""
    if not may(user, Permission.USE_EXPORTS):
        raise NotAllowed()
    if problem := _problem(asked):
        raise BadUsage(problem)
    own = actor(user)
    row = asdict(asked) | {"datasets": " ".join(asked.datasets), "id": uuid4(), "applied_at": clock.now()}
    row |= {"applicant": json.dumps(own), "applicant_key": audit.key_of(own)}
    with db.write(engine) as connection:
        connection.execute(insert(projects), row)
    audit.append(engine, audit.Event("project-applied", "done", own, detail={"project": str(row["id"])}))
    return UUID(str(row["id"]))


def _problem(asked: Application) -> str:
    if not asked.datasets or set(asked.datasets) - set(DATASETS):
        return "Choose the data that you need"
    if asked.area not in AREAS:
        return "Choose areas by deprivation or by practice"
    if asked.least_group < LEAST_GROUP:
        return f"Groups must have {LEAST_GROUP} people or more"
    if asked.expires_on <= clock.today():
        return "The project must end on a later day"
    if not (asked.type1_applies and asked.national_applies) and not asked.opt_out_reason.strip():
        return "Say why an opt-out does not apply to this project"
    return ""


LONGEST_WORDS = 2_000


def read_decision(form: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """(decision, its words, the words beside each field that cannot be used) of whatever a second person decides on."""
    decision, words = form.get("decision", ""), readable(form.get("words", "")).strip()
    errors = {} if decision in {APPROVED, REFUSED} else {"decision": "Choose to approve or to refuse"}
    if not words:
        errors["words"] = "Say what the decision rests on"
    elif len(words) > LONGEST_WORDS:
        errors["words"] = f"Use {LONGEST_WORDS:,} characters or fewer"
    return decision, words, errors


def second_person(
    user: User,
    decision: str,
    words: str,
    what: str,
    *asked: str,
    permission: Permission = Permission.DECIDE_ON_DATA_USE,
) -> dict[str, str]:
    """Who decides, as the audit keeps them. `asked` are those who asked, as kept: nobody decides on their own.

    Somebody of the same name counts as the same person, who may have two accounts. Another member then decides.
    """
    if not may(user, permission):
        raise NotAllowed()
    if decision not in {APPROVED, REFUSED}:
        raise BadUsage("Choose to approve or to refuse")
    if not words.strip():
        raise BadUsage("Say what the decision rests on")
    own = actor(user)
    if any(_are_one(own, who(one)) for one in asked):
        raise NotAllowed(f"A second person must decide on this {what}.")
    return own


def _are_one(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    if audit.key_of(one) == audit.key_of(other):
        return True
    names = [sorted(re.findall(r"\w+", person.get("name", "").casefold())) for person in (one, other)]
    return names[0] == names[1]


def decide(engine: Engine, user: User, project_id: UUID, decision: str, words: str) -> None:
    """Approve or refuse an application, once. Nobody decides on their own."""
    own = second_person(user, decision, words, "application", get(engine, project_id).applicant)
    values = {"decision": decision, "decision_words": words.strip(), "decided_by": json.dumps(own)}
    undecided = (projects.c.id == project_id) & projects.c.decision.is_(None)
    with db.write(engine) as connection:
        done = connection.execute(update(projects).where(undecided).values(values | {"decided_at": clock.now()}))
    if not done.rowcount:
        raise BadUsage("This application has been decided already")
    detail = {"project": str(project_id), "decision": decision}
    audit.append(engine, audit.Event("project-decided", "done", own, detail=detail))


def get(engine: Engine, project_id: UUID) -> Project:
    """One project, decided or not; raises NotFound."""
    with db.read(engine) as connection:
        row = connection.execute(select(projects).where(projects.c.id == project_id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _project(row)


def listed(engine: Engine, *, of: User | None = None) -> list[Project]:
    """Every project, the newest first; `of`: only those that this user applied for."""
    query = select(projects).order_by(projects.c.applied_at.desc(), projects.c.id)
    if of is not None:
        query = query.where(projects.c.applicant_key == audit.key_of(actor(of)))
    with db.read(engine) as connection:
        return [_project(row) for row in connection.execute(query).mappings()]


def live(engine: Engine, user: User, project_id: UUID) -> Project:
    """A project under which this user may work today. Raises NotFound for any other, whether there is one or not."""
    own = next((one for one in listed(engine, of=user) if one.id == project_id), None)
    if own is None or not own.is_live(clock.today()):
        raise NotFound()
    return own


def who(written: str) -> Mapping[str, str]:
    """An actor as `applicant` and `decided_by` keep them; empty for nobody."""
    found: dict[str, str] = json.loads(written) if written else {}
    return found


def _project(row: RowMapping) -> Project:
    values: dict[str, Any] = {name: "" if value is None and name in _WORDS else value for name, value in row.items()}
    return Project(**values | {"datasets": tuple(row["datasets"].split())})


_WORDS = frozenset({"decision", "decision_words", "decided_by"})
