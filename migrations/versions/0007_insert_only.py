"""The record of looks is added to, never changed: the database itself refuses everything else."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROWS = {
    "audit_events": "seq = NEW.seq",
    "audit_subjects": "seq = NEW.seq AND source_patient_id = NEW.source_patient_id",
}
REFUSED = "the record of looks is added to, never changed"
FORWARD = "NEW.id = OLD.id AND NEW.seq = OLD.seq + 1 AND NEW.at >= OLD.at"
"""The end of the chain moves on by one row at a time."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    for table, same in ROWS.items():
        for act in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse}")
        # INSERT OR REPLACE takes a row away without telling the trigger of DELETE
        held = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 (our own names)
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {held} {refuse}")
    op.execute(f"CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NOT ({FORWARD}) {refuse}")
    op.execute(f"CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head {refuse}")
    op.execute(f"CREATE TRIGGER audit_head_no_insert BEFORE INSERT ON audit_head {refuse}")


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    refuse = "EXECUTE FUNCTION audit_refuse()"
    for table in ROWS:
        op.execute(
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT {refuse}"
        )
    op.execute(
        f"CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW WHEN (NOT ({FORWARD})) {refuse}"
    )
    op.execute(
        f"CREATE TRIGGER audit_head_only BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT {refuse}"
    )
