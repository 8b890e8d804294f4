"""Who is in no export: opt-outs come first, and where they cannot be known nothing leaves at all.

National data opt-out: a list that an operator loads, with what it says stated (who opted out, or who may be used) and
how long it is valid. Type 1: a code in the general practice record. Objection: a refusal that any source holds.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, exists, insert, or_, select

from app import clock, counters, db
from app.access.facts import Kind
from app.errors import BadUsage, NotReady
from app.identity.matching import NUMBER
from app.identity.store import in_chunks
from app.keyring import keys_of
from app.projects import Project
from app.tables import facts, links, patients, tokens
from app.use_tables import opt_out_lists, opt_outs
from fhir.nhs_number import NHSNumber, parse

NATIONAL = "national"
OPTED_OUT, MAY_USE = "opted-out", "may-use"
POLARITIES = (OPTED_OUT, MAY_USE)
COLUMN = "nhs_number"
MOST_LINES_NAMED = 20


def load(engine: Engine, path: Path, polarity: str, valid_until: date) -> int:
    """Keep a list of the national data opt-out in place of the one before; how many numbers it has.

    Raises BadUsage for one that is empty, cannot be read or is wrong in any line: half a list would let people through.
    """
    if polarity not in POLARITIES:
        raise BadUsage("--polarity must be opted-out or may-use")
    if valid_until < clock.today():
        raise BadUsage("--valid-until is past: load a list that is still valid")
    content = _content(path)
    numbers = read_list(content)
    with db.write(engine) as connection:
        counters.wait_turn(connection)  # no key is changed meanwhile
        keys = keys_of(connection)
        hashed = {one for number in numbers for one in keys.tokens(keys.first_token(NUMBER, number.value))}
        row = {"kind": NATIONAL, "polarity": polarity, "entries": len(numbers), "digest": sha256(content).digest()}
        made = insert(opt_out_lists).values(**row, loaded_at=clock.now(), valid_until=valid_until)
        number = connection.execute(made).inserted_primary_key[0]  # type: ignore[index]
        connection.execute(delete(opt_outs))
        for chunk in in_chunks(sorted(hashed)):
            rows = [{"list_id": number, "generation": generation, "token": token} for generation, token in chunk]
            connection.execute(insert(opt_outs), rows)
    return len(numbers)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise BadUsage("the list cannot be read: nothing was changed") from None


def read_list(content: bytes) -> set[NHSNumber]:
    """The numbers of a list: one a line, or the column nhs_number of a CSV. Names wrong lines, never what they hold."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadUsage("the list is not text in UTF-8: nothing was changed") from None
    told = [(n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip(" ,\t")]
    column, first = _column(told[0][1] if told else "")
    found: set[NHSNumber] = set()
    wrong: list[int] = []
    for n, line in told[first:]:
        number = _number(line, column)
        found.update([number] if number else [])
        wrong += [] if number else [n]
    if wrong:
        raise BadUsage(f"no valid NHS number in {_named(wrong)}: nothing was changed")
    if not found:
        raise BadUsage("the list is empty: nothing was changed")
    return found


def _column(first_line: str) -> tuple[int | None, int]:
    """Which column holds the number (None: it stands alone), and how many lines come before the first."""
    names = [name.strip(' "').casefold() for name in first_line.split(",")]
    return (names.index(COLUMN), 1) if COLUMN in names else (None, 0)


def _number(line: str, column: int | None) -> NHSNumber | None:
    cells = [cell.strip(' "') for cell in line.split(",")]
    if column is None:
        return parse(cells[0]) if not any(cells[1:]) else None
    return parse(cells[column]) if column < len(cells) else None


def _named(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:MOST_LINES_NAMED]))
    more = len(lines) - MOST_LINES_NAMED
    return ("line " if len(lines) == 1 else "lines ") + shown + (f" and {more} more" if more > 0 else "")


def excluded(connection: Connection, project: Project, today: date) -> set[UUID]:
    """Everyone who must be in no release of this project; raises NotReady where that cannot be known."""
    return set().union(*by_kind(connection, project, today).values())


def by_kind(connection: Connection, project: Project, today: date) -> dict[str, set[UUID]]:
    """The same, by what keeps them out: those kinds that apply to the project."""
    found = {"objection": _people(connection, _current(Kind.DISSENT))}
    if project.type1_applies:
        found["type-1"] = people_of(connection, Kind.TYPE1)
    if project.national_applies:
        found[NATIONAL] = _national(connection, today)
    return found


def newcomers(connection: Connection, moment: datetime) -> set[UUID]:
    """People of whom nothing was known yet at a moment, neither under this Patient nor under another."""
    before = select(links.c.source_patient_id).where(links.c.since <= moment)
    known = (links.c.patient_id == patients.c.id) & links.c.source_patient_id.in_(before)
    return _people(connection, select(patients.c.id).where(patients.c.created_at > moment, ~exists().where(known)))


def valid_list(connection: Connection, today: date) -> tuple[int, str, date]:
    """(id, polarity, last valid day) of the list of the national data opt-out; NotReady where none is valid."""
    c = opt_out_lists.c
    query = select(c.id, c.polarity, c.valid_until).where(c.kind == NATIONAL).order_by(c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotReady("no list of the national data opt-out is loaded: see `flask optouts load`")
    if row.valid_until < today:
        raise NotReady("the list of the national data opt-out is out of date: load a new one")
    return row.id, row.polarity, row.valid_until


def _national(connection: Connection, today: date) -> set[UUID]:
    number, polarity, _ = valid_list(connection, today)
    listed = (
        select(links.c.patient_id)
        .join(tokens, tokens.c.source_patient_id == links.c.source_patient_id)
        .join(opt_outs, opt_outs.c.token == tokens.c.token)
        .where(opt_outs.c.list_id == number, tokens.c.kind == NUMBER, links.c.until.is_(None))
    )
    on_it = _people(connection, listed)
    if polarity == OPTED_OUT:
        return on_it | _people(connection, _without_a_number())
    unlisted = _people(connection, _with_a_number_not_on(number, keys_of(connection).found_by))
    everyone = _people(connection, select(links.c.patient_id).where(links.c.until.is_(None)))
    return (everyone - on_it) | unlisted


def _without_a_number() -> Select[tuple[UUID]]:
    """People whom nobody can look for on a list."""
    own = links.alias()
    numbered = (
        select(own.c.id)
        .join(tokens, tokens.c.source_patient_id == own.c.source_patient_id)
        .where(own.c.patient_id == links.c.patient_id, own.c.until.is_(None), tokens.c.kind == NUMBER)
    )
    return select(links.c.patient_id).where(links.c.until.is_(None), ~numbered.exists())


def _with_a_number_not_on(list_id: int, generation: int) -> Select[tuple[UUID]]:
    """People one of whose numbers is not on a list of those who may be used."""
    on_it = select(opt_outs.c.token).where(opt_outs.c.list_id == list_id, opt_outs.c.token == tokens.c.token)
    return (
        select(links.c.patient_id)
        .join(tokens, tokens.c.source_patient_id == links.c.source_patient_id)
        .where(tokens.c.kind == NUMBER, tokens.c.generation == generation, links.c.until.is_(None), ~on_it.exists())
    )


def people_of(connection: Connection, kind: Kind) -> set[UUID]:
    """Everyone of whom a source says this to the policy, at whatever time."""
    return _people(connection, _with_fact(facts.c.kind == kind.value))


def _current(kind: Kind) -> Select[tuple[UUID]]:
    now, c = clock.now(), facts.c
    begun, lasting = or_(c.starts.is_(None), c.starts <= now), or_(c.ends.is_(None), c.ends > now)
    return _with_fact((c.kind == kind.value) & begun & lasting)


def _with_fact(which: ColumnElement[bool]) -> Select[tuple[UUID]]:
    """People with such a fact, and whoever has the same NHS number: of two records that are not linked, as a birth date
    differs, one may say what the other does not know.
    """
    said = select(facts.c.source_patient_id).where(which)
    other = tokens.alias()
    same = (
        select(other.c.source_patient_id)
        .join(tokens, tokens.c.token == other.c.token)
        .where(tokens.c.kind == NUMBER, other.c.kind == NUMBER, tokens.c.source_patient_id.in_(said))
    )
    theirs = or_(links.c.source_patient_id.in_(said), links.c.source_patient_id.in_(same))
    return select(links.c.patient_id).where(theirs, links.c.until.is_(None))


def _people(connection: Connection, query: Select[tuple[UUID]]) -> set[UUID]:
    return set(connection.scalars(query.distinct()))


def digest_of(people: Collection[UUID]) -> str:
    """What tells one set of people from another without naming any."""
    return sha256(b"".join(_sorted_bytes(people))).hexdigest()


def _sorted_bytes(people: Iterable[UUID]) -> list[bytes]:
    return sorted(one.bytes for one in people)
