"""A statement: one version of one resource, as its source said it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Raw, Struct
from msgspec.structs import force_setattr

from fhir.exact import decode, decoder

Resource = Mapping[str, Any]


class Head(Struct, frozen=True, gc=False):
    """What is read of every statement: of ten thousand most are counted, not opened, and nothing else ever is.

    `code` and `category` are the bytes sent: the same few come again and again.
    """

    status: Any = None
    clinicalStatus: Any = None
    verificationStatus: Any = None
    lifecycleStatus: Any = None
    docStatus: Any = None
    implicitRules: Any = None
    identifier: Any = None
    code: Raw = Raw()
    category: Raw = Raw()
    focus: Any = None
    effectiveDateTime: Any = None
    effectiveInstant: Any = None
    effectivePeriod: Any = None
    issued: Any = None
    extension: Any = None


_head_of = decoder(Head).decode


class Statement(Struct, frozen=True, eq=False, gc=False):
    """What one source said at one time. `body` is the resource as its bytes; None where the source deleted it.

    A Struct is a frozen dataclass that is made in a tenth of the time; a record may have ten thousand.

    `context` maps a reference as written in the resource ("Medication/7", "urn:uuid:…") to the
    organisation, person, place or medicine that the same source sent for it.

    Of one that was read before, `gist` is what was read, and its `body` stays closed until somebody asks for the
    `resource`: then `opening` opens it (`fhir.gist`).

    `erased` says when and why its bytes were erased by order.

    Of a person whose whereabouts are protected `left_out` says that a detail is missing here, and `home` is the
    section where the words that are left out put it (`fhir.whereabouts`).
    """

    id: int
    source: str
    type: str
    local_id: str
    body: bytes | None
    received_at: datetime
    irregular: tuple[str, ...] = ()
    context: Mapping[str, Resource] = {}
    left_out: bool = False
    home: str = ""
    head: Head = Head()
    gist: Any = None
    opening: "Callable[[Statement], None] | None" = None
    erased: str = ""
    _resource: Resource | None = None

    def __post_init__(self) -> None:
        if self.body is not None:
            force_setattr(self, "head", _head_of(self.body))

    @property
    def key(self) -> tuple[str, str, str]:
        """Names the resource within the region; stable across versions and arrivals."""
        return (self.source, self.type, self.local_id)

    @property
    def resource(self) -> Resource | None:
        """The whole resource, read when it is first asked for; None where the source deleted it."""
        if self.body is None and self.opening is not None:
            self.opening(self)
        if self._resource is None and self.body is not None:
            force_setattr(self, "_resource", decode(self.body))
        return self._resource

    def lacks(self, name: bytes) -> bool:
        """Whether an element of this name is certainly nowhere in it. A name can be spelled otherwise with escapes."""
        if self.body is None:
            return self.opening is None
        return name not in self.body and b"\\" not in self.body

    @property
    def identifiers(self) -> list[Any]:
        """Its business identifiers, as sent."""
        found = self.gist.identifiers if self.gist else self.head.identifier
        return found if isinstance(found, list) else []

    def element(self, name: str) -> Any:
        """One element as sent; None where there is none. Some are at hand in a gist."""
        if self.gist and name in self.gist.at_hand:
            return self.gist.elements.get(name)
        return (self.resource or {}).get(name)

    def open_as(self, read: "Statement") -> None:
        """Take the bytes of the same statement, read in full."""
        force_setattr(self, "context", read.context)
        force_setattr(self, "head", read.head)
        force_setattr(self, "body", read.body)
