"""Care plans, goals, diets, and decisions made in advance: resuscitation, refusal of treatment, power of attorney.

One line: the same words on the same day, or the same identifier, as several sources tell of it.
Advance decisions come first.
A decision that forbids and one that permits are one line that shows the difference.
"""

from collections.abc import Hashable

from fhir import documents
from fhir.choices import amount, choice
from fhir.dates import FhirDate, fhir_date
from fhir.elements import (
    child,
    codings,
    concept_text,
    filled,
    joined,
    listed,
    narrative,
    notes,
    plain,
    references,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Line, line, newest_first
from fhir.same import events
from fhir.standing import state
from fhir.statement import Resource, Statement
from fhir.topics import is_advance_decision, is_social

CODE = "care-plans"
TITLE = "Care plans and advance decisions"
PRSB = "care-and-support-plan"
IPS = "18776-5"

DIFFERENCES = (
    "description", "intent", "priority", "activities", "goals", "end", "target", "achievement", "status reason",
    "diet", "texture", "fluid", "formula", "supplement", "instruction", "maximum", "preference", "excluded",
    *documents.DIFFERENCES,
)  # fmt: skip
_OVER = {"completed", "revoked", "cancelled", "rejected", "inactive", "superseded", "ended"}


def claims(statement: Statement) -> bool:
    """Plans that are not social care; of consents and documents only decisions made in advance."""
    if statement.type in documents.TYPES:
        return is_advance_decision(statement)
    return not is_social(statement)


def read(statement: Statement) -> Item:
    """The plan, goal, diet or decision."""
    if statement.type in documents.TYPES:
        return documents.read(statement)
    return _READERS[statement.type](statement, statement.resource or {})


def _plan(statement: Statement, resource: Resource) -> Item:
    period = resource.get("period")
    goals = references(statement, resource.get("goal"))
    fields = filled(
        kind="Care plan" if statement.type == "CarePlan" else "Group of requests",
        description=words(resource.get("description")),
        category=texts(resource.get("category")),
        intent=words(resource.get("intent")),
        start=words(child(period, "start")),
        end=words(child(period, "end")),
        activities=joined(_activity(statement, a) for a in listed(resource.get("activity"))),
        goals=goals,
        addresses=references(statement, resource.get("addresses")),
        author=references(statement, resource.get("author")),
        contributor=references(statement, resource.get("contributor")),
        team=references(statement, resource.get("careTeam")),
        created=words(resource.get("created")) or words(resource.get("authoredOn")),
        note=notes(resource.get("note")),
    )
    concept = child(resource, "category") or resource.get("code")
    text = words(resource.get("title")) or concept_text(concept) or fields.get("description") or narrative(resource)
    when = fhir_date(child(period, "start")) or fhir_date(resource.get("created"))
    return _item(statement, text, concept, state(resource.get("status")), when, fields)


def _item(
    statement: Statement, text: str, concept: object, status: str, when: FhirDate | None, fields: dict[str, str]
) -> Item:
    return Item(statement, text, codings(concept), status, when, fields, past=status in _OVER)


def _activity(statement: Statement, activity: object) -> str:
    """`Exercise (in-progress): three times a week`; "do not" where the plan forbids it."""
    detail = child(activity, "detail")
    what = concept_text(child(detail, "code")) or references(statement, child(activity, "reference"))
    if child(detail, "doNotPerform") is True:
        what = f"Do not: {what}"
    status = state(child(detail, "status"))
    more = [
        words(child(detail, "description")),
        choice(statement, detail, "scheduled"),
        notes(child(activity, "progress")),
    ]
    said = "; ".join(text for text in more if text)
    label = f"{what} ({status})" if what and status else what or status
    return f"{label}: {said}" if label and said else label or said


def _goal(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("description")
    targets = listed(resource.get("target"))
    fields = filled(
        kind="Goal",
        achievement=concept_text(resource.get("achievementStatus")),
        category=texts(resource.get("category")),
        priority=concept_text(resource.get("priority")),
        start=choice(statement, resource, "start"),
        target=joined(_target(statement, one) for one in targets),
        status_date=words(resource.get("statusDate")),
        status_reason=words(resource.get("statusReason")),
        expressed_by=references(statement, resource.get("expressedBy")),
        addresses=references(statement, resource.get("addresses")),
        note=notes(resource.get("note")),
    )
    status = state(resource.get("lifecycleStatus")) or state(resource.get("status"))
    when = fhir_date(resource.get("startDate")) or fhir_date(resource.get("statusDate"))
    return _item(statement, concept_text(concept) or narrative(resource), concept, status, when, fields)


def _target(statement: Statement, target: object) -> str:
    parts = (
        concept_text(child(target, "measure")),
        choice(statement, target, "detail"),
        choice(statement, target, "due"),
    )
    return " ".join(part for part in parts if part)


def _supplement(supplement: object) -> str:
    return concept_text(child(supplement, "type")) or words(child(supplement, "productName"))


def _diet(statement: Statement, resource: Resource) -> Item:
    oral, formula = resource.get("oralDiet"), resource.get("enteralFormula")
    fields = filled(
        kind="Diet",
        diet=texts(child(oral, "type")),
        texture=joined(concept_text(child(x, "modifier")) for x in listed(child(oral, "texture"))),
        fluid=texts(child(oral, "fluidConsistencyType")),
        instruction=words(child(oral, "instruction")) or words(child(formula, "administrationInstruction")),
        formula=concept_text(child(formula, "baseFormulaType")) or words(child(formula, "baseFormulaProductName")),
        maximum=amount(child(formula, "maxVolumeToDeliver")),
        supplement=joined(_supplement(one) for one in listed(resource.get("supplement"))),
        preference=texts(resource.get("foodPreferenceModifier")),
        excluded=texts(resource.get("excludeFoodModifier")),
        orderer=references(statement, resource.get("orderer")),
        note=notes(resource.get("note")),
    )
    text = next((fields[n] for n in ("diet", "formula", "supplement") if n in fields), "") or narrative(resource)
    when = fhir_date(resource.get("dateTime"))
    return _item(statement, text, child(oral, "type"), state(resource.get("status")), when, fields)


_READERS = {"CarePlan": _plan, "RequestGroup": _plan, "Goal": _goal, "NutritionOrder": _diet}
TYPES = frozenset(
    {*_READERS, "Consent", "DocumentReference", "DocumentManifest", "Composition", "QuestionnaireResponse"}
)


def keys(item: Item) -> list[Hashable]:
    """The same words on the same day."""
    return [(item.statement.type, plain(item.text), item.when.text)] if item.text and item.when else []


def lines(items: list[Item]) -> list[Line]:
    """Decisions made in advance first; then current before past, newest first."""
    found = newest_first(line(group, DIFFERENCES) for group in events(items, keys))
    return sorted(found, key=lambda one: (one.lead.past, not is_advance_decision(one.lead.statement)))
