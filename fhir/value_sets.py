"""The codes that FHIR R4 allows where it allows no others, for what the record shows. Written by hand.

The library does not check them. Keys are the type (or the part of a type, as the library names it) and the element.
Source: the required bindings of each resource's page at https://hl7.org/fhir/R4/.
"""

_GENDER = "male female other unknown"
_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
_REQUEST = "draft active on-hold revoked completed entered-in-error unknown"
_INTENT = "proposal plan directive order original-order reflex-order filler-order instance-order option"
_PRIORITY = "routine urgent asap stat"
_REPORT = "registered preliminary final amended corrected cancelled entered-in-error unknown"
_ENCOUNTER = "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
_EPISODE = "planned waitlist active onhold finished cancelled entered-in-error"
_COMPOSITION = "preliminary final amended entered-in-error"
_DOCUMENT = "current superseded entered-in-error"
_PUBLISHED = "draft active retired unknown"
_RELATION = "replaces transforms signs appends"
_COMPARATOR = "< <= >= >"
_SECTION = "working snapshot changes"
_UNIT = "s min h d wk mo a"

_WRITTEN: dict[tuple[str, str], str] = {
    ("Address", "type"): "postal physical both",
    ("Address", "use"): "home work temp old billing",
    ("AdverseEvent", "actuality"): "actual potential",
    ("Age", "comparator"): _COMPARATOR,
    ("AllergyIntolerance", "category"): "food medication environment biologic",
    ("AllergyIntolerance", "criticality"): "low high unable-to-assess",
    ("AllergyIntolerance", "type"): "allergy intolerance",
    ("AllergyIntoleranceReaction", "severity"): "mild moderate severe",
    ("Appointment", "status"): (
        "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist"
    ),
    ("AppointmentParticipant", "required"): "required optional information-only",
    ("AppointmentParticipant", "status"): "accepted declined tentative needs-action",
    ("CarePlan", "intent"): "proposal plan order option",
    ("CarePlan", "status"): _REQUEST,
    ("CarePlanActivityDetail", "kind"): (
        "Appointment CommunicationRequest DeviceRequest MedicationRequest NutritionOrder Task ServiceRequest"
        " VisionPrescription"
    ),
    ("CarePlanActivityDetail", "status"): (
        "not-started scheduled in-progress on-hold completed cancelled stopped unknown entered-in-error"
    ),
    ("CareTeam", "status"): "proposed active suspended inactive entered-in-error",
    ("ClinicalImpression", "status"): _EVENT,
    ("Communication", "priority"): _PRIORITY,
    ("Communication", "status"): _EVENT,
    ("CommunicationRequest", "priority"): _PRIORITY,
    ("CommunicationRequest", "status"): _REQUEST,
    ("Composition", "status"): _COMPOSITION,
    ("CompositionAttester", "mode"): "personal professional legal official",
    ("CompositionRelatesTo", "code"): _RELATION,
    ("CompositionSection", "mode"): _SECTION,
    ("Consent", "status"): "draft proposed active rejected inactive entered-in-error",
    ("ConsentProvision", "type"): "deny permit",
    ("ConsentProvisionData", "meaning"): "instance related dependents authoredby",
    ("ContactPoint", "system"): "phone fax email pager url sms other",
    ("ContactPoint", "use"): "home work temp old mobile",
    ("Count", "comparator"): _COMPARATOR,
    ("Coverage", "status"): "active cancelled draft entered-in-error",
    ("DetectedIssue", "severity"): "high moderate low",
    ("DetectedIssue", "status"): _REPORT,
    ("Device", "status"): "active inactive entered-in-error unknown",
    ("DeviceRequest", "intent"): _INTENT,
    ("DeviceRequest", "status"): _REQUEST,
    ("DeviceUseStatement", "status"): "active completed entered-in-error intended stopped on-hold",
    ("DiagnosticReport", "status"): (
        "registered partial preliminary final amended corrected appended cancelled entered-in-error unknown"
    ),
    ("Distance", "comparator"): _COMPARATOR,
    ("DocumentManifest", "status"): _DOCUMENT,
    ("DocumentReference", "docStatus"): _COMPOSITION,
    ("DocumentReference", "status"): _DOCUMENT,
    ("DocumentReferenceRelatesTo", "code"): _RELATION,
    ("Duration", "comparator"): _COMPARATOR,
    ("Encounter", "status"): _ENCOUNTER,
    ("EncounterLocation", "status"): "planned active reserved completed",
    ("EncounterStatusHistory", "status"): _ENCOUNTER,
    ("EpisodeOfCare", "status"): _EPISODE,
    ("EpisodeOfCareStatusHistory", "status"): _EPISODE,
    ("FamilyMemberHistory", "status"): "partial completed entered-in-error health-unknown",
    ("Flag", "status"): "active inactive entered-in-error",
    ("Goal", "lifecycleStatus"): (
        "proposed planned accepted active on-hold completed cancelled entered-in-error rejected"
    ),
    ("Group", "type"): "person animal practitioner device medication substance",
    ("HumanName", "use"): "usual official temp nickname anonymous old maiden",
    ("Identifier", "use"): "usual official temp secondary old",
    ("ImagingStudy", "status"): "registered available cancelled entered-in-error unknown",
    ("Immunization", "status"): "completed entered-in-error not-done",
    ("List", "mode"): _SECTION,
    ("List", "status"): "current retired entered-in-error",
    ("Location", "mode"): "instance kind",
    ("Location", "status"): "active suspended inactive",
    ("Media", "status"): _EVENT,
    ("Medication", "status"): "active inactive entered-in-error",
    ("MedicationAdministration", "status"): ("in-progress not-done on-hold completed entered-in-error stopped unknown"),
    ("MedicationDispense", "status"): (
        "preparation in-progress cancelled on-hold completed entered-in-error stopped declined unknown"
    ),
    ("MedicationRequest", "intent"): (
        "proposal plan order original-order reflex-order filler-order instance-order option"
    ),
    ("MedicationRequest", "priority"): _PRIORITY,
    ("MedicationRequest", "status"): ("active on-hold cancelled completed entered-in-error stopped draft unknown"),
    ("MedicationStatement", "status"): ("active completed entered-in-error intended stopped on-hold unknown not-taken"),
    ("Narrative", "status"): "generated extensions additional empty",
    ("NutritionOrder", "status"): _REQUEST,
    ("Observation", "status"): _REPORT,
    ("Patient", "gender"): _GENDER,
    ("PatientContact", "gender"): _GENDER,
    ("PatientLink", "type"): "replaced-by replaces refer seealso",
    ("Person", "gender"): _GENDER,
    ("PersonLink", "assurance"): "level1 level2 level3 level4",
    ("Practitioner", "gender"): _GENDER,
    ("Procedure", "status"): _EVENT,
    ("ProvenanceEntity", "role"): "derivation revision quotation source removal",
    ("Quantity", "comparator"): _COMPARATOR,
    ("Questionnaire", "status"): _PUBLISHED,
    ("QuestionnaireResponse", "status"): "in-progress completed amended entered-in-error stopped",
    ("RelatedPerson", "gender"): _GENDER,
    ("RequestGroup", "status"): _REQUEST,
    ("RiskAssessment", "status"): _REPORT,
    ("ServiceRequest", "intent"): _INTENT,
    ("ServiceRequest", "priority"): _PRIORITY,
    ("ServiceRequest", "status"): _REQUEST,
    ("Specimen", "status"): "available unavailable unsatisfactory entered-in-error",
    ("Task", "intent"): f"unknown {_INTENT}",
    ("Task", "priority"): _PRIORITY,
    ("Task", "status"): (
        "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
        " entered-in-error"
    ),
    ("TimingRepeat", "dayOfWeek"): "mon tue wed thu fri sat sun",
    ("TimingRepeat", "durationUnit"): _UNIT,
    ("TimingRepeat", "periodUnit"): _UNIT,
    ("TimingRepeat", "when"): (
        "MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS"
        " HS WAKE C CM CD CV AC ACM ACD ACV PC PCM PCD PCV"
    ),
}

REQUIRED_CODES: dict[tuple[str, str], tuple[str, ...]] = {key: tuple(codes.split()) for key, codes in _WRITTEN.items()}

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ALLERGY_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_ALLERGY_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"

REQUIRED_CODINGS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("AllergyIntolerance", "clinicalStatus"): (_ALLERGY_CLINICAL, ("active", "inactive", "resolved")),
    ("AllergyIntolerance", "verificationStatus"): (
        _ALLERGY_VERIFICATION,
        ("unconfirmed", "confirmed", "refuted", "entered-in-error", "presumed"),
    ),
    ("Condition", "clinicalStatus"): (
        _CLINICAL,
        ("active", "recurrence", "relapse", "inactive", "remission", "resolved"),
    ),
    ("Condition", "verificationStatus"): (
        _VERIFICATION,
        ("unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"),
    ),
}
