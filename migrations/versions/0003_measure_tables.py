"""What released measures rest on, to compare later tables with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measure_tables",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(60), nullable=False),
        sa.Column("definition", sa.String(64), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "measure", name=op.f("pk_measure_tables")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_measure_tables_release_id")),
    )
