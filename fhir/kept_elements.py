"""Which elements of each kind of resource are shown for a person whose whereabouts nobody is shown: an allow-list.

What is not here is left out, whatever it is called and whoever adds it to FHIR: names, notes, narrative, references,
places, addresses, organisations, staff, teams, attachments, local ids.

Words stay (`text`, and the words of `clinical` concepts) only where a clinical fact may have no other form: the dose,
the range of a result, what an allergy, medicine, problem, procedure, test, finding or alert is. `topic` keeps of a
title or description only that it speaks of a decision made in advance or of social care.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from fhir.kept import (
    Kind,
    Spec,
    allowed,
    certainty,
    clinical,
    clinical_status,
    code,
    coding,
    concept,
    date,
    extension,
    file_hash,
    flag,
    identifier,
    media,
    nhs_number,
    number,
    samples,
    text,
    token,
    topic,
    unit,
)

Kept = TypeVar("Kept")


def thing(value: object) -> None:
    """A reference to a medicine or device: what it names is kept by `fhir.whereabouts`, which has it at hand."""


QUANTITY: Spec = {"value": number, "comparator": code, "unit": unit, "code": unit, "system": coding}
RANGE: Spec = {"low": QUANTITY, "high": QUANTITY}
RATIO: Spec = {"numerator": QUANTITY, "denominator": QUANTITY}
PERIOD: Spec = {"start": date, "end": date}
TIMING: Spec = {
    "event": date,
    "code": concept,
    "repeat": {
        **dict.fromkeys(("count", "frequency", "frequencyMax", "period", "periodMax", "duration", "offset"), number),
        **dict.fromkeys(("periodUnit", "durationUnit", "dayOfWeek", "when"), code),
        "timeOfDay": date, "boundsDuration": QUANTITY, "boundsPeriod": PERIOD, "boundsRange": RANGE,
    },
}  # fmt: skip


def times(name: str) -> dict[str, Kind | Spec]:
    """`name[x]` that says when: never in words."""
    return {
        f"{name}DateTime": date, f"{name}Date": date, f"{name}Instant": date, f"{name}Period": PERIOD,
        f"{name}Age": QUANTITY, f"{name}Range": RANGE, f"{name}Timing": TIMING, f"{name}Boolean": flag,
    }  # fmt: skip


def values(name: str, coded: Kind, words: Kind) -> dict[str, Kind | Spec]:
    """`name[x]` that says what was found; `coded` and `words` for what was found in a concept or in words."""
    return {
        f"{name}Quantity": QUANTITY, f"{name}CodeableConcept": coded, f"{name}String": words, f"{name}Range": RANGE,
        f"{name}Boolean": flag, f"{name}Integer": number, f"{name}Decimal": number, f"{name}Ratio": RATIO,
        f"{name}Time": date, f"{name}DateTime": date, f"{name}Period": PERIOD,
        f"{name}SampledData": {"data": samples},
    }  # fmt: skip


def each(kind: Kept, names: str) -> dict[str, Kept]:
    """One kind for several elements."""
    return dict.fromkeys(names.split(), kind)


DOSAGE: Spec = {
    "": text, "text": text, "sequence": number, **each(clinical, "additionalInstruction site route method"),
    "timing": {**TIMING, "code": clinical}, "asNeededBoolean": flag, "asNeededCodeableConcept": clinical,
    "maxDosePerPeriod": RATIO,
    "doseAndRate": {
        "type": concept, "doseQuantity": QUANTITY, "doseRange": RANGE, "rateRatio": RATIO, "rateRange": RANGE,
        "rateQuantity": QUANTITY,
    },
    "dose": QUANTITY, "doseQuantity": QUANTITY, "doseRange": RANGE, "rateRatio": RATIO, "rateQuantity": QUANTITY,
}  # fmt: skip
RESULT: Spec = {
    **values("value", clinical, text), "code": clinical, "dataAbsentReason": clinical, "interpretation": clinical,
    "referenceRange": {
        "low": QUANTITY, "high": QUANTITY, "text": text, "type": concept, "appliesTo": concept, "age": RANGE,
    },
}  # fmt: skip
FILE: Spec = {
    "contentType": media, "size": number, "hash": file_hash, "creation": date, "language": concept, "title": topic
}  # fmt: skip

_EVERY: Spec = {"status": code, "identifier": identifier, "extension": extension, "intent": code, "priority": code,
                "doNotPerform": flag}  # fmt: skip

_MEDICINE: Spec = {
    "medicationCodeableConcept": clinical, "medicationReference": thing,
    "medication": {"concept": clinical}, "dosage": DOSAGE, "dosageInstruction": DOSAGE, "quantity": QUANTITY,
    "daysSupply": QUANTITY, "courseOfTherapyType": concept, "category": concept, "type": concept,
    "dispenseRequest": {
        "validityPeriod": PERIOD, "quantity": QUANTITY, "expectedSupplyDuration": QUANTITY,
        "numberOfRepeatsAllowed": number,
    },
    **times("effective"), **each(date, "authoredOn dateAsserted whenPrepared whenHandedOver"),
    "reasonCode": concept, **each(clinical, "statusReason statusReasonCodeableConcept"),
    "substitution": {"allowedBoolean": flag, "allowedCodeableConcept": concept},
}  # fmt: skip
_SUPPLY: Spec = {
    **each(clinical, "itemCodeableConcept codeCodeableConcept"), **each(thing, "codeReference itemReference"),
    "suppliedItem": {"itemCodeableConcept": clinical, "quantity": QUANTITY}, "quantity": QUANTITY, "type": concept,
    **times("occurrence"), "authoredOn": date, "reasonCode": concept,
}  # fmt: skip
_DOCUMENT: Spec = {
    "docStatus": code, "type": concept, "category": concept, "description": topic, "masterIdentifier": identifier,
    **each(date, "date indexed created"), "content": {"attachment": FILE}, "context": {"period": PERIOD},
    "securityLabel": concept,
}  # fmt: skip
_PLAN: Spec = {
    "title": topic, "description": topic, "category": concept, "code": concept, "period": PERIOD,
    **each(date, "created authoredOn"),
    "activity": {"detail": {
        "code": concept, "status": code, "doNotPerform": flag, "description": topic, "scheduledTiming": TIMING,
        "scheduledPeriod": PERIOD,
    }},
}  # fmt: skip
_MESSAGE: Spec = {
    **each(concept, "category topic reasonCode medium statusReason"), **each(date, "sent received authoredOn"),
}  # fmt: skip
_PERSON: Spec = {"relationship": concept, "active": flag, "period": PERIOD, "gender": code}


def reaction(value: Any) -> Any:
    """What happened: in words only where no code says it."""
    spec = {"onset": date, "severity": code, **each(clinical, "substance manifestation exposureRoute")}
    kept = allowed(spec, value)
    if isinstance(value, dict) and not kept.get("manifestation") and (said := text(value.get("description"))):
        kept["description"] = said
    return kept


_BY_TYPE: Mapping[str, Spec] = {
    "Patient": {
        "identifier": nhs_number, "active": flag, "gender": code, "birthDate": date, "maritalStatus": concept,
        "name": {"": text, "use": code, "period": PERIOD, **each(text, "text family given prefix suffix")},
        **times("deceased"), "multipleBirthBoolean": flag, "multipleBirthInteger": number,
        "communication": {"language": concept, "preferred": flag},
        "meta": {"lastUpdated": date, "security": coding},
    },
    "AllergyIntolerance": {
        "clinicalStatus": clinical_status, "verificationStatus": certainty, **each(code, "type category criticality"),
        "code": clinical, **times("onset"), **each(date, "recordedDate assertedDate lastOccurrence"),
        "reaction": reaction,
    },
    "Condition": {
        "clinicalStatus": clinical_status, "verificationStatus": certainty, "category": concept, "severity": concept,
        "code": clinical, "bodySite": clinical, "stage": {"summary": clinical, "type": clinical},
        **times("onset"), **times("abatement"), **each(date, "recordedDate assertedDate"),
        "evidence": {"code": clinical},
    },
    "FamilyMemberHistory": {
        "relationship": concept, "sex": concept, **times("born"), **times("age"), **times("deceased"), "date": date,
        "condition": {"code": clinical, "outcome": clinical, **times("onset")}, "dataAbsentReason": concept,
        "reasonCode": concept,
    },
    "ClinicalImpression": {
        "code": clinical, "date": date, **times("effective"), "finding": {"itemCodeableConcept": clinical},
        "prognosisCodeableConcept": clinical, "statusReason": concept,
    },
    **each(_MEDICINE, "MedicationRequest MedicationStatement MedicationDispense MedicationAdministration"),
    "Medication": {
        "code": clinical, "form": clinical, "batch": {"lotNumber": token, "expirationDate": date},
        "ingredient": {"itemCodeableConcept": clinical, "strength": RATIO, "isActive": flag},
    },
    "Observation": {
        **RESULT, **times("effective"), "issued": date, "category": concept, "method": concept, "bodySite": clinical,
        "component": RESULT,
    },
    "DiagnosticReport": {
        "code": clinical, "category": concept, **times("effective"), "issued": date, "conclusionCode": clinical,
        "result": {}, "presentedForm": FILE,
    },
    "ImagingStudy": {
        "modality": coding, "procedureCode": clinical, "reasonCode": concept, "started": date,
        "numberOfInstances": number, "series": {"modality": coding, "bodySite": clinical},
    },
    "Specimen": {
        "type": clinical, "receivedTime": date, "condition": clinical,
        "collection": {**times("collected"), "method": concept, "bodySite": clinical},
    },
    "Media": {
        **each(concept, "type modality view"), "bodySite": clinical, "reasonCode": concept, "createdDateTime": date,
        "issued": date, "content": FILE,
    },
    "MolecularSequence": {"type": code, "quantity": QUANTITY},
    "Immunization": {
        "vaccineCode": clinical, **times("occurrence"), **each(date, "date recorded expirationDate"),
        "lotNumber": token, "doseQuantity": QUANTITY, **each(clinical, "site route statusReason"),
        "reasonCode": concept, "primarySource": flag, "reportOrigin": concept, "reaction": {"date": date},
        **each({"doseNumberPositiveInt": number, "doseNumberString": token, "targetDisease": clinical},
               "protocolApplied vaccinationProtocol"),
    },
    "ImmunizationRecommendation": {
        "date": date,
        "recommendation": {
            **each(clinical, "vaccineCode targetDisease forecastReason"), "forecastStatus": concept,
            "dateCriterion": {"code": concept, "value": date}, "doseNumberPositiveInt": number,
        },
    },
    "ImmunizationEvaluation": {
        "date": date, "targetDisease": clinical, "doseStatus": concept, "doseStatusReason": concept,
    },
    "Encounter": {
        **each(concept, "class type serviceType priority reasonCode"), "period": PERIOD, "length": QUANTITY,
    },
    "Appointment": {
        **each(concept, "appointmentType serviceType serviceCategory specialty reasonCode cancelationReason"),
        **each(date, "start end created"), "minutesDuration": number, "requestedPeriod": PERIOD,
    },
    "AppointmentResponse": {"participantStatus": code, "start": date, "end": date},
    "EpisodeOfCare": {"type": concept, "period": PERIOD},
    "ServiceRequest": {
        **each(concept, "code category orderDetail reasonCode"), "authoredOn": date, **times("occurrence"),
        "bodySite": clinical, **values("quantity", concept, topic), "asNeededBoolean": flag,
        "asNeededCodeableConcept": concept,
    },
    **each(_MESSAGE, "Communication CommunicationRequest"),
    "Task": {
        **each(concept, "code businessStatus statusReason reasonCode"), "description": topic,
        "executionPeriod": PERIOD, "authoredOn": date, "lastModified": date,
    },
    "Procedure": {
        **each(clinical, "code bodySite outcome complication followUp statusReason usedCode"),
        **each(concept, "category reasonCode"), **times("performed"),
    },
    "Device": {
        "type": clinical, "deviceName": {"name": text}, **each(token, "modelNumber serialNumber lotNumber"),
        **each(date, "manufactureDate expirationDate"), "udiCarrier": {"deviceIdentifier": token},
        "safety": clinical, "statusReason": concept,
    },
    "DeviceUseStatement": {
        "device": thing, **times("timing"), "recordedOn": date, "bodySite": clinical, "reasonCode": concept,
    },
    **each(_SUPPLY, "DeviceRequest SupplyRequest SupplyDelivery"),
    "VisionPrescription": {
        "dateWritten": date, "created": date,
        "lensSpecification": {
            "product": concept, "eye": code, **each(number, "sphere cylinder axis add power backCurve diameter"),
        },
    },
    "BodyStructure": {**each(clinical, "location locationQualifier morphology"), "active": flag},
    **each(_DOCUMENT, "DocumentReference DocumentManifest"),
    "Composition": {
        "type": concept, "category": concept, "title": topic, "date": date, "confidentiality": code,
        "section": {"title": topic, "code": concept},
    },
    "QuestionnaireResponse": {"authored": date},
    "List": {"mode": code, "code": concept, "title": topic, "date": date, "emptyReason": concept, "entry": {}},
    "Consent": {
        "scope": concept, "category": concept, "policyRule": concept, "dateTime": date,
        "provision": {"type": code, "period": PERIOD, "purpose": coding, "action": concept},
        "verification": {"verified": flag}, "sourceAttachment": FILE,
    },
    **each(_PLAN, "CarePlan RequestGroup"),
    "Goal": {
        "description": concept, "lifecycleStatus": code, "achievementStatus": concept, "category": concept,
        "startDate": date, "startCodeableConcept": concept, "statusDate": date,
        "target": {"measure": clinical, "dueDate": date, "dueDuration": QUANTITY, **values("detail", concept, topic)},
    },
    "NutritionOrder": {
        "dateTime": date, "foodPreferenceModifier": concept, "excludeFoodModifier": clinical,
        "oralDiet": {
            "type": clinical, "texture": {"modifier": clinical}, "fluidConsistencyType": clinical, "schedule": TIMING,
        },
        "enteralFormula": {"baseFormulaType": clinical, "maxVolumeToDeliver": QUANTITY},
        "supplement": {"type": clinical, "quantity": QUANTITY, "schedule": TIMING},
    },
    "Flag": {"code": clinical, "category": concept, "period": PERIOD},
    "RiskAssessment": {
        "code": clinical, "method": concept, **times("occurrence"), "reasonCode": concept,
        "prediction": {
            "outcome": clinical, "probabilityDecimal": number, "probabilityRange": RANGE, "qualitativeRisk": clinical,
            "whenPeriod": PERIOD, "whenRange": RANGE,
        },
    },
    "DetectedIssue": {
        "code": clinical, "severity": code, **times("identified"), "mitigation": {"action": clinical, "date": date},
    },
    "AdverseEvent": {
        "actuality": code, "event": clinical, **each(concept, "category severity seriousness outcome"),
        **each(date, "date detected recordedDate"),
    },
    "ResearchSubject": {"period": PERIOD},
    "GuidanceResponse": {"occurrenceDateTime": date, "reasonCode": concept},
    "RelatedPerson": _PERSON,
    "Person": _PERSON,
    "Practitioner": {"active": flag},
    "PractitionerRole": {"active": flag, "period": PERIOD, "code": concept, "specialty": concept},
    "CareTeam": {"category": concept, "period": PERIOD, "reasonCode": concept},
}  # fmt: skip


_LIFE = values("value", concept, topic)
_SOCIAL: Spec = {**_BY_TYPE["Observation"], **_LIFE, "component": {**RESULT, **_LIFE}}


def kept_of(resource_type: str, *, is_social: bool = False) -> Spec:
    """The elements of a type that may stay; of a type that is not listed, none.

    A result about somebody's life (`is_social`) says in words where and with whom they live: those do not stay.
    """
    own = _SOCIAL if is_social and resource_type == "Observation" else _BY_TYPE.get(resource_type)
    return {} if own is None else {**_EVERY, **own}
