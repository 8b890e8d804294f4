"""What one statement says, read for one section of the record."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import force_setattr

from fhir.codes import Code
from fhir.dates import FhirDate
from fhir.statement import Statement

Said = Mapping[str, str] | Callable[[Statement], Mapping[str, str]]
"""Values by name, or how to read them."""
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Item(Struct, frozen=True, gc=False):
    """What one statement says, read for one section.

    `text` is the source's own words; `fields` are its other values by name, exactly as sent, in the order shown:
    `said` has them, or is how to read them when somebody looks (of ten thousand results most are counted, not opened).
    `past` is True for what is over (resolved, stopped, finished); `absent` for a statement that there is none
    ("No known allergies"), `empty` for one that nothing is known either way ("No information available").
    `group` keeps items of one thing over time beside each other (the test of a result).
    """

    statement: Statement
    text: str
    codes: tuple[Code, ...] = ()
    status: str = ""
    when: FhirDate | None = None
    said: Said = {}
    past: bool = False
    absent: bool = False
    group: str = ""
    empty: bool = False

    @property
    def fields(self) -> Mapping[str, str]:
        """Its other values."""
        if callable(self.said):
            force_setattr(self, "said", self.said(self.statement))
        return self.said  # type: ignore[return-value]

    @property
    def source(self) -> str:
        """Who said it."""
        return self.statement.source

    @property
    def order(self) -> tuple[datetime, tuple[str, str, str]]:
        """Oldest first, undated before dated; a tie is broken by the resource's own name, never by arrival."""
        said = self.statement
        return (self.when.start if self.when else LONG_AGO, (said.source, said.type, said.local_id))
