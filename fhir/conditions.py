"""Problems and diagnoses, family history, and clinical impressions.

The same code, the same words or the same identifier is one problem. Active problems come first, then the newest.
A problem that was over before another episode of it began is an earlier episode, and does not disagree with it.
Two episodes known to one source are listed in one line and are not a difference.
"""

from collections.abc import Hashable, Sequence

from fhir.choices import choice
from fhir.codes import System
from fhir.dates import FhirDate, fhir_date
from fhir.elements import (
    child,
    code_of,
    codings,
    concept_text,
    extensions,
    filled,
    listed,
    narrative,
    notes,
    plain,
    references,
    texts,
    words,
)
from fhir.line import (
    Difference,
    Item,
    Line,
    by_keys,
    code_difference,
    concept_keys,
    difference,
    differences,
    identifier_keys,
    line,
    newest_first,
    stated,
    voices,
)
from fhir.statement import Resource, Statement

CODE = "problems"
TITLE = "Problems"
PRSB = "problems-and-issues"
IPS = "11450-4"

DIFFERENCES = ("verification", "severity", "laterality", "body site", "stage")

_OVER = {"inactive", "resolved", "remission"}
_NO_PROBLEMS = {"160245001"}  # SNOMED CT: no current problems or disability


def read(statement: Statement) -> Item:
    """The problem, relative's condition or impression."""
    return _READERS[statement.type](statement, statement.resource or {})


def _problem(statement: Statement, resource: Resource) -> Item:
    concept, status = resource.get("code"), resource.get("clinicalStatus")
    fields = _problem_fields(statement, resource)
    codes = codings(concept)
    said = code_of(status) or concept_text(status)
    return Item(
        statement,
        concept_text(concept) or narrative(resource),
        codes,
        said,
        _first_date(resource, "onsetDateTime", "recordedDate", "assertedDate"),
        fields,
        past=said in _OVER or fields.get("verification") == "refuted" or (not said and "abated" in fields),
        absent=any(code.key == (System.SNOMED, c) for code in codes for c in _NO_PROBLEMS),
        empty=any(code.code == "1287211007" for code in codes),
    )


def _first_date(resource: Resource, *names: str) -> FhirDate | None:
    return next((found for name in names if (found := fhir_date(resource.get(name)))), None)


def _problem_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    verification = resource.get("verificationStatus")
    return filled(
        verification=code_of(verification) or concept_text(verification),
        onset=choice(statement, resource, "onset"),
        abated=choice(statement, resource, "abatement"),
        body_site=texts(resource.get("bodySite")),
        laterality=_laterality(resource),
        severity=concept_text(resource.get("severity")),
        stage="; ".join(s for stage in listed(resource.get("stage")) if (s := concept_text(child(stage, "summary")))),
        episodicity=_extension_words(resource, "Episodicity", "episodicity"),
        significance=_extension_words(resource, "ProblemSignificance", "ProblemSignificance-1"),
        category=texts(resource.get("category")),
        recorded=words(resource.get("recordedDate")) or words(resource.get("assertedDate")),
        recorder=references(statement, resource.get("recorder")),
        asserter=references(statement, resource.get("asserter")),
        evidence="; ".join(t for e in listed(resource.get("evidence")) if (t := texts(child(e, "code")))),
        note=notes(resource.get("note")),
    )


def _extension_words(resource: Resource, *ends: str) -> str:
    found = [e for end in ends for e in extensions(resource, end)]
    return "; ".join(
        dict.fromkeys(
            t for e in found if (t := concept_text(e.get("valueCodeableConcept")) or words(e.get("valueCode")))
        )
    )


def _laterality(resource: Resource) -> str:
    sites = [child(site, "extension") and site for site in listed(resource.get("bodySite"))]
    found = [e for holder in (resource, *sites) for e in extensions(holder, "aterality")]
    return "; ".join(t for e in found if (t := concept_text(e.get("valueCodeableConcept"))))


def _relative(statement: Statement, resource: Resource) -> Item:
    who = concept_text(resource.get("relationship")) or words(resource.get("name"))
    conditions = listed(resource.get("condition"))
    what = "; ".join(t for c in conditions if (t := concept_text(child(c, "code"))))
    fields = filled(
        kind="Family history",
        relationship=who,
        name=words(resource.get("name")),
        sex=concept_text(resource.get("sex")),
        born=choice(statement, resource, "born"),
        age=choice(statement, resource, "age"),
        died=choice(statement, resource, "deceased"),
        onset="; ".join(t for c in conditions if (t := choice(statement, c, "onset"))),
        outcome="; ".join(t for c in conditions if (t := concept_text(child(c, "outcome")))),
        condition_note="; ".join(t for c in conditions if (t := notes(child(c, "note")))),
        reason=texts(resource.get("reasonCode")),
        absent_reason=concept_text(resource.get("dataAbsentReason")),
        note=notes(resource.get("note")),
    )
    text = f"{who}: {what}" if who and what else who or what or narrative(resource)
    codes = tuple(code for c in conditions for code in codings(child(c, "code")))
    return Item(statement, text, codes, words(resource.get("status")), fhir_date(resource.get("date")), fields)


def _impression(statement: Statement, resource: Resource) -> Item:
    findings = listed(resource.get("finding"))
    found = "; ".join(t for f in findings if (t := texts(child(f, "itemCodeableConcept"))))
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
    when = _first_date(resource, "effectiveDateTime", "date")
    codes = codings(resource.get("code"))
    return Item(statement, text or found or narrative(resource), codes, words(resource.get("status")), when, fields)


_READERS = {"Condition": _problem, "FamilyMemberHistory": _relative, "ClinicalImpression": _impression}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """A problem is the same by code, words or identifier; a relative's by all its words; an impression by day too."""
    if item.statement.type == "Condition":
        return [*concept_keys(item), *identifier_keys(item)]
    day = item.when.text if item.statement.type == "ClinicalImpression" and item.when else ""
    return [*identifier_keys(item), *([(item.statement.type, plain(item.text), day)] if item.text else [])]


def lines(items: list[Item]) -> list[Line]:
    """Active problems first and newest first; then those that are over; family history and impressions last."""
    found = newest_first(_combined(group) for group in by_keys(items, keys))
    return sorted(found, key=lambda one: (one.lead.statement.type != "Condition", one.lead.absent))


def _combined(group: Sequence[Item]) -> Line:
    plain_line = line(group, DIFFERENCES)
    if len(group) == 1 or group[0].statement.type != "Condition":
        return plain_line
    heard = _same_episode(voices(group))
    timing = [d for kind in ("onset", "abated") if (d := _across_sources(heard, kind))]
    status = [d for d in [difference(heard, "status", stated("status"))] if d]
    codes = [d for d in [code_difference(group)] if d]
    return Line(plain_line.items, plain_line.lead, (*codes, *status, *differences(heard, DIFFERENCES), *timing))


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


def _across_sources(heard: Sequence[Item], kind: str) -> Difference | None:
    """Two sources that share no value of this kind differ; several values of one source are its several episodes."""
    said: dict[str, set[str]] = {}
    for item in heard:
        if value := item.fields.get(kind):
            said.setdefault(item.source, set()).add(plain(value))
    sets = list(said.values())
    if any(not one & other for n, one in enumerate(sets) for other in sets[n + 1 :]):
        return difference(heard, kind, stated(kind))
    return None
