"""What was searched or refused is found by who tried, however much else they did."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TRIES = sa.text("outcome = 'refused' OR kind = 'search-patients'")


def upgrade() -> None:
    op.create_index(
        "ix_audit_events_tries", "audit_events", ["actor_key", "seq"], sqlite_where=TRIES, postgresql_where=TRIES
    )
