"""One provider's record of one person: resources with the provider's own ids and references."""

from typing import Any

from app.synth.chance import Random
from app.synth.providers import Provider

Json = dict[str, Any]
_RESTRICTED = [
    {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R", "display": "restricted"}
]
_UK = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
_DOCTORS = ("Dr A. Marchbank", "Dr S. Patel", "Dr L. Okonjo", "Dr F. Ward", "Dr M. Siddiqui")
_STAFF = {
    "gp": _DOCTORS,
    "acute": ("Mr J. Aldous", "Dr C. Nwosu", "Dr H. Brandt", "Miss R. Teale"),
    "community": ("Sister A. Quayle", "Nurse B. Adomako", "Nurse T. Lindqvist", "Matron H. Sethi"),
    "mental": ("Dr V. Castell", "Dr K. Ibrahim"),
    "social": ("Alex Fenn", "Jo Marlowe", "Sam Iqbal"),
    "children": ("Chris Odling", "Nia Prosser"),
}
_NO_PROFILE = frozenset({"Flag", "CarePlan", "CareTeam", "Consent", "EpisodeOfCare", "DocumentReference"})


class Ids:
    """Local ids: counted by each provider from 1001, so that the same id means different things elsewhere."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def take(self, provider: str) -> str:
        """The next free id of this provider."""
        number = self._next.get(provider, 1001)
        self._next[provider] = number + 1
        return str(number)


class Chart:
    """What one provider holds about one person, in the order in which it is written."""

    def __init__(self, provider: Provider, ids: Ids, rng: Random, restricted: bool) -> None:
        self.provider = provider
        self.resources: list[Json] = []
        self.urls: list[str] = []
        self.later: list[Json] = []
        self.noise: list[str] = []
        self.nhs_supplied = ""
        self._person_restricted = restricted
        self._labelled = restricted or provider.kind == "mental"
        staff = _STAFF[provider.kind]
        self.clinician: Json = {"display": staff[int(rng.random() * len(staff))]}
        self._ids = ids
        self._rng = rng
        self._metas: dict[str, Json] = {}
        self.patient_id = ids.take(provider.key)
        self.patient_url = self._url("Patient", self.patient_id)
        self.subject: Json = {"reference": self.patient_url}

    def add(self, kind: str, body: Json, link: str = "subject") -> str:
        """Write one resource about the person; the answer is how the same feed refers to it."""
        number = self._ids.take(self.provider.key)
        resource: Json = {"resourceType": kind, "id": number}
        if meta := self._meta(kind):
            resource["meta"] = meta
        if link:
            resource[link] = self.subject
        resource.update(body)
        url = self._url(kind, number)
        self.resources.append(resource)
        self.urls.append(url)
        return url

    def add_patient(self, body: Json) -> None:
        """Write the Patient itself, under the id that everything else refers to."""
        meta: Json = {"profile": [_UK + "Patient"]}
        if self._person_restricted:
            meta["security"] = _RESTRICTED
        self.resources.append({"resourceType": "Patient", "id": self.patient_id, "meta": meta, **body})
        self.urls.append(self.patient_url)

    @property
    def last(self) -> Json:
        """The resource written most recently."""
        return self.resources[-1]

    @property
    def last_name(self) -> str:
        """Its type and id, as the truth files name it."""
        return f"{self.last['resourceType']}/{self.last['id']}"

    def new_id(self) -> str:
        """An id for something that is sent later."""
        return self._ids.take(self.provider.key)

    def find(self, kind: str) -> list[Json]:
        """All resources of a type."""
        return [resource for resource in self.resources if resource["resourceType"] == kind]

    def _url(self, kind: str, number: str) -> str:
        if not self.provider.bundles:
            return f"{kind}/{number}"
        bits = f"{self._rng.getrandbits(128):032x}"
        return f"urn:uuid:{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"

    def _meta(self, kind: str) -> Json:
        meta = self._metas.get(kind)
        if meta is None:
            meta = {} if kind in _NO_PROFILE else {"profile": [_UK + kind]}
            if self._labelled:
                meta["security"] = _RESTRICTED
            self._metas[kind] = meta
        return meta
