"""What may stay of one value that is shown for a person whose whereabouts nobody is shown: pure, None for nothing.

Codes, numbers and dates stay where they are what they should be: whatever else stands in their place may be words.
Words stay only where a clinical fact has no other form; postcodes, phone numbers and streets are taken out of them.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from secrets import token_bytes
from typing import Any

from fhir import standing
from fhir.codes import Code, System
from fhir.elements import concept_text, listed, plain, words
from fhir.topics import spoken_of
from fhir.value_sets import REQUIRED_CODES, REQUIRED_CODINGS

Kind = Callable[[Any], Any]
Spec = Mapping[str, Any]
"""Elements that may stay, each with its kind or with a Spec of its own; "" is plain text where an object should be."""

CUT = "[not shown]"
_SALT = token_bytes(16)  # of this process: what stands for a hidden name cannot be worked out from it

_STREET = (
    r"Street|St|Road|Rd|Lane|Avenue|Ave|Close|Drive|Crescent|Court|Terrace|Gardens|Place|Way|Grove|Square|Mews"
    r"|Hill|House"
)
_TELLING = re.compile(
    r"(?i:\b[A-Z]{1,2}\d[A-Z\d]?\s{0,3}\d[ABD-HJLNP-UW-Z]{2}\b)"  # a postcode: its last two letters are never CIKMOV
    r"|(?<![\d.])(?:(?:\+|00)\s?44\s?(?:\(0\))?\s?|\((?=0\d+\))0|0)"  # a UK telephone number:
    r"(?=(?:[\s()-]{0,2}\d){9,10}(?!\d))\d{2,4}\)?[\s-]{0,2}(?:\d{3,4}[\s-]?\d{3,4}|\d{5,6})(?!\d)"
    r"|\+\d(?:[\s()-]{0,2}\d){8,14}"  # any other country's
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
    r"|\b(?i:https?://|www\.)[^\s)]+"
    rf"|\b(?:(?:Flat|No\.?)\s)?\d{{1,4}}[A-Za-z]?,?\s+(?:[A-Z][\w'’-]*\s+){{1,3}}(?:{_STREET})\b"
)
"""Careful of doses: what is no more than numbers, units and times of day is never taken for one of these."""


def text(value: Any) -> str | None:
    """Words without the postcodes, telephone numbers, addresses on the web and streets in them."""
    return _TELLING.sub(CUT, value) if isinstance(value, str) else None


def topic(value: Any) -> str | None:
    """Of words that may tell where, only whether they speak of a decision made in advance or of social care."""
    said = spoken_of(value) if isinstance(value, str) else ""
    if not said or plain(said) == plain(value):
        return said or None
    return f"Speaks of {said}; the rest of the words is not shown"


_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.^_:+*|/-]{0,63}", re.ASCII)
_DATE = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?|\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII
)
_NUMBER = re.compile(r"[<>]?=?\s?[+-]?(0|[1-9]\d{0,8})(\.\d{1,9})?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9./-]{1,32}", re.ASCII)
_UNIT = re.compile(r"[^\s,]{1,30}", re.ASCII)
_HASH = re.compile(r"[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=")
_MEDIA = re.compile(r"(application|audio|image|text|video)/[\w.+-]{1,80}", re.ASCII)
_SAMPLES = re.compile(r"[\d.\sEUL-]+", re.ASCII)
_CODES_OF_ITEMS = (
    "social-history vital-signs imaging laboratory procedure survey exam therapy activity patient-privacy adr acd dnr"
    " hcd polst research treatment candidate eligible follow-up ineligible not-registered off-study on-study"
    " on-study-intervention on-study-observation pending-on-study potential-candidate screening withdrawn mitigated"
    " success data-requested data-required in-progress failure ended not-asked asked-unknown error masked"
    " dna rna aa order plan community inpatient outpatient discharge provisional differential recurrence relapse"
    " AMB EMER IMP ACUTE NONAC OBSENC PRENC SS VR HH FLD remission inactive resolved unconfirmed confirmed refuted"
    " presumed refused right left up down in out N R V"
)
CODES = frozenset(
    {code for codes in REQUIRED_CODES.values() for code in codes}
    | {code for _, codes in REQUIRED_CODINGS.values() for code in codes}
    | set(_CODES_OF_ITEMS.split())
)
"""The short codes that FHIR itself defines for what the record shows: they stay whatever system stands beside them."""


def _shaped(shape: re.Pattern[str]) -> Kind:
    def keep(value: Any) -> str | None:
        return value if isinstance(value, str) and shape.fullmatch(value) and text(value) == value else None

    return keep


date, media, file_hash, samples = _shaped(_DATE), _shaped(_MEDIA), _shaped(_HASH), _shaped(_SAMPLES)
token = _shaped(_TOKEN)
"""A batch, model or serial number: short and without blanks."""


def number(value: Any) -> Any:
    """A number, or digits where a number should be: no more of them than a measurement has."""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return value
    return _shaped(_NUMBER)(value)


def flag(value: Any) -> bool | None:
    """True or false."""
    return value if isinstance(value, bool) else None


def code(value: Any) -> str | None:
    """A code that FHIR itself defines."""
    said = standing.state(value) if isinstance(value, str) else ""
    return said if said in CODES else None


_OPEN = (
    "http://terminology.hl7.org/", "http://hl7.org/fhir/", "https://fhir.hl7.org.uk/CodeSystem/",
    "https://fhir.hl7.org.uk/UKCore-", "https://fhir.nhs.uk/CodeSystem/", "https://fhir.nhs.uk/England/CodeSystem/",
    "urn:ietf:bcp:", "urn:iso:std:iso:", "http://www.whocc.no/atc", "http://fdasis.nlm.nih.gov", "http://www.nlm.nih.gov/",
    "https://www.datadictionary.nhs.uk/",
)  # fmt: skip


@lru_cache(maxsize=4096)
def _is_open(system: str) -> bool:
    """Whether a coding system belongs to everybody; a provider's own would name the provider."""
    if "/Id/" in system or re.search(r"\bods\b|organi[sz]ation", system, re.IGNORECASE):
        return system == "https://fhir.hl7.org.uk/Id/dmd"
    return Code(system, "").system_name != system or system.startswith((*_OPEN, System.SNOMED, System.UCUM))


def masked(value: str) -> str:
    """What stands for a provider's own name of something: equal for equal names, and nothing else."""
    return f"hidden-{blake2b(value.encode(), key=_SALT, digest_size=8).hexdigest()}"


def coding(value: Any) -> Any:
    """A code of a system that belongs to everybody, or one that FHIR defines."""
    if not isinstance(value, dict):
        return None
    system, said = words(value.get("system")), words(value.get("code"))
    if not _is_open(system):
        return {"system": masked(system), "code": said} if said in CODES else None
    kept = {"system": system, "code": said if _CODE.fullmatch(said) else "", "display": text(value.get("display"))}
    return {name: part for name, part in kept.items() if part}


def _local_coding(value: Any) -> Any:
    """A code of a provider's own system, under a name that hides which."""
    if not isinstance(value, dict):
        return None
    said = words(value.get("code"))
    code_kept = said if _CODE.fullmatch(said) else ""
    kept = {"system": masked(words(value.get("system"))), "code": code_kept, "display": text(value.get("display"))}
    return {name: part for name, part in kept.items() if part}


def concept(value: Any) -> Any:
    """A CodeableConcept without its source's words: codes and displays of open systems, and what it speaks of."""
    return _concept(value, coding, topic)


def _status(read: Callable[[Any], str]) -> Kind:
    """A clinical or verification status: what it says stays, though only its source's own words say it."""

    def keep(value: Any) -> Any:
        kept, said = concept(value), read(value)
        return {"coding": [{"code": said}]} if said in CODES and read(kept) != said else kept

    return keep


clinical_status, certainty = _status(standing.clinical), _status(standing.verification)


def clinical(value: Any) -> Any:
    """The concept of a substance, medicine, problem, procedure, test or finding: its words stay, scanned.

    A provider's own codes stay only where nothing else names it.
    """
    kept = _concept(value, coding, text)
    if isinstance(value, dict) and not concept_text(kept):
        return _concept(value, _local_coding, text)
    return kept


def _concept(value: Any, each: Kind, said: Kind) -> Any:
    if not isinstance(value, dict):
        return code(value) or said(value)
    if "coding" not in value and "text" not in value:
        return each(value)
    codes = [kept for one in listed(value.get("coding")) if (kept := each(one))]
    kept = {"coding": codes, "text": said(value.get("text"))}
    return {name: part for name, part in kept.items() if part}


def identifier(value: Any) -> Any:
    """A business identifier, so that two sources' statements of one thing are known as one: never its words."""
    if not isinstance(value, dict):
        return None
    system, given = words(value.get("system")), words(value.get("value"))
    return {"system": "hidden", "value": masked(f"{system}|{given}")} if system and given else None


def nhs_number(value: Any) -> Any:
    """The NHS number and whether it was verified; no other number of a person."""
    if not isinstance(value, dict) or value.get("system") != System.NHS_NUMBER:
        return None
    digits = "".join(words(value.get("value")).split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 10):
        return None
    kept = {"system": System.NHS_NUMBER.value, "value": words(value["value"])}
    more = allowed(extension, value.get("extension")) if value.get("extension") else []
    return {**kept, **({"extension": more} if more else {})}


_ENDS: Mapping[str, Kind] = dict.fromkeys(
    (
        "Episodicity", "episodicity", "ProblemSignificance", "BodySiteLaterality", "laterality", "Laterality",
        "NHSNumberVerificationStatus", "NHSCommunication", "EthnicCategory", "BirthSex", "us-core-birthsex",
        "nterpreterRequired", "DeathNotificationStatus", "deathNotificationStatus", "patient-religion",
        "LastIssueDate", "PrescriptionType", "AllergyIntoleranceEnd", "endDate", "Warning",
    ),
    concept,
) | {"Evidence": clinical, "VaccinationProcedure": clinical}  # fmt: skip
"""The extensions that our readers show, by the ends of their addresses, and what their concepts are."""


def extension(value: Any) -> Any:
    """One that a reader of ours shows: its code, date, or yes and no; of parts the same."""
    url = words(value.get("url")).removesuffix("-1") if isinstance(value, dict) else ""
    end = next((end for end in _ENDS if url.endswith(end)), None)
    if end is None:
        return None
    spec = {
        "valueCodeableConcept": _ENDS[end], "valueCoding": coding, "valueCode": code, "valueBoolean": flag,
        "valueDateTime": date, "valueDate": date, "valuePeriod": {"start": date, "end": date}, "extension": extension,
    }  # fmt: skip
    return {"url": end, **allowed(spec, value)}


def unit(value: Any) -> str | None:
    """A unit: UCUM's have no blanks; of others the words, scanned."""
    return _shaped(_UNIT)(value) or (text(value) if isinstance(value, str) and len(value) <= 30 else None)


def allowed(kind: Kind | Spec, value: Any) -> Any:
    """What may stay of a value by its kind. Lists keep their order; an object keeps its place even when empty."""
    if isinstance(value, list):
        return [kept for one in value if (kept := allowed(kind, one)) is not None]
    if callable(kind):
        return kind(value)
    if isinstance(value, dict):
        kept = {name: allowed(kind[name], inner) for name, inner in value.items() if name in kind and inner is not None}
        return {name: inner for name, inner in kept.items() if inner is not None}
    return allowed(kind[""], value) if "" in kind else None
