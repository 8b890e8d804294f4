"""The kinds of resource there are in FHIR R4, and those that only older versions of FHIR had."""

# Both R4 (4.0.1) and R4B (4.3.0): a sender of either is understood. https://hl7.org/fhir/R4/resourcelist.html
_MODELLED = """Account ActivityDefinition AdministrableProductDefinition AdverseEvent AllergyIntolerance
Appointment AppointmentResponse AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure
Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Citation
Claim ClaimResponse ClinicalImpression ClinicalUseDefinition CodeSystem Communication
CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent Contract
Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device
DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest
DocumentReference Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare
EventDefinition Evidence EvidenceReport EvidenceVariable ExampleScenario ExplanationOfBenefit
FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy
Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide Ingredient
InsurancePlan Invoice Library Linkage List Location ManufacturedItemDefinition Measure MeasureReport
Media Medication MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest
MedicationStatement MedicinalProductDefinition MessageDefinition MessageHeader MolecularSequence
NamingSystem NutritionOrder NutritionProduct Observation ObservationDefinition OperationDefinition
OperationOutcome Organization OrganizationAffiliation PackagedProductDefinition Parameters Patient
PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole Procedure
Provenance Questionnaire QuestionnaireResponse RegulatedAuthorization RelatedPerson RequestGroup
ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment Schedule
SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap
Subscription SubscriptionStatus SubscriptionTopic Substance SubstanceDefinition SupplyDelivery
SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult
VisionPrescription"""
WITH_MODEL = frozenset(_MODELLED.split())

# In R4 but dropped from R4B, so the library has no model of them: kept, and marked as not checked.
_UNMODELLED = """EffectEvidenceSynthesis RiskEvidenceSynthesis MedicinalProduct MedicinalProductAuthorization
MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient
MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
MedicinalProductPharmaceutical MedicinalProductUndesirableEffect SubstanceNucleicAcid
SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial
SubstanceSpecification"""
WITHOUT_MODEL = frozenset(_UNMODELLED.split())

RESOURCE_TYPES = WITH_MODEL | WITHOUT_MODEL

# Gone before R4: a feed that has one speaks FHIR STU3. https://hl7.org/fhir/R4/diff.html
_STU3 = """BodySite DataElement DeviceComponent EligibilityRequest EligibilityResponse ExpansionProfile
ImagingManifest ProcedureRequest ProcessRequest ProcessResponse ReferralRequest Sequence
ServiceDefinition"""
ONLY_STU3 = frozenset(_STU3.split())
