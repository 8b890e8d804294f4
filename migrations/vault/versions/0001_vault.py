"""Which pseudonym stands for whom, in which project: readable only by who holds the way back."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "epochs",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "epoch", name=op.f("pk_epochs")),
    )
    op.create_table(
        "pseudonyms",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(28), nullable=False),
        sa.Column("forward", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "epoch", "pseudonym", name=op.f("pk_pseudonyms")),
        sa.UniqueConstraint("project_id", "epoch", "forward", name=op.f("uq_pseudonyms_project_id_epoch_forward")),
    )
