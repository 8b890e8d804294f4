"""Problems and diagnoses, family history, and clinical impressions.

One line: the same problem, by code, words or identifier.
Active problems come first, then the newest.
A problem that was over before another episode of it began is an earlier episode, and does not disagree with it.
Two episodes known to one source are listed in one line and are not a difference.
Family history, however it was sent, is never one with a problem of the person's own.
"""

from collections.abc import Hashable, Mapping, Sequence

from msgspec.structs import replace

from fhir import doubt, family
from fhir.choices import choice
from fhir.codes import System
from fhir.dates import FhirDate, fhir_date, first_date
from fhir.elements import (
    child,
    code_of,
    codings,
    concept_text,
    extensions,
    filled,
    joined,
    laterality,
    listed,
    narrative,
    notes,
    plain,
    references,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import (
    Difference,
    Line,
    between_sources,
    code_difference,
    difference,
    differences,
    line,
    newest_first,
    voices,
)
from fhir.same import concept_keys, things
from fhir.standing import clinical, state, verification
from fhir.statement import Resource, Statement

CODE = "problems"
TITLE = "Problems"
PRSB = "problems-and-issues"
IPS = "11450-4"

_OF_PROBLEMS = ("status", "verification", "severity", "laterality", "body site", "stage")
_OF_EPISODES = ("onset", "abated")
_OF_IMPRESSIONS = ("status", "summary", "description", "findings", "prognosis", "status reason")
DIFFERENCES = tuple(dict.fromkeys((*_OF_PROBLEMS, "category", *_OF_EPISODES, *family.DIFFERENCES, *_OF_IMPRESSIONS)))
_CATEGORIES: Mapping[str, str] = {
    "problem-list-item": "Problem list item",
    "encounter-diagnosis": "Encounter diagnosis",
    "health-concern": "Health concern",
}

_OVER = {"inactive", "resolved", "remission"}
_NO_PROBLEMS = {"160245001"}  # SNOMED CT: no current problems or disability


def read(statement: Statement) -> Item:
    """The problem, relative's condition or impression."""
    return _READERS[statement.type](statement, statement.resource or {})


def _problem(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("code")
    fields = _problem_fields(statement, resource)
    text, codes = concept_text(concept) or narrative(resource), codings(concept)
    said = clinical(resource.get("clinicalStatus"))
    relatives = family.is_family(resource)
    return Item(
        statement,
        family.named(text) if relatives else text,
        codes,
        said,
        first_date(resource.get("onsetDateTime"), resource.get("recordedDate"), resource.get("assertedDate")),
        {"kind": family.KIND, **fields} if relatives else fields,
        past=said in _OVER or fields.get("verification") == "refuted" or (not said and "abated" in fields),
        absent=any(code.key == (System.SNOMED, c) for code in codes for c in _NO_PROBLEMS),
        empty=any(code.code == "1287211007" for code in codes),
    )


def _problem_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    return filled(
        verification=verification(resource.get("verificationStatus")),
        onset=choice(statement, resource, "onset"),
        abated=choice(statement, resource, "abatement"),
        body_site=texts(resource.get("bodySite")),
        laterality=laterality(resource),
        severity=concept_text(resource.get("severity")),
        stage=joined(concept_text(child(stage, "summary")) for stage in listed(resource.get("stage"))),
        episodicity=_extension_words(resource, "Episodicity", "episodicity"),
        significance=_extension_words(resource, "ProblemSignificance", "ProblemSignificance-1"),
        category=texts(resource.get("category")),
        recorded=words(resource.get("recordedDate")) or words(resource.get("assertedDate")),
        recorder=references(statement, resource.get("recorder")),
        asserter=references(statement, resource.get("asserter")),
        evidence=joined(texts(child(e, "code")) for e in listed(resource.get("evidence"))),
        note=notes(resource.get("note")),
    )


def _extension_words(resource: Resource, *ends: str) -> str:
    found = [e for end in ends for e in extensions(resource, end)]
    return "; ".join(
        dict.fromkeys(
            t for e in found if (t := concept_text(e.get("valueCodeableConcept")) or words(e.get("valueCode")))
        )
    )


def _impression(statement: Statement, resource: Resource) -> Item:
    findings = listed(resource.get("finding"))
    found = joined(texts(child(f, "itemCodeableConcept")) for f in findings)
    text = words(resource.get("summary")) or words(resource.get("description")) or concept_text(resource.get("code"))
    fields = filled(
        kind="Clinical impression",
        description=words(resource.get("description")),
        summary=words(resource.get("summary")),
        findings=found,
        prognosis=texts(resource.get("prognosisCodeableConcept")),
        assessor=references(statement, resource.get("assessor")),
        recorded=words(resource.get("date")),
        effective=choice(statement, resource, "effective"),
        status_reason=concept_text(resource.get("statusReason")),
        note=notes(resource.get("note")),
    )
    when = first_date(resource.get("effectiveDateTime"), resource.get("date"))
    codes = codings(resource.get("code"))
    return Item(statement, text or found or narrative(resource), codes, state(resource.get("status")), when, fields)


_READERS = {"Condition": _problem, "FamilyMemberHistory": family.read, "ClinicalImpression": _impression}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """A problem is the same by code or words; a relative's by all its words; an impression by day too."""
    kind = item.fields.get("kind", "")
    if item.statement.type == "Condition":
        return [(kind, key) for key in concept_keys(item)]
    day = item.when.text if item.statement.type == "ClinicalImpression" and item.when else ""
    return [(item.statement.type, plain(item.text), day)] if item.text else []


def lines(items: list[Item]) -> list[Line]:
    """Active problems first, newest first; then those that are over; then statements of none, marked where a current
    problem contradicts them; family history and impressions last.
    """
    own = [item for item in items if "kind" not in item.fields]
    others = [item for item in items if "kind" in item.fields]
    found = newest_first(_combined(group) for group in (*things(own, keys), *things(others, keys)))
    has = any(not (o.lead.absent or o.lead.empty or o.lead.past or "kind" in o.lead.fields) for o in found)
    marked = [replace(one, contradicted=has) if one.lead.absent else one for one in found]
    return sorted(marked, key=lambda one: ("kind" in one.lead.fields, one.lead.absent))


def _combined(group: Sequence[Item]) -> Line:
    kind = group[0].fields.get("kind")
    if kind:
        return line(group, family.DIFFERENCES + _OF_PROBLEMS if kind == family.KIND else _OF_IMPRESSIONS)
    one = line(group, (), called=_called)
    if len(group) == 1:
        return one
    heard = _same_episode(voices(group))
    category = difference(heard, "category", _category) if _categories_differ(heard) else None
    said = [*differences(heard, _OF_PROBLEMS), *([category] if category else [])]
    return replace(one, differences=(*one.differences, *said, *between_sources(heard, _OF_EPISODES)))


def _called(group: Sequence[Item]) -> Difference | None:
    return code_difference(group) or doubt.difference(group)


def _category(item: Item) -> str:
    return "; ".join(sorted(_categories(item)))


def _categories(item: Item) -> set[str]:
    """What kind of statement it is: on the problem list, a diagnosis of one visit, … in one spelling."""
    found = listed((item.statement.resource or {}).get("category"))
    return {_CATEGORIES.get(code_of(one), concept_text(one)) for one in found if concept_text(one)}


def _categories_differ(heard: Sequence[Item]) -> bool:
    """Whether two sources have no category in common: one's problem is another's diagnosis of a single visit."""
    by_source: dict[str, set[str]] = {}
    for item in heard:
        by_source.setdefault(item.source, set()).update(_categories(item))
    said = [found for found in by_source.values() if found]
    return any(not one & other for n, one in enumerate(said) for other in said[n + 1 :])


def _same_episode(heard: list[Item]) -> list[Item]:
    """Without what was over before the current (else the latest) episode began: that is an earlier episode."""
    current = [date.start for i in heard if not i.past and (date := _began(i))]
    latest = [date.start for i in heard if (date := _began(i))]
    if not latest:
        return heard
    begun = min(current) if current else max(latest)
    over = {id(i) for i in heard if i.past and (end := fhir_date(i.fields.get("abated"))) and end.start < begun}
    return [item for item in heard if id(item) not in over]


def _began(item: Item) -> FhirDate | None:
    return fhir_date(item.fields.get("onset")) or item.when
