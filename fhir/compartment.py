"""Which element of each kind of resource names the patient it is about, and which kinds must name one.

From the Patient compartment of R4 (https://hl7.org/fhir/R4/compartmentdefinition-patient.html), narrowed to *about
whom*: an author, a performer or a recipient who happens to be a patient is not whom the resource is about.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the patient is named, first the element that decides; and whether one must be."""

    paths: tuple[tuple[str, ...], ...]
    required: bool
    everywhere: tuple[tuple[str, ...], ...]
    """The paths, then where a sender who took the wrong element will have put it."""


def _rules(required: bool, named: dict[str, str]) -> dict[str, Rule]:
    made = {}
    for element, types in named.items():
        paths = tuple(tuple(path.split(".")) for path in element.split(" "))
        elsewhere = tuple(path for path in (("subject",), ("patient",)) if path not in paths)
        made.update({name: Rule(paths, required, paths + elsewhere) for name in types.split()})
    return made


# Nothing clinical may float without a person: each of these is refused when it names none.
_MUST = _rules(
    True,
    {
        "subject": """AdverseEvent CarePlan CareTeam ChargeItem ClinicalImpression Condition DeviceRequest
            DeviceUseStatement DiagnosticReport Encounter Flag Goal ImagingStudy MedicationAdministration
            MedicationDispense MedicationRequest MedicationStatement Observation Procedure RiskAssessment
            ServiceRequest""",
        "patient": """AllergyIntolerance BodyStructure Claim ClaimResponse Consent
            CoverageEligibilityRequest CoverageEligibilityResponse EpisodeOfCare ExplanationOfBenefit
            FamilyMemberHistory Immunization ImmunizationEvaluation ImmunizationRecommendation NutritionOrder
            RelatedPerson VisionPrescription""",
        "beneficiary": "Coverage",
        "individual": "ResearchSubject",
    },
)

# These may be about a person. Where they are not, they are held as the source's context.
_MAY = _rules(
    False,
    {
        "subject": """Account Basic Communication CommunicationRequest Composition Contract DocumentManifest
            GuidanceResponse Invoice List MeasureReport Media QuestionnaireResponse RequestGroup Specimen""",
        "subject context.sourcePatientInfo": "DocumentReference",
        "patient": "DetectedIssue Device MolecularSequence SupplyDelivery",
        "candidate": "EnrollmentRequest",
        "for": "Task",
        "participant.actor": "Appointment",
        "actor": "AppointmentResponse",
        "target": "Provenance",
        "deliverTo": "SupplyRequest",
    },
)

COMPARTMENT: dict[str, Rule] = _MUST | _MAY
