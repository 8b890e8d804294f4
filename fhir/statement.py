"""A statement: one version of one resource, as its source said it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

Resource = Mapping[str, Any]


class Statement(Struct, frozen=True, gc=False):
    """What one source said at one time. `resource` is None where the source deleted it.

    A Struct is a frozen dataclass that is made in a tenth of the time; a record may have ten thousand.

    `context` maps a reference as written in the resource ("Medication/7", "urn:uuid:…") to the
    organisation, person, place or medicine that the same source sent for it.
    """

    id: int
    source: str
    type: str
    local_id: str
    resource: Resource | None
    received_at: datetime
    irregular: tuple[str, ...] = ()
    context: Mapping[str, Resource] = {}

    @property
    def key(self) -> tuple[str, str, str]:
        """Names the resource within the region; stable across versions and arrivals."""
        return (self.source, self.type, self.local_id)
