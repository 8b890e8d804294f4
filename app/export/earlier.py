"""What released measures rest on, exactly, so that no later table tells a few people apart from an earlier one."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, insert, select

from app import db
from app.export.suppress import Cells
from app.use_tables import measure_tables, releases

GONE = ("refused", "failed")


def keep(connection: Connection, release_id: UUID, tables: Iterable[Mapping[str, Any]]) -> None:
    """Keep the exact cells of a release, in the caller's transaction."""
    rows = [{**one, "cells": json.dumps(one["cells"]), "release_id": release_id} for one in tables]
    if rows:
        connection.execute(insert(measure_tables), rows)


def earlier_tables(engine: Engine, measure: str) -> list[Cells]:
    """The cells of every release of a measure that left, or still may."""
    c = measure_tables.c
    query = select(c.cells).join(releases, releases.c.id == c.release_id)
    with db.read(engine) as connection:
        rows = connection.scalars(query.where(c.measure == measure, releases.c.state.not_in(GONE)))
        return [{name: (cell[0], cell[1]) for name, cell in json.loads(row).items()} for row in rows]
