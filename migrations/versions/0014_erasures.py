"""Something is erased by order: what was ordered, and what says so in the record."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("statements", sa.Column("erased", sa.Text()))
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("decision", sa.String(20)),
        sa.Column("decision_words", sa.LargeBinary()),
        sa.Column("decided_by", sa.LargeBinary()),
        sa.Column("decided_at", moment),
        sa.Column("entries", sa.Integer()),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_erasures_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
