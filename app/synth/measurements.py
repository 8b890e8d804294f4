"""What is measured: vital signs and blood tests, with their codes, units, ranges and usual values."""
# ruff: noqa: E501 - a table: one row, one line

from dataclasses import dataclass, field
from typing import Any

from app.synth.chance import Random

Json = dict[str, Any]
_UCUM = "http://unitsofmeasure.org"
_SIGNS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def category(code: str) -> list[Json]:
    """The category of an Observation."""
    return [{"coding": [{"system": _CATEGORY, "code": code}]}]


LABORATORY, VITAL_SIGNS, SOCIAL, SURVEY = (
    category(code) for code in ("laboratory", "vital-signs", "social-history", "survey")
)
_FLAGS = {
    code: [{"coding": [{"system": _SIGNS, "code": code, "display": words}]}]
    for code, words in (("H", "High"), ("L", "Low"), ("N", "Normal"))
}


@dataclass(frozen=True)
class Measure:
    """One test. General practice codes it in SNOMED CT, hospital laboratories in LOINC."""

    key: str
    name: str
    snomed: str
    loinc: str
    unit: str
    ucum: str
    low: float | None
    high: float | None
    usual: float
    spread: float
    digits: int = 0
    in_practice: Json = field(init=False, compare=False)
    in_laboratory: Json = field(init=False, compare=False)
    range: list[Json] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Write the unchanging parts once: they are shared by every result."""
        practice = {"system": "http://snomed.info/sct", "code": self.snomed, "display": self.name}
        laboratory = {"system": "http://loinc.org", "code": self.loinc, "display": self.name}
        object.__setattr__(self, "in_practice", {"coding": [practice]} if self.snomed else {"text": self.name})
        object.__setattr__(self, "in_laboratory", {"coding": [laboratory]} if self.loinc else {"text": self.name})
        object.__setattr__(self, "range", self._range())

    def _range(self) -> list[Json]:
        limits = {
            side: {"value": limit, "unit": self.unit, "system": _UCUM, "code": self.ucum}
            for side, limit in (("low", self.low), ("high", self.high))
            if limit is not None
        }
        return [limits] if limits else []

    def quantity(self, value: float) -> Json:
        """The value with its unit."""
        return {"value": value, "unit": self.unit, "system": _UCUM, "code": self.ucum}

    def flag(self, value: float) -> list[Json]:
        """What the laboratory says of the value."""
        if self.high is not None and value > self.high:
            return _FLAGS["H"]
        return _FLAGS["L"] if self.low is not None and value < self.low else _FLAGS["N"]

    def draw(self, rng: Random, level: float) -> float:
        """A value near this person's own level; never below nothing."""
        value = max(self.usual * 0.15, level + rng.gauss(0, self.spread * 0.35))
        return round(value, self.digits) if self.digits else int(value)

    def level(self, rng: Random) -> float:
        """Where this person's values lie."""
        return rng.gauss(self.usual, self.spread)


_GFR = "mL/min/{1.73_m2}"
_TABLE = (
    Measure("hba1c", "Haemoglobin A1c level - IFCC standardised", "999791000000106", "59261-8", "mmol/mol", "mmol/mol", 20, 41, 37, 3),
    Measure("creatinine", "Serum creatinine level", "1000731000000107", "14682-9", "umol/L", "umol/L", 45, 104, 78, 13),
    Measure("egfr", "eGFR (estimated glomerular filtration rate) using creatinine CKD-EPI equation per 1.73 square metres", "1011481000000105", "62238-1", "mL/min/1.73m2", _GFR, 60, None, 84, 9),
    Measure("sodium", "Serum sodium level", "1000661000000107", "2951-2", "mmol/L", "mmol/L", 133, 146, 140, 2.4),
    Measure("potassium", "Serum potassium level", "1000651000000109", "2823-3", "mmol/L", "mmol/L", 3.5, 5.3, 4.4, 0.35, 1),
    Measure("cholesterol", "Serum total cholesterol level", "994351000000103", "2093-3", "mmol/L", "mmol/L", None, 5, 4.9, 0.8, 1),
    Measure("hdl", "Serum high density lipoprotein cholesterol level", "1005681000000107", "2085-9", "mmol/L", "mmol/L", 1, None, 1.4, 0.3, 1),
    Measure("ldl", "Serum low density lipoprotein cholesterol level", "1022191000000100", "18262-6", "mmol/L", "mmol/L", None, 3, 2.8, 0.6, 1),
    Measure("triglycerides", "Serum triglycerides level", "1005691000000109", "2571-8", "mmol/L", "mmol/L", None, 1.7, 1.4, 0.5, 1),
    Measure("haemoglobin", "Haemoglobin estimation", "1022431000000105", "718-7", "g/L", "g/L", 115, 165, 136, 11),
    Measure("platelets", "Platelet count", "1022651000000100", "777-3", "10*9/L", "10*9/L", 150, 410, 255, 45),
    Measure("white_cells", "Total white cell count", "1022541000000102", "6690-2", "10*9/L", "10*9/L", 4, 11, 7, 1.6, 1),
    Measure("crp", "Serum C reactive protein level", "1001371000000100", "1988-5", "mg/L", "mg/L", None, 5, 4, 3),
    Measure("alt", "Serum alanine aminotransferase level", "1018251000000107", "1742-6", "U/L", "U/L", 10, 50, 26, 9),
    Measure("tsh", "Serum thyroid stimulating hormone level", "1022791000000101", "3016-3", "mU/L", "m[IU]/L", 0.3, 4.5, 2.1, 0.9, 2),
    Measure("vitamin_d", "Serum vitamin D level", "", "", "nmol/L", "nmol/L", 50, None, 54, 16),
    Measure("weight", "Body weight", "27113001", "29463-7", "kg", "kg", None, None, 77, 13, 1),
    Measure("height", "Body height", "50373000", "8302-2", "cm", "cm", None, None, 169, 8),
    Measure("bmi", "Body mass index", "60621009", "39156-5", "kg/m2", "kg/m2", None, None, 27, 4, 1),
    Measure("pulse", "Heart rate", "364075005", "8867-4", "beats/min", "/min", None, None, 74, 9),
    Measure("temperature", "Body temperature", "386725007", "8310-5", "degrees C", "Cel", None, None, 36.8, 0.4, 1),
    Measure("saturation", "Oxygen saturation", "", "2708-6", "%", "%", None, None, 96, 1),
    Measure("breathing", "Respiratory rate", "86290005", "9279-1", "breaths/min", "/min", None, None, 16, 2),
)  # fmt: skip
MEASURES = {measure.key: measure for measure in _TABLE}
PANELS: dict[str, tuple[Measure, ...]] = {
    "Urea and electrolytes": tuple(MEASURES[k] for k in ("sodium", "potassium", "creatinine", "egfr")),
    "Full blood count": tuple(MEASURES[k] for k in ("haemoglobin", "white_cells", "platelets")),
    "Lipids": tuple(MEASURES[k] for k in ("cholesterol", "hdl", "ldl", "triglycerides")),
    "Diabetes monitoring": (MEASURES["hba1c"],),
    "Thyroid function": (MEASURES["tsh"],),
    "Liver function and CRP": (MEASURES["alt"], MEASURES["crp"]),
    "Vitamin D": (MEASURES["vitamin_d"],),
}
SHIFTS = {
    "Type 2 diabetes mellitus": {"hba1c": 22.0},
    "Chronic kidney disease stage 3": {"creatinine": 48.0, "egfr": -38.0},
    "Anaemia": {"haemoglobin": -32.0},
    "Hyperlipidaemia": {"cholesterol": 1.6, "ldl": 1.1},
    "Hypothyroidism": {"tsh": 2.0},
    "Body mass index 30+ - obesity": {"weight": 24.0},
}
