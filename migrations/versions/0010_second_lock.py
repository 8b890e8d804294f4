"""PostgreSQL shows a role that owns nothing only the statements that a transaction has opened."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SET = "(SELECT unnest(string_to_array(current_setting('tributary.{}', true), ' ')))"
_SUBJECTS = "(SELECT unnest(string_to_array(current_setting('tributary.subjects', true), ' '))::bigint)"
_ONE = "(SELECT current_setting('tributary.{}', true))"
_HIDDEN = "SELECT f.statement_id FROM facts f WHERE f.source_patient_id IN {} AND f.kind IN {}".format(  # noqa: S608
    _SUBJECTS, _SET.format("hides")
)


def upgrade() -> None:
    """Each inner question is about the transaction, not the row, so that it is asked once and not for every row."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE statements ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_feed ON statements FOR SELECT USING (source = {_ONE.format('feed')})")
    op.execute(
        "CREATE POLICY look ON statements FOR SELECT USING ("
        f"(subject = 0 AND {_ONE.format('subjects')} <> '')"
        f" OR (subject IN {_SUBJECTS} AND source || '/' || type IN {_SET.format('shown')}"
        f" AND (source = {_ONE.format('own')} OR id NOT IN ({_HIDDEN}))))"
    )
    op.execute("CREATE POLICY keep ON statements FOR INSERT WITH CHECK (true)")
    op.execute("CREATE POLICY supersede ON statements FOR UPDATE USING (true)")
    op.execute("ALTER TABLE gists ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY look ON gists USING (subject IN {_SUBJECTS})")
