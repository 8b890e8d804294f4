"""Patient details: who the person is, as each source knows them.

One line: all that the sources say of the person.
Each value on which they differ is shown with its sources; none is chosen silently. Active details lead; among those,
the ones that name the GP practice, then the newest.
"""

import re

from msgspec.structs import replace

from fhir.choices import choice
from fhir.dates import fhir_date
from fhir.elements import (
    address,
    child,
    concept_text,
    extensions,
    filled,
    joined,
    listed,
    path,
    person_name,
    references,
    telecom,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Line, difference, line, voices
from fhir.nhs_number import names_nhs_numbers
from fhir.statement import Resource, Statement

CODE = "demographics"
TITLE = "Patient details"
PRSB = "person-demographics"
IPS = ""
TYPES = frozenset({"Patient"})

DIFFERENCES = (
    "status", "name", "date of birth", "gender", "birth sex", "NHS number", "NHS number status", "address", "phone",
    "email", "GP practice", "died", "deceased", "language", "interpreter", "ethnic category", "multiple birth",
    "death notification",
)  # fmt: skip
_OLD = {"old", "temp", "anonymous"}


def read(statement: Statement) -> Item:
    """Everything that one source's Patient says of the person."""
    resource = statement.resource or {}
    names = _official_first(resource.get("name"))
    fields = {**_identity(resource, names), **_reach(statement, resource), **_about(statement, resource)}
    active = resource.get("active")
    return Item(
        statement,
        fields.get("name", ""),
        (),
        "inactive" if active is False else "active" if active is True else "",
        fhir_date(path(resource, "meta", "lastUpdated")),
        fields,
        past=active is False,
    )


def _official_first(value: object) -> list[object]:
    """The official name, then the usual one, then the others as sent; old ones last."""
    rank = {"official": 0, "usual": 1}
    return sorted(listed(value), key=lambda one: 3 if _is_old(one) else rank.get(words(child(one, "use")), 2))


def _is_old(value: object) -> bool:
    return words(child(value, "use")) in _OLD or bool(path(value, "period", "end"))


def _identity(resource: Resource, names: list[object]) -> dict[str, str]:
    said = [name for one in names if (name := words(one) or person_name(one))]
    numbers, others, status = _identifiers(resource)
    return {
        **filled(name=said[0] if said else "", other_names="; ".join(dict.fromkeys(said[1:]))),
        **filled(date_of_birth=words(resource.get("birthDate")), gender=words(resource.get("gender"))),
        **({"NHS number": "; ".join(dict.fromkeys(numbers))} if numbers else {}),
        **({"NHS number status": status} if status else {}),
        **filled(other_identifiers="; ".join(others), died=words(resource.get("deceasedDateTime"))),
        **filled(deceased=words(resource.get("deceasedBoolean"))),
    }


def _identifiers(resource: Resource) -> tuple[list[str], list[str], str]:
    """(NHS numbers without spaces, other identifiers with their system, verification status as sent)."""
    numbers, others, status = [], [], ""
    for one in listed(resource.get("identifier")):
        system, value = words(child(one, "system")), words(child(one, "value"))
        if value and names_nhs_numbers(system):
            numbers.append("".join(value.split()))
            for extension in extensions(one, "NHSNumberVerificationStatus"):
                concept = extension.get("valueCodeableConcept")
                status = concept_text(concept) or status
        elif value:
            kind = concept_text(child(one, "type")) or system
            others.append(f"{kind}: {value}" if kind else value)
    return numbers, others, status


def _reach(statement: Statement, resource: Resource) -> dict[str, str]:
    addresses = sorted(
        listed(resource.get("address")), key=lambda one: (_is_old(one), words(child(one, "use")) != "home")
    )
    said = [text for one in addresses if (text := address(one))]
    general = references(statement, resource.get("generalPractitioner"))
    return {
        **filled(
            address=said[0] if said else "",
            postcode=words(child(addresses[0], "postalCode")) if addresses else "",
            other_addresses="; ".join(dict.fromkeys(said[1:])),
            phone=telecom(resource.get("telecom"), "phone", "sms", "fax", "pager"),
            email=telecom(resource.get("telecom"), "email", "url"),
        ),
        **({"GP practice": general} if general else {}),
        **filled(
            managing_organisation=references(statement, resource.get("managingOrganization")),
            contact_people=joined(_contact(c) for c in listed(resource.get("contact"))),
        ),
    }


def _contact(contact: object) -> str:
    """`JONES, Ann (Next of kin), 01632 960000`."""
    who = person_name(child(contact, "name"))
    role = texts(child(contact, "relationship"))
    reach = telecom(child(contact, "telecom"), "phone", "sms", "fax", "pager", "email", "url", "other")
    label = f"{who} ({role})" if who and role else who or role
    return ", ".join(text for text in (label, reach, address(child(contact, "address"))) if text)


def _about(statement: Statement, resource: Resource) -> dict[str, str]:
    languages = listed(resource.get("communication"))

    def extension(*ends: str) -> str:
        found = [choice(statement, e, "value") for end in ends for e in extensions(resource, end)]
        return "; ".join(dict.fromkeys(text for text in found if text))

    return filled(
        language=texts([child(one, "language") for one in languages]),
        interpreter=extension("nterpreterRequired") or _nested(resource, "NHSCommunication", "interpreterRequired"),
        ethnic_category=extension("EthnicCategory", "EthnicCategory-1"),
        birth_sex=extension("BirthSex", "us-core-birthsex"),
        residential_status=extension("ResidentialStatus"),
        contact_preference=_nested(resource, "ContactPreference", "PreferredContactMethod"),
        death_notification=_nested(resource, "DeathNotificationStatus", "deathNotificationStatus"),
        place_of_birth=extension("patient-birthPlace"),
        religion=extension("patient-religion"),
        marital_status=concept_text(resource.get("maritalStatus")),
        multiple_birth=choice(statement, resource, "multipleBirth"),
        sensitivity=texts(path(resource, "meta", "security")),
    )


def _nested(resource: Resource, end: str, part: str) -> str:
    """A value inside a UK Core extension of several parts."""
    parts = [p for e in extensions(resource, end) for p in extensions(e, part)]
    said = [concept_text(p.get("valueCodeableConcept")) or words(p.get("valueBoolean")) for p in parts]
    return "; ".join(text for text in said if text)


def lines(items: list[Item]) -> list[Line]:
    """One line: the person."""
    if not items:
        return []
    kinds = (kind for kind in DIFFERENCES if kind not in ("address", "deceased"))
    one = line(items, kinds, lambda i: (not i.past, "GP practice" in i.fields), called=lambda _: None)
    heard = voices(items)
    more = [difference(heard, "address", _address), difference(heard, "deceased", _deceased)]
    found = tuple(one for one in more if one)
    return [replace(one, differences=(*one.differences, *found))] if found else [one]


_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})\b", re.ASCII | re.IGNORECASE)


def _address(item: Item) -> str:
    """The address with its postcode written in one way: `TB11AB` is where `TB1 1AB` is."""
    return _POSTCODE.sub(lambda m: f"{m[1]} {m[2]}".upper(), item.fields.get("address", ""))


def _deceased(item: Item) -> str:
    """`true` also where only the date of death is given."""
    return "true" if "died" in item.fields else item.fields.get("deceased", "")
