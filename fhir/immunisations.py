"""Immunisations given, not given, and recommended.

One line: the same vaccine on the same day, by code or words, as several sources tell of it.
Two of one source on one day are two. One that was not given is never joined with one that was.
"""

from collections.abc import Hashable

from fhir.choices import amount, choice
from fhir.codes import System
from fhir.dates import fhir_date
from fhir.elements import (
    child,
    codings,
    concept_text,
    extensions,
    filled,
    joined,
    listed,
    narrative,
    notes,
    references,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Line, line, newest_first
from fhir.same import concept_keys, events
from fhir.standing import state
from fhir.statement import Resource, Statement

CODE = "immunisations"
TITLE = "Immunisations"
PRSB = "immunisations"
IPS = "11369-6"

DIFFERENCES = (
    "status", "status reason", "procedure", "dose number", "series", "target disease", "dose", "route", "site", "batch",
    "expiry", "subpotent", "subpotent because", "reaction", "reaction detail", "due", "forecast", "dose status",
)  # fmt: skip
_NO_IMMUNISATIONS = "787483001"  # SNOMED CT (IPS): no known immunisations


def read(statement: Statement) -> Item:
    """The vaccine, or the advice to give one."""
    return _READERS[statement.type](statement, statement.resource or {})


def _given(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("vaccineCode")
    procedures = [e.get("valueCodeableConcept") for e in extensions(resource, "VaccinationProcedure")]
    when = fhir_date(resource.get("occurrenceDateTime")) or fhir_date(resource.get("date"))
    codes = codings(concept)
    status = state(resource.get("status"))
    text = concept_text(concept) or texts(procedures) or narrative(resource)
    fields = {**filled(procedure=texts(procedures)), **_given_fields(statement, resource)}
    return Item(
        statement,
        text,
        codes,
        status,
        when or fhir_date(resource.get("recorded")),
        fields,
        absent=any(code.key == (System.SNOMED, _NO_IMMUNISATIONS) for code in codes),
    )


def _given_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    doses = listed(resource.get("protocolApplied")) + listed(resource.get("vaccinationProtocol"))
    given = choice(statement, resource, "occurrence")
    performers = [child(p, "actor") or p for p in listed(resource.get("performer"))]
    return filled(
        given=given or words(resource.get("date")),
        dose_number=joined(choice(statement, p, "doseNumber") for p in doses),
        series=joined(words(child(p, "series")) for p in doses),
        target_disease=joined(texts(child(p, "targetDisease")) for p in doses),
        batch=words(resource.get("lotNumber")),
        expiry=words(resource.get("expirationDate")),
        manufacturer=references(statement, resource.get("manufacturer")),
        dose=amount(resource.get("doseQuantity")),
        site=concept_text(resource.get("site")),
        route=concept_text(resource.get("route")),
        place=references(statement, resource.get("location")),
        performer=references(statement, performers),
        reason=texts(resource.get("reasonCode")),
        status_reason=concept_text(resource.get("statusReason")),
        reaction=joined(words(child(r, "date")) for r in listed(resource.get("reaction"))),
        reaction_detail=references(statement, [child(r, "detail") for r in listed(resource.get("reaction"))]),
        subpotent={"true": "yes", "false": "no"}.get(words(resource.get("isSubpotent")), ""),
        subpotent_because=texts(resource.get("subpotentReason")),
        primary_source=words(resource.get("primarySource")),
        origin=concept_text(resource.get("reportOrigin")),
        recorded=words(resource.get("recorded")),
        note=notes(resource.get("note")),
    )


def _recommended(statement: Statement, resource: Resource) -> Item:
    advice = listed(resource.get("recommendation"))
    vaccines = [t for a in advice if (t := texts(child(a, "vaccineCode")) or concept_text(child(a, "targetDisease")))]
    dates = [d for a in advice for c in listed(child(a, "dateCriterion")) if (d := _due(c))]
    fields = filled(
        kind="Recommendation",
        due="; ".join(dates),
        forecast=joined(concept_text(child(a, "forecastStatus")) for a in advice),
        reason=joined(texts(child(a, "forecastReason")) for a in advice),
        series=joined(words(child(a, "series")) for a in advice),
        dose_number=joined(choice(statement, a, "doseNumber") for a in advice),
        authority=references(statement, resource.get("authority")),
    )
    text = "; ".join(vaccines) or narrative(resource)
    return Item(statement, text, (), "recommended", fhir_date(resource.get("date")), fields)


def _due(criterion: object) -> str:
    return f"{concept_text(child(criterion, 'code'))} {words(child(criterion, 'value'))}".strip()


def _evaluated(statement: Statement, resource: Resource) -> Item:
    fields = filled(
        kind="Evaluation",
        target_disease=concept_text(resource.get("targetDisease")),
        dose_status=concept_text(resource.get("doseStatus")),
        reason=texts(resource.get("doseStatusReason")),
        description=words(resource.get("description")),
        series=words(resource.get("series")),
    )
    text = fields.get("target disease") or narrative(resource)
    return Item(statement, text, (), state(resource.get("status")), fhir_date(resource.get("date")), fields)


_READERS = {"Immunization": _given, "ImmunizationRecommendation": _recommended, "ImmunizationEvaluation": _evaluated}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """The same vaccine on the same day."""
    kind = (item.statement.type, item.when.day if item.when else "")
    return [(*kind, key) for key in concept_keys(item)] if item.when or item.absent else []


def lines(items: list[Item]) -> list[Line]:
    """Immunisations, newest first; then recommendations; then statements of none, marked where contradicted."""
    found = newest_first(line(group, DIFFERENCES) for group in events(items, keys))
    given = any(one.lead.status == "completed" and not one.lead.absent for one in found)
    marked = [Line(o.items, o.lead, o.differences, contradicted=given) if o.lead.absent else o for o in found]
    return sorted(marked, key=lambda one: (one.lead.statement.type != "Immunization", one.lead.absent))
