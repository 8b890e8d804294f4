"""What the vault keeps: a database of its own, that nothing but the vault reads."""

from sqlalchemy import Column, Integer, MetaData, PrimaryKeyConstraint, String, Table, UniqueConstraint, Uuid

from app.db import Bytes, Moment
from app.tables import metadata as of_the_record

metadata = MetaData(naming_convention=of_the_record.naming_convention)

epochs = Table(
    "epochs",
    metadata,
    Column("project_id", Uuid, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    PrimaryKeyConstraint("project_id", "epoch"),
)
pseudonyms = Table(
    "pseudonyms",
    metadata,
    Column("project_id", Uuid, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("pseudonym", String(28), nullable=False),
    Column("forward", Bytes(32), nullable=False),
    Column("sealed", Bytes(64), nullable=False),
    PrimaryKeyConstraint("project_id", "epoch", "pseudonym"),
    UniqueConstraint("project_id", "epoch", "forward"),
)
