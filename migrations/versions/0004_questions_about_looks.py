"""What people ask about looks at their record; and what the policy asks of facts, found without those it does not."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "look_questions",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("about_seq", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_by", sa.Text()),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_look_questions")),
        sa.ForeignKeyConstraint(["seq"], ["audit_events.seq"], name=op.f("fk_look_questions_seq")),
        sa.ForeignKeyConstraint(["about_seq"], ["audit_events.seq"], name=op.f("fk_look_questions_about_seq")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_look_questions_patient_id")),
    )
    op.create_index(op.f("ix_look_questions_patient_id"), "look_questions", ["patient_id"])
    op.create_index(op.f("ix_facts_source_patient_id_kind"), "facts", ["source_patient_id", "kind"])
