"""Two accounts that claim one NHS number are held until the privacy officer has decided."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_accounts",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.String(20), nullable=False),
        sa.Column("second", sa.String(20), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.String(20)),
        sa.Column("decided_by", sa.LargeBinary()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_held_accounts")),
        sa.ForeignKeyConstraint(["seq"], ["audit_events.seq"], name=op.f("fk_held_accounts_seq")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_held_accounts_patient_id")),
    )
    op.create_index(op.f("ix_held_accounts_first"), "held_accounts", ["first"])
    op.create_index(op.f("ix_held_accounts_second"), "held_accounts", ["second"])
