"""Codes of different systems that name one thing: the same test in LOINC and SNOMED CT, an allergy and its substance.

Only pairs that a published mapping or profile states. Sources: UK Core vital signs profiles and the NHS
Health Check dual codings (blood pressure, pulse, oxygen, temperature, breathing, weight, height, BMI, HbA1c);
the seven blood tests are those that English hospital and GP feeds hold in both systems for one specimen.
A pair here never converts a value: two units of one test are shown as two values.
"""

from collections.abc import Mapping

from fhir.codes import Code, System

TEST = "test"
"""The system of the key of a test that is in the table."""
_TESTS: Mapping[str, tuple[str, ...]] = {
    # LOINC, then SNOMED CT
    "blood pressure": ("85354-9", "75367002"),
    "systolic blood pressure": ("8480-6", "271649006", "72313002"),
    "diastolic blood pressure": ("8462-4", "271650006", "1091811000000102"),
    "heart rate": ("8867-4", "364075005"),
    "oxygen saturation": ("2708-6", "59408-5", "431314004", "103228002"),
    "body temperature": ("8310-5", "386725007"),
    "respiratory rate": ("9279-1", "86290005"),
    "body weight": ("29463-7", "27113001"),
    "body height": ("8302-2", "50373000", "1153637007"),
    "body mass index": ("39156-5", "60621009"),
    "total cholesterol": ("2093-3", "994351000000103"),
    "HDL cholesterol": ("2085-9", "1005681000000107"),
    "LDL cholesterol": ("18262-6", "1022191000000100"),
    "triglycerides": ("2571-8", "1005691000000109"),
    "creatinine": ("38483-4", "1000731000000107"),
    "estimated GFR": ("33914-3", "1011481000000105"),
    "haemoglobin A1c": ("4548-4", "59261-8", "999791000000106"),
}

_ALLERGIES: Mapping[str, tuple[str, ...]] = {
    # the finding "allergy to …", then its causative substance (SNOMED CT concept model, 246075003)
    "penicillin": ("91936005", "373270004", "764146007"),
    "amoxicillin": ("294505008", "372687004"),
    "aspirin": ("293586001", "387458008"),
    "trimethoprim": ("294462000", "387179001"),
}


def _index(table: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, str], str]:
    system = {True: System.LOINC, False: System.SNOMED}
    return {(system["-" in code], code): name for name, codes in table.items() for code in codes}


_TEST_OF = _index(_TESTS)
_SUBSTANCE_OF = _index(_ALLERGIES)


def test_key(code: Code) -> tuple[str, str]:
    """The key of a test's code: one for the same test in LOINC and SNOMED CT."""
    name = _TEST_OF.get(code.key)
    return (TEST, name) if name else code.key


def substance_key(code: Code) -> tuple[str, str]:
    """The key of an allergy's code: one for "allergy to aspirin" and for aspirin."""
    name = _SUBSTANCE_OF.get(code.key)
    return ("substance", name) if name else code.key


SYSTOLIC = f"{TEST}:systolic blood pressure"
DIASTOLIC = f"{TEST}:diastolic blood pressure"
"""The groups of the two halves of a blood pressure."""
