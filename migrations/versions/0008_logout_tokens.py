"""Sessions are found by the provider's own name of them, and its word that one is over is taken once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "logout_tokens",
        sa.Column("jti", sa.LargeBinary(32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_logout_tokens")),
    )
    op.create_index(op.f("ix_sessions_iss_idp_sid"), "sessions", ["iss", "idp_sid"])
