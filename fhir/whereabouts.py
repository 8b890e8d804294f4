"""A person whose whereabouts nobody is shown: what their statements may still say, and that something was left out.

For patients whose own record is labelled restricted. What may stay is listed (`fhir.kept_elements`); names of
organisations, staff and places are not on the list, nor are notes: they tell where. So do a provider's own ids and
codes, which are replaced by our own number of the statement.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Any

from fhir.elements import child, concept_text, listed, narrative, plain, referred, words
from fhir.exact import encode
from fhir.kept import CUT, allowed, text
from fhir.kept_elements import kept_of, thing
from fhir.record import home_of, not_interpretable, withdrawn
from fhir.statement import Resource, Statement
from fhir.topics import is_social

_DRUGS = frozenset({"MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"})
NOT_VALID = "not valid in some part that is not shown"
_NEVER_SAID = frozenset({"id", "version", "userSelected", "system", "url", "data", "language", "resourceType"})
"""Parts of values that no page shows of anybody."""
_WHO_AND_WHERE = frozenset({
    "subject", "patient", "for", "identifier", "masterIdentifier", "meta", "contained", "recorder", "asserter",
    "requester", "performer", "author", "informationSource", "source", "encounter", "participant", "serviceProvider",
    "managingOrganization", "location", "locationReference", "locationCode", "custodian", "authenticator",
    "careManager", "team", "careTeam", "actor", "sender", "recipient", "owner", "supplier", "prescriber", "orderer",
    "assessor", "operator", "referrer", "interpreter", "resultsInterpreter", "organization", "practitioner",
    "generalPractitioner", "address", "telecom", "contact", "photo", "basedOn", "partOf", "context",
    "healthcareService", "hasMember", "derivedFrom", "specimen", "device", "individual", "contributor", "expressedBy",
    "account", "insurance", "destination", "deliverTo", "deliverFrom", "receiver", "manufacturer",
})  # fmt: skip
"""Elements of a resource whose loss is said once for the whole section: who, where, and for which organisation."""
_NAMING = (
    "code", "type", "category", "vaccineCode", "title", "description", "event", "medicationCodeableConcept",
    "medicationReference", "name",
)  # fmt: skip
_CONCEPTS = ("medicationCodeableConcept", "itemCodeableConcept", "codeCodeableConcept")
_NAMED_KINDS = frozenset({"Organization", "Location", "HealthcareService", "Practitioner", "CareTeam"})
_NAMES_WHO = frozenset({
    "serviceProvider", "managingOrganization", "location", "custodian", "generalPractitioner", "organization",
    "individual", "healthcareService", "performer", "requester", "author", "recorder", "asserter", "actor",
    "careTeam", "team", "member", "onBehalfOf", "sender", "owner", "destination", "origin",
})  # fmt: skip
"""Elements whose references name an organisation, a place, a team or staff."""
_HARM_IF_UNNAMED = _DRUGS | {"AllergyIntolerance", "Condition", "Flag"}
"""Kinds of statement whose name stays even where it is only written in the narrative."""


def protected(statement: Statement, source: str, names: Collection[str] = ()) -> Statement:
    """The statement as it may be shown, under the name that hides its source. Pure.

    `names` of organisations, places and staff (see `names_in`) are cut out of the words that stay.
    `left_out` is True where its line says less than it would of anybody else; `home` keeps it in the section where
    its own words put it. A withdrawn statement stays withdrawn, and one that cannot be interpreted stays so.
    """
    irregular = (NOT_VALID,) if statement.irregular else ()
    number, home = statement.id, home_of(statement)
    if statement.resource is None:
        return Statement(number, source, statement.type, str(number), None, statement.received_at, irregular, home=home)
    kept, context = _kept(statement)
    if names and statement.type != "Patient":
        told = _any_of(frozenset(names))
        kept, context = _without(kept, told), _without(context, told)
    return Statement(
        number, source, statement.type, str(number), encode(kept), statement.received_at, irregular, context,
        left_out=_says_less(statement.resource, kept), home=home,
    )  # fmt: skip


def names_in(statements: Iterable[Statement]) -> frozenset[str]:
    """The names of organisations, places, teams and staff that these statements give, and the lines of addresses.

    Of one word, or short, a name could be any word: those are not among them.
    """
    found: set[str] = set()
    for statement in statements:
        for held in (statement.resource or {}, *statement.context.values()):
            if words(held.get("resourceType")) in _NAMED_KINDS:
                found.update(words(name) or _spoken_name(name) for name in listed(held.get("name")))
            if words(held.get("resourceType")) in {"Patient", *_NAMED_KINDS}:
                found.update(words(line) for one in listed(held.get("address")) for line in listed(child(one, "line")))
            found.update(_displays(held, ""))
    return frozenset(plain(name) for name in found if len(name) >= 8 and " " in name.strip())


def _spoken_name(name: Any) -> str:
    """`Ann Lee` for a HumanName."""
    return " ".join(words(part) for part in (*listed(child(name, "given")), child(name, "family")) if words(part))


def _displays(value: Any, parent: str) -> Iterator[str]:
    """What stands beside every reference to who or where."""
    if isinstance(value, list):
        for one in value:
            yield from _displays(one, parent)
    elif isinstance(value, dict):
        if parent in _NAMES_WHO:
            yield words(value.get("display"))
        for name, inner in value.items():
            yield from _displays(inner, name)


@lru_cache(maxsize=64)
def _any_of(names: frozenset[str]) -> re.Pattern[str]:
    told = (r"\s+".join(map(re.escape, name.split())) for name in sorted(names, key=lambda n: (-len(n), n)))
    return re.compile(rf"(?<!\w)(?:{'|'.join(told)})(?!\w)", re.IGNORECASE)


def _without(value: Any, told: re.Pattern[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, told) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, told) for inner in value]
    return told.sub(CUT, value) if isinstance(value, str) else value


def _kept(statement: Statement) -> tuple[dict[str, Any], dict[str, Resource]]:
    """The resource with what may stay of it; and the medicines and devices that it points to, under our own names."""
    resource, spec = statement.resource or {}, kept_of(statement.type, is_social=is_social(statement))
    kept: dict[str, Any] = {"resourceType": statement.type}
    context: dict[str, Resource] = {}
    for name, value in resource.items():
        kind = spec.get(name)
        if kind is not None and kind is not thing and (stays := allowed(kind, value)) is not None:
            kept[name] = stays
    for name in (name for name in resource if spec.get(name) is thing):
        kept[name], context[name] = _thing(statement, name, named=any(other in kept for other in _CONCEPTS))
    if statement.type in _HARM_IF_UNNAMED and not any(name in kept for name in _NAMING):
        kept["text"] = {"div": text(escape(narrative(resource)))}
    if withdrawn(statement):
        kept["status"] = "entered-in-error"
    elif resource.get("implicitRules"):
        kept["implicitRules"] = "hidden"
    elif not_interpretable(statement):
        kept["modifierExtension"] = [{}]
    return kept, context


def _thing(statement: Statement, name: str, *, named: bool) -> tuple[dict[str, str], Resource]:
    """A reference to a medicine or device, and what it names. Words beside it stay only where nothing else names it."""
    reference = (statement.resource or {})[name]
    target = referred(statement, reference)
    held = allowed(kept_of(words(target.get("resourceType"))), target) if _is_thing(target) else {}
    named = named or bool(concept_text(held.get("code")) or concept_text(held.get("type")))
    display = text(child(reference, "display")) or ""
    return {"reference": name, **({"display": display} if display and not named else {})}, held


def _is_thing(target: Resource) -> bool:
    return target.get("resourceType") in ("Medication", "Device")


def _says_less(resource: Resource, kept: Resource) -> bool:
    """Whether anything was left out that a page would have shown, beside who and where."""
    if "text" in resource and not any(name in kept for name in (*_NAMING, "text")):
        return True
    names = resource.keys() - _WHO_AND_WHERE - _NEVER_SAID - {"text", "implicitRules"}
    spec = kept_of(words(kept["resourceType"]))
    return any(_lost(resource[name], kept.get(name)) for name in names if spec.get(name) is not thing)


def _lost(value: Any, kept: Any) -> bool:
    if value in (None, "", [], {}):
        return False
    if isinstance(value, dict) and "coding" in value:
        return not _spoken(value) <= _spoken(kept)
    if isinstance(value, dict) and isinstance(kept, dict):
        return any(_lost(inner, kept.get(name)) for name, inner in value.items() if name not in _NEVER_SAID)
    if isinstance(value, list) and isinstance(kept, list):
        return len(value) != len(kept) or any(_lost(*pair) for pair in zip(value, kept, strict=True))
    return bool(value != kept)


def _spoken(concept: Any) -> set[str]:
    """The words of a concept that a page shows."""
    displays = (words(child(coding, "display")) for coding in listed(child(concept, "coding")))
    return {plain(said) for said in (concept_text(concept), *displays) if said}
