"""Each row that holds hashes says of which generation of key they are, so that the key can be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("source_patients", "tokens", "statements", "aliases", "opt_outs")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("generation", sa.SmallInteger(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.alter_column(table, "generation", server_default=None)
