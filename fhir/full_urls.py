"""What the fullUrls of a Bundle name, so that a reference leads to the resource that it means and to no other."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from hashlib import blake2b

import orjson

from fhir import references
from fhir.errors import Reason, RefusalError
from fhir.references import ELSEWHERE, Form

_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"]+)"')


class FullUrls:
    """Of one Bundle. Where it is kept is for the caller to say: in memory, or on disk for a large one."""

    def __init__(
        self, urns: MutableMapping[str, str], server_of: MutableMapping[str, str], claims: MutableMapping[str, str]
    ) -> None:
        self.urns = urns
        """`fullUrl` -> `Type/id`. A fullUrl that two resources claim leads nowhere, never to the wrong one."""
        self.servers: set[str] = set()
        """Those that its web addresses name: empty where nothing tells."""
        self._server_of, self._claims = server_of, claims

    def claim(self, key: str, body: bytes) -> None:
        """Of a resource that is named by the condition under which it is put: no other may be."""
        digest = blake2b(body, digest_size=16).hexdigest()
        if self._claims.setdefault(key, digest) != digest:
            self._claims[key] = ""

    def is_claimed_twice(self, key: str) -> bool:
        """Whether different resources are put under one condition, so that one would replace the other."""
        return self._claims.get(key) == ""

    def add(self, url: str, key: str) -> None:
        """Raises RefusalError where resources of two servers have the same type and id: one would replace the other."""
        if self.urns.setdefault(url, key) != key:
            self.urns[url] = ""
        server = _server(url)
        if not server:
            return
        self.servers.add(server)
        if self._server_of.setdefault(key, server) != server:
            raise RefusalError(Reason.TWO_SERVERS)

    def elsewhere(self, full_url: str, texts: Sequence[str]) -> dict[str, str]:
        """Of the references of the resource that has this fullUrl, those that lead to another server's resources."""
        if not self.servers:
            return {}
        own = _server(full_url)
        return {text: ELSEWHERE for text in texts if self._is_elsewhere(text, own)}

    def _is_elsewhere(self, text: str, own: str) -> bool:
        reference = references.parse(text)
        if text in self.urns or reference is None or not reference.key:
            return False
        if reference.form is Form.ABSOLUTE and reference.server not in self.servers:
            return True
        server = reference.server or own
        return server != "" and self._server_of.get(reference.key, server) != server


def _server(url: str) -> str:
    reference = references.parse(url) if url.startswith("http") else None
    return reference.server if reference else ""


def tells(url: str, key: str) -> bool:
    """Whether a fullUrl gives the id of its resource, as most do: what it leads to is in the bytes that use it."""
    if url.startswith("urn:uuid:"):
        return url[9:] == key.partition("/")[2]
    target = references.parse(url)
    return target is not None and target.key == key != ""


def texts_of(body: bytes) -> list[str]:
    """Every reference in some bytes, each in one spelling; none where they cannot be read, for they will be refused."""
    if b"\\" in body:
        try:
            body = orjson.dumps(orjson.loads(body))
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return []
    return [text.decode(errors="replace") for text in _REFERENCE.findall(body)]


def meant(texts: Sequence[str], own: Mapping[str, str]) -> bytes:
    """What the references of a resource lead to, as far as only its Bundle tells. No NUL stands in JSON."""
    led = [(text, own[text]) for text in texts if text in own]
    return "".join(f"\0{text}\0{key}" for text, key in led if not tells(text, key)).encode()
