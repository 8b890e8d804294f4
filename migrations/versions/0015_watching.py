"""What the record of looks is watched for: alerts, what was decided on them, and the staff whom it names."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.LargeBinary(16), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.ForeignKeyConstraint(["seq"], ["audit_events.seq"], name=op.f("fk_alerts_seq")),
        sa.UniqueConstraint("once", name=op.f("uq_alerts_once")),
    )
    op.create_index(op.f("ix_alerts_state"), "alerts", ["state"])
    op.create_table(
        "alert_decisions",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_alert_decisions")),
        sa.ForeignKeyConstraint(["seq"], ["audit_events.seq"], name=op.f("fk_alert_decisions_seq")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_decisions_alert_id")),
    )
    op.create_index(op.f("ix_alert_decisions_alert_id"), "alert_decisions", ["alert_id"])
    for table in ("lookers", "staff"):
        op.create_table(
            table,
            sa.Column("actor_key", sa.LargeBinary(16), nullable=False),
            sa.Column("org", sa.String(20), nullable=False),
            sa.Column("words", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("actor_key", "org", name=op.f(f"pk_{table}")),
        )
    op.bulk_insert(sa.table("counters", sa.column("name"), sa.column("value")), [{"name": "looks-watched", "value": 0}])
