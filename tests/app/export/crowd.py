"""Enough people for a release: each with asthma, hypertension, medicines, readings, and lists of codes to name them."""

from datetime import date
from typing import Any

from app.export import optouts, terminology
from app.synth import code_lists
from fhir.codes import System
from tests.feeding import GP, Json, Sender

PEOPLE = 24
_WEIGHTS = range(10, 1, -1)


def number(n: int) -> str:
    """The n-th valid NHS number from 999 100 0000 on."""
    found = -1
    for nine in range(999_100_000, 999_200_000):
        check = (11 - sum(int(d) * w for d, w in zip(str(nine), _WEIGHTS, strict=True)) % 11) % 11
        if check < 10:
            found += 1
            if found == n:
                return f"{nine}{check}"
    raise ValueError


OUT = number(500)
"""The number of nobody here who opted out: a list may not be empty."""


def coded(code: str, words: str, system: str = "http://snomed.info/sct") -> Json:
    return {"coding": [{"system": system, "code": code, "display": f"As {words} is called here"}], "text": words}


def person(n: int, **changes: Any) -> Json:
    """The n-th of the crowd: women and men of about fifty."""
    return {
        "resourceType": "Patient",
        "id": f"crowd-{n}",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number(n)}],
        "name": [{"family": f"Crowdson{n}", "given": [f"Crowdy{n}"]}],
        "gender": ("female", "male")[n % 2],
        "birthDate": f"19{70 + n % 5}-05-0{1 + n % 9}",
        "address": [{"line": [f"{n} Crowd Row"], "postalCode": "TB1 1AA"}],
        "telecom": [{"system": "phone", "value": f"01632 9610{n:02}"}],
    } | changes


def records(n: int) -> list[Json]:
    """What their practice sends of the n-th."""
    about = {"subject": {"reference": f"Patient/crowd-{n}"}}
    asthma = coded("195967001", "Asthma")
    inhaler = coded("320139002", "Salbutamol 100micrograms/dose inhaler CFC free")
    pressure = [
        {"code": coded(code, words), "valueQuantity": {"value": value, "unit": "mmHg"}}
        for code, words, value in (("271649006", "Systolic", 130 + n), ("271650006", "Diastolic", 80))
    ]
    return [
        {"resourceType": "Condition", "id": f"c{n}", "clinicalStatus": {"coding": [{"code": "active"}]},
         "code": asthma, "onsetDateTime": "2010-06-05", "note": [{"text": f"seen by Crowdy{n} Crowdson{n}"}], **about},
        {"resourceType": "MedicationRequest", "id": f"m{n}", "status": "active", "intent": "order",
         "medicationCodeableConcept": inhaler, "authoredOn": "2026-05-04", **about},
        {"resourceType": "Observation", "id": f"o{n}", "status": "final", "code": coded("75367002", "Blood pressure"),
         "effectiveDateTime": "2026-05-04T10:11:12Z", "component": pressure, **about},
        {"resourceType": "Observation", "id": f"w{n}", "status": "final", "code": coded("27113001", "Body weight"),
         "effectiveDateTime": "2026-05-04T10:11:12Z", "valueQuantity": {"value": 70.26 + n, "unit": "kg"}, **about},
    ]  # fmt: skip


def load_lists(sender: Sender, *, opted_out: str = OUT) -> None:
    """Codes, one postcode, and a list of the national data opt-out with one number on it."""
    for path in code_lists.write(sender.folder / "lists"):
        system = code_lists.SYSTEMS.get(path.stem, System.SNOMED)
        terminology.load(sender.engine, path, path.stem, code_lists.CITATION, system)
    areas, listed = sender.folder / "areas.csv", sender.folder / "out.csv"
    areas.write_text("postcode,lsoa11,imd2019_decile\nTB1 1AA,E01000001,3\n")
    listed.write_text(f"nhs_number\n{opted_out}\n")
    terminology.load_postcodes(sender.engine, areas)
    optouts.load(sender.engine, listed, optouts.OPTED_OUT, date(2099, 1, 1))


def load(sender: Sender, people: int = PEOPLE) -> None:
    """The crowd, sent by their practice, with all lists."""
    sender.send(GP, *(one for n in range(people) for one in (person(n), *records(n))))
    load_lists(sender)
