"""Coding systems and codes. A code is never a bare string."""

from dataclasses import dataclass
from enum import StrEnum


class System(StrEnum):
    """The coding systems that we name. Others are kept and shown by their URL."""

    SNOMED = "http://snomed.info/sct"
    DMD = "https://dmd.nhs.uk"
    LOINC = "http://loinc.org"
    ICD10 = "http://hl7.org/fhir/sid/icd-10"
    RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
    CVX = "http://hl7.org/fhir/sid/cvx"
    READ2 = "http://read.info/readv2"
    CTV3 = "http://read.info/ctv3"
    UCUM = "http://unitsofmeasure.org"
    NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
    ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


# Other spellings seen in feeds. dm+d is written both ways in English guidance and is part of SNOMED CT UK.
_SAME_SYSTEM = {
    "http://dmd.nhs.uk": System.DMD,
    "https://dmd.nhs.uk/": System.DMD,
    "http://snomed.info/sct/83821000000107": System.SNOMED,
    "http://snomed.info/sct/999000041000000102": System.SNOMED,
    "http://hl7.org/fhir/sid/icd-10-uk": System.ICD10,
    "https://fhir.hl7.org.uk/Id/dmd": System.DMD,
    "http://read.info/readv2/": System.READ2,
}

SYSTEM_NAMES = {
    System.SNOMED: "SNOMED CT",
    System.DMD: "dm+d",
    System.LOINC: "LOINC",
    System.ICD10: "ICD-10",
    System.RXNORM: "RxNorm",
    System.CVX: "CVX",
    System.READ2: "Read v2",
    System.CTV3: "Read CTV3",
}


def is_known(code: "Code") -> bool:
    """Whether it is a code of a system that we name, and so more than its source's own."""
    return code.key[0] in _NAMED


_NAMED = frozenset(System)
NAMES_NOTHING = frozenset({
    # The words were carried over without their code: UK Core, "Clinical codes", degraded concepts.
    "196411000000103", "196421000000109", "196431000000106", "196441000000102", "196451000000104", "196461000000101",
    "196471000000108",
    # An allergy or intolerance to something that only the words name: HL7 C-CDA, Allergy and Intolerance Type.
    "235719002", "414285001", "416098002", "418038007", "418471000", "419199007", "419511003", "420134006", "59037007",
})  # fmt: skip
"""SNOMED CT codes that stand for "see the words": two statements that share one may be about two things."""


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """A code in its system, with the words that its source put beside it."""

    system: str
    code: str
    display: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Equal for the same concept: dm+d codes are SNOMED CT codes, and ICD-10 is written with or without its dot."""
        system = _SAME_SYSTEM.get(self.system, self.system)
        if system == System.DMD:
            return (System.SNOMED, self.code)
        if system == System.ICD10:
            return (system, self.code.replace(".", "").rstrip("X").upper())
        return (system, self.code)

    @property
    def system_name(self) -> str:
        """The system as people call it, or its URL."""
        system = _SAME_SYSTEM.get(self.system, self.system)
        return SYSTEM_NAMES.get(System(system), system) if system in set(System) else system
