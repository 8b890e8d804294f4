"""The codes that the invented region uses, as lists that an operator would load. Nobody else's list is copied here."""

import csv
from pathlib import Path

from app.synth.conditions import CONDITIONS, PAST
from app.synth.measurements import MEASURES
from app.synth.medicines import MEDICINES

CITATION = "synthetic region: the codes that its generator writes"
OWN_SYSTEM = "https://example.nhs.uk/synthetic"
SYSTEMS = {"frailty-score": OWN_SYSTEM, "other-tests": "http://loinc.org"}
"""The coding systems of those lists that are not of SNOMED CT."""

Row = tuple[str, str, str]
_INHALERS = {"salbutamol": "SABA", "beclometasone": "ICS", "fluticasone": "ICS"}


def lists() -> dict[str, list[Row]]:
    """(code, term, class) of each list, by its name."""
    problems = [(c.snomed, c.name, "") for c in CONDITIONS.values()] + [(code, name, "") for name, code, _ in PAST]
    medicines = [(m.code, m.name, "") for key, m in MEDICINES.items() if key not in _INHALERS]
    pressure = [("271649006", "Systolic blood pressure", ""), ("271650006", "Diastolic blood pressure", "")]
    tests = [(m.snomed, m.name, "") for m in MEASURES.values()] + pressure
    others = [(m.loinc, m.name, "") for m in MEASURES.values() if not m.snomed]
    found = {
        "asthma": _of_condition("Asthma"),
        "hypertension": _of_condition("Essential hypertension"),
        "inhalers": [(MEDICINES[key].code, MEDICINES[key].name, kind) for key, kind in _INHALERS.items()],
        "frailty-score": [("CFS", "Rockwood Clinical Frailty Scale score", "")],
        "problems": problems,
        "medicines": medicines,
        "tests": tests,
        "other-tests": others,
    }
    return {name: [row for row in rows if row[0]] for name, rows in found.items()}


def _of_condition(name: str) -> list[Row]:
    return [(CONDITIONS[name].snomed, name, "")]


def write(folder: Path) -> list[Path]:
    """One CSV for each list: code,term,class."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, rows in lists().items():
        path = folder / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([("code", "term", "class"), *rows])
        paths.append(path)
    return paths
