"""Where every kind of resource that can be kept stands: in sections, about a person in none, or about nobody.

A kind that is in neither of these is shown to nobody, and the site does not start while there is one.
"""

from fhir.record import SECTIONS, categories_of
from fhir.resource_types import RESOURCE_TYPES

_ABOUT_A_PERSON = """Account Basic ChargeItem Claim ClaimResponse Contract Coverage CoverageEligibilityRequest
CoverageEligibilityResponse EnrollmentRequest ExplanationOfBenefit Invoice MeasureReport Provenance"""
ABOUT_A_PERSON = frozenset(_ABOUT_A_PERSON.split())
"""They may name a patient (`fhir.compartment`), and no section has a place for them: they are shown as set aside."""

_ABOUT_NOBODY = """ActivityDefinition AdministrableProductDefinition AuditEvent Binary BiologicallyDerivedProduct
Bundle CapabilityStatement CatalogEntry ChargeItemDefinition Citation ClinicalUseDefinition CodeSystem
CompartmentDefinition ConceptMap DeviceDefinition DeviceMetric EffectEvidenceSynthesis Endpoint EnrollmentResponse
EventDefinition Evidence EvidenceReport EvidenceVariable ExampleScenario GraphDefinition Group HealthcareService
ImplementationGuide Ingredient InsurancePlan Library Linkage Location ManufacturedItemDefinition Measure Medication
MedicationKnowledge MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
MedicinalProductDefinition MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
MedicinalProductUndesirableEffect MessageDefinition MessageHeader NamingSystem NutritionProduct
ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation
PackagedProductDefinition Parameters PaymentNotice PaymentReconciliation PlanDefinition Questionnaire
RegulatedAuthorization ResearchDefinition ResearchElementDefinition ResearchStudy RiskEvidenceSynthesis Schedule
SearchParameter Slot SpecimenDefinition StructureDefinition StructureMap Subscription SubscriptionStatus
SubscriptionTopic Substance SubstanceDefinition SubstanceNucleicAcid SubstancePolymer SubstanceProtein
SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification TerminologyCapabilities TestReport
TestScript ValueSet VerificationResult"""
ABOUT_NOBODY = frozenset(_ABOUT_NOBODY.split())
"""Held as their source's own. Where one is about a person all the same, it is set aside too."""

EVERY_SECTION = frozenset(module.CODE for module in SECTIONS)


def sections_of(type_: str) -> frozenset[str]:
    """The sections of which a reader must see one, to see a resource of this kind; none for an unknown kind."""
    return categories_of(type_) or (EVERY_SECTION if type_ in ABOUT_A_PERSON | ABOUT_NOBODY else frozenset())


def without_place() -> list[str]:
    """The kinds that can be kept and have no place here."""
    return sorted(one for one in RESOURCE_TYPES if not sections_of(one))
