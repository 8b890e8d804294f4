"""What the gate hands on: a resource as it lies in the feed, one that was checked, or one reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from msgspec import Struct

from fhir.errors import Reason

DEEPEST = 40
"""How many objects and lists may stand inside one another."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the gate takes. Sizes are bytes, after decompression.

    A Bundle of any size is taken: one larger than `bundle` is never held whole. Inside another it must be smaller.
    """

    resource: int = 16 * 1024 * 1024
    bundle: int = 16 * 1024 * 1024
    entries: int = 100_000
    """Of a Bundle that is held whole."""
    batch: int = 500
    """How many resources make a unit."""
    together: int = 4 * 1024 * 1024
    """How many bytes do."""


class Raw(Struct, frozen=True, gc=False):
    """One resource as it lies in the feed, of which only type and id were read.

    A Struct is a frozen dataclass that is made in a tenth of the time; a feed has hundreds of thousands.
    """

    position: str
    """File, line and entry, such as `bundles.ndjson:3 entry 12`. No personal value."""
    method: str
    """`PUT` (also for POST, and outside a Bundle) or `DELETE`."""
    type: str
    local_id: str
    """What the source calls it. See `fhir.head`."""
    digest: bytes
    """16 bytes over the method, the body and what its references lead to: equal when nothing of it changed."""
    body: bytes
    """Exactly the bytes received; empty for a DELETE."""
    urns: Mapping[str, str]
    """Of its Bundle, `fullUrl` -> `Type/id`; an empty text for a fullUrl that two resources claim.

    Of a resource that points to another server, only its own references: those lead to `references.ELSEWHERE`.
    """
    older: bool = False
    """A newer version of it came before, in the history that this is from."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Something not let in. `words` are for people and hold no value from the data; `body` does."""

    position: str
    reason: Reason
    words: str
    body: bytes
    """All of it; of what is no feed, or too large to hold, the beginning."""
    digest: bytes
    """16 bytes over all of it: what is refused again is known by them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a resource is about, within its source."""

    kind: Literal["local", "identifier", "contained"]
    local_id: str = ""
    identifier: tuple[str, str] | None = None
    """System and value."""
    contained: dict[str, Any] | None = None
    """The Patient inside the resource."""


class Entry(Struct, frozen=True):
    """A checked resource. `subject` None: it belongs to no person and is held as the source's context."""

    raw: Raw
    resource: dict[str, Any] | None
    """Parsed once; None for a DELETE. Decimals are floats here: `fhir.exact` reads them exactly."""
    subject: Subject | None
    refs: Mapping[str, str]
    """References that needed the Bundle, as written -> `Type/id`, or `references.ELSEWHERE`."""
    irregular: tuple[str, ...]
    """Why it is not valid R4 though safe and readable, such as `meta.lastUpdated: not an instant`."""
    version: str | None = None
    updated: str | None = None
    """`meta.lastUpdated` as sent: not yet checked to be a time."""


def refused(position: str, reason: Reason, body: bytes, digest: bytes = b"") -> Refused:
    """A refusal with the plain words of its reason."""
    return Refused(position, reason, reason.words, body, digest or blake2b(body, digest_size=16).digest())
