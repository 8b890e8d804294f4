"""Rows exactly as they are kept: for whoever must see that one was changed, also into what no row can hold."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, String, Table, Uuid, select, type_coerce
from sqlalchemy.exc import OperationalError

from app.db import Moment


class Unreadable(Exception):
    """A row holds what no row can."""


def kept(connection: Connection, table: Table) -> Select[Any]:
    """The rows of a table; on SQLite also how moments and people's keys are spelled there.

    It finds by the spelling: a row whose spelling was changed says the same, and is not found any more.
    """
    spelled = [c for c in table.c if isinstance(c.type, Moment | Uuid)]
    if connection.dialect.name != "sqlite":
        spelled = []
    return select(table, *(type_coerce(c, String).label(f"{c.name}_kept") for c in spelled))


def well_spelled(row: Mapping[str, Any]) -> bool:
    """Whether `at` and `patient_id` are spelled as they were written."""
    at, whose = row.get("at_kept"), row.get("patient_id_kept")
    return (at is None or at == row["at"].replace(tzinfo=None).isoformat(" ", "microseconds")) and (
        whose is None or whose == row["patient_id"].hex
    )


def first_rows(connection: Connection, query: Select[Any], most: int) -> list[dict[str, Any]]:
    """The first rows, fewer where one of them cannot be read; raises Unreadable where that is the first."""
    try:
        return [dict(row) for row in connection.execute(query.limit(most)).mappings()]
    except (ValueError, TypeError, OperationalError) as error:
        if isinstance(error, OperationalError) and "decode" not in str(error.orig):
            raise  # a lock, or a disk
        if most == 1:
            raise Unreadable from None
        return first_rows(connection, query, most // 2)
