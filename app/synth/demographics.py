"""How each provider wrote a person down: name, number, birth date and address, with the slips that real desks make."""

import unicodedata
from typing import Any

from app.synth.chance import Random
from app.synth.dates import AS_OF
from app.synth.names import NICKNAMES
from app.synth.nhs_numbers import spaced, wrong_check_digit
from app.synth.person import Person
from app.synth.places import Home, phone
from app.synth.providers import PRACTICES, Habits, Provider
from app.synth.shapes import organisation

Json = dict[str, Any]
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
_STATUS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
_ETHNIC = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory"
ETHNIC_WORDS = {
    "A": "White - British", "B": "White - Irish", "C": "Any other White background", "D": "White and Black Caribbean",
    "E": "White and Black African", "F": "White and Asian", "G": "Any other mixed background", "H": "Indian",
    "J": "Pakistani", "K": "Bangladeshi", "L": "Any other Asian background", "M": "Caribbean", "N": "African",
    "P": "Any other Black background", "R": "Chinese", "S": "Any other ethnic group", "Z": "Not stated",
    "99": "Not known",
}  # fmt: skip

# The chance of each slip at a practice, and at any other provider.
SLIPS = {
    "typo": (0.004, 0.025),
    "nickname": (0.002, 0.02),
    "old_address": (0.01, 0.06),
    "accents_lost": (0.05, 0.7),
    "name_swapped": (0.001, 0.006),
    "dob_day_month_swapped": (0.0, 0.006),
    "dob_year_only": (0.0, 0.004),
    "nhs_missing": (0.003, 0.05),
    "nhs_bad_check_digit": (0.001, 0.008),
    "nhs_spaced": (0.002, 0.02),
    "second_name_lost": (0.0, 0.5),
}


def slips(rng: Random, person: Person, provider: Provider, careful: bool) -> list[str]:
    """What went wrong at this desk, as far as it could; nothing at a careful one."""
    if careful:
        return []
    column = 0 if provider.kind == "gp" else 1
    found = [name for name, often in SLIPS.items() if rng.random() < often[column]]
    if provider.kind in ("social", "children") and rng.random() < 0.35 and "nhs_missing" not in found:
        found.append("nhs_missing")
    return [name for name in found if _possible(name, person, found)]


def _possible(slip: str, person: Person, others: list[str]) -> bool:
    """Whether the slip would change anything about this person."""
    if slip in ("nhs_bad_check_digit", "nhs_spaced"):
        return "nhs_missing" not in others
    if slip == "nickname":
        return bool(person.given) and person.given[0] in NICKNAMES
    if slip == "second_name_lost":
        return len(person.given) > 1
    if slip == "dob_day_month_swapped":
        return person.born.day <= 12 and person.born.day != person.born.month and person.born.year < AS_OF.year
    if slip == "accents_lost":
        return any(_plain(part) != part for part in (person.family, *person.given))
    return slip != "old_address" or not person.restricted


def patient(rng: Random, person: Person, provider: Provider, number: str, noise: list[str]) -> Json:
    """The Patient as this provider knows them. `noise` gains what the provider's habits changed."""
    habits = provider.habits
    body: Json = {
        "identifier": [
            *identifiers(person.nhs, habits, noise),
            {"use": "usual", "system": f"https://example.nhs.uk/{provider.key}/patient-id", "value": number},
        ],
        "active": True,
        "name": [_name(rng, person, habits, noise)],
        "gender": person.sex,
        "birthDate": _born(person, noise),
    }
    if not person.restricted:
        home = person.former_home if "old_address" in noise else person.home
        body["address"] = [_address(home, habits, noise)]
        body["telecom"] = [{"system": "phone", "value": _phone(rng, person), "use": "mobile"}]
    if person.died and (provider.kind in ("gp", "acute") or rng.random() < 0.5):
        body["deceasedDateTime"] = person.died.isoformat()
    return body | _practice_part(person, provider)


def identifiers(nhs: str, habits: Habits, noise: list[str], status: str = "01") -> list[Json]:
    """The NHS number as written, or nothing when the desk did not have it."""
    if "nhs_missing" in noise:
        return []
    if "nhs_bad_check_digit" in noise:
        nhs, status = wrong_check_digit(nhs), "03"
    if habits.spaced_numbers or "nhs_spaced" in noise:
        nhs = spaced(nhs)
        if "nhs_spaced" not in noise:
            noise.append("nhs_spaced")
    verified = {"coding": [{"system": _STATUS, "code": status}]}
    extension = [{"url": _EXTENSION + "NHSNumberVerificationStatus", "valueCodeableConcept": verified}]
    return [{"use": "official", "system": NHS_NUMBER, "value": nhs, "extension": extension}]


def _practice_part(person: Person, provider: Provider) -> Json:
    if provider.kind != "gp":
        return {}
    ethnic = {"coding": [{"system": _ETHNIC, "code": person.ethnic, "display": ETHNIC_WORDS[person.ethnic]}]}
    practice = PRACTICES[person.practice] if person.registered else provider
    return {
        "extension": [{"url": _EXTENSION + "EthnicCategory", "valueCodeableConcept": ethnic}],
        "generalPractitioner": [{"type": "Organization", **organisation(practice)}],
        "managingOrganization": {"reference": f"Organization/{provider.ods}"},
    }


def _name(rng: Random, person: Person, habits: Habits, noise: list[str]) -> Json:
    family, given = person.family, list(person.given)
    if "accents_lost" in noise:
        family, given = _plain(family), [_plain(part) for part in given]
    if "nickname" in noise and given:
        given[0] = NICKNAMES.get(given[0], given[0])
    if "second_name_lost" in noise:
        given = given[:1]
    if "typo" in noise:
        family = _typo(rng, family)
    if habits.upper_names:
        family = family.upper()
        noise.append("uppercase")
    if "name_swapped" in noise and given:
        family, given = given[0], [family]
    return {"use": "official", "family": family, **({"given": given} if given else {})}


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)).replace("ł", "l")


def _typo(rng: Random, word: str) -> str:
    """Two letters change places."""
    at = 1 + int(rng.random() * max(1, len(word) - 2))
    return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]


def _born(person: Person, noise: list[str]) -> str:
    born = person.born
    if "dob_year_only" in noise:
        return str(born.year)
    if "dob_day_month_swapped" in noise:
        return f"{born.year}-{born.day:02d}-{born.month:02d}"
    return born.isoformat()


def _address(home: Home, habits: Habits, noise: list[str]) -> Json:
    postcode = home.postcode
    if habits.closed_postcodes:
        postcode = postcode.replace(" ", "")
        noise.append("postcode_format")
    return {"use": "home", "line": [home.line], "city": home.town, "postalCode": postcode}


def _phone(rng: Random, person: Person) -> str:
    return person.phone if rng.random() < 0.9 else phone(rng)
