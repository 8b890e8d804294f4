"""People involved: family, carers and next of kin, care teams and professionals.

One line: the same name and relationship, or the same identifier.
Sources that give other details differ.
The contacts that stand in a source's own Patient resource are shown with the patient's details.
"""

from collections.abc import Hashable

from fhir.dates import fhir_date
from fhir.elements import (
    address,
    child,
    filled,
    joined,
    listed,
    narrative,
    notes,
    person_name,
    plain,
    references,
    telecom,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Line, line
from fhir.same import things
from fhir.standing import state
from fhir.statement import Resource, Statement

CODE = "contacts"
TITLE = "People involved"
PRSB = "professional-contacts"
IPS = ""

DIFFERENCES = (
    "status", "relationship", "role", "phone", "email", "address", "organisation", "participants", "gender", "born",
    "language", "end",
)  # fmt: skip
_OVER = {"inactive", "suspended"}


def read(statement: Statement) -> Item:
    """The person or team."""
    return _READERS[statement.type](statement, statement.resource or {})


def _person(statement: Statement, resource: Resource) -> Item:
    period = resource.get("period")
    names = [name for one in listed(resource.get("name")) if (name := words(one) or person_name(one))]
    fields = filled(
        kind={"RelatedPerson": "Personal contact", "Person": "Person"}.get(statement.type, "Professional"),
        relationship=texts(resource.get("relationship")),
        other_names="; ".join(names[1:]),
        phone=telecom(resource.get("telecom"), "phone", "sms", "pager", "fax"),
        email=telecom(resource.get("telecom"), "email", "url"),
        address=joined(address(one) for one in listed(resource.get("address"))),
        gender=words(resource.get("gender")),
        born=words(resource.get("birthDate")),
        language=texts([child(c, "language") for c in listed(resource.get("communication"))]),
        role=texts(resource.get("code")) or texts([child(q, "code") for q in listed(resource.get("qualification"))]),
        specialty=texts(resource.get("specialty")),
        organisation=references(statement, resource.get("organization")),
        start=words(child(period, "start")),
        end=words(child(period, "end")),
    )
    active = resource.get("active")
    status = {True: "active", False: "inactive"}.get(active, "") if isinstance(active, bool) else ""
    text = next(iter(names), "") or references(statement, resource.get("practitioner")) or narrative(resource)
    past = status == "inactive"
    return Item(statement, text, (), status, fhir_date(child(period, "start")), fields, past=past)


def _team(statement: Statement, resource: Resource) -> Item:
    period = resource.get("period")
    members = [m for one in listed(resource.get("participant")) if (m := _member(statement, one))]
    fields = filled(
        kind="Care team",
        category=texts(resource.get("category")),
        participants="; ".join(members),
        organisation=references(statement, resource.get("managingOrganization")),
        phone=telecom(resource.get("telecom"), "phone", "sms", "pager", "fax"),
        email=telecom(resource.get("telecom"), "email", "url"),
        reason=texts(resource.get("reasonCode")),
        start=words(child(period, "start")),
        end=words(child(period, "end")),
        note=notes(resource.get("note")),
    )
    status = state(resource.get("status"))
    text = words(resource.get("name")) or fields.get("category") or fields.get("participants") or narrative(resource)
    return Item(statement, text, (), status, fhir_date(child(period, "start")), fields, past=status in _OVER)


def _member(statement: Statement, participant: object) -> str:
    """`Alex Daniels (Allocated social worker)`."""
    who, role = references(statement, child(participant, "member")), texts(child(participant, "role"))
    behalf = references(statement, child(participant, "onBehalfOf"))
    label = ", ".join(text for text in (role, behalf) if text)
    return f"{who} ({label})" if who and label else who or label


_READERS = {
    "RelatedPerson": _person,
    "CareTeam": _team,
    "Person": _person,
    "Practitioner": _person,
    "PractitionerRole": _person,
}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """The same name and relationship."""
    return [(item.statement.type, plain(item.text), plain(item.fields.get("relationship", "")))] if item.text else []


def lines(items: list[Item]) -> list[Line]:
    """Family and friends, then teams and professionals; current before past; by name."""
    found = [line(group, DIFFERENCES) for group in things(items, keys)]
    return sorted(found, key=_order)


def _order(one: Line) -> tuple[object, ...]:
    lead = one.lead
    return (lead.past, lead.statement.type != "RelatedPerson", plain(lead.text), lead.statement.key)
