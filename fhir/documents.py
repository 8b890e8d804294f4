"""Documents: letters, summaries, questionnaires, lists and consents. A file's contents are never shown here.

One line: the same document, by identifier or by the hash of its file, as several sources hold it.
"""

from collections.abc import Hashable
from typing import Any

from fhir.choices import choice, span
from fhir.dates import fhir_date, first_date
from fhir.elements import (
    child,
    codings,
    concept_text,
    filled,
    joined,
    listed,
    narrative,
    notes,
    path,
    references,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Line, line
from fhir.same import events
from fhir.standing import state
from fhir.statement import Resource, Statement
from fhir.topics import is_advance_decision, is_sharing_decision

CODE = "documents"
TITLE = "Documents"
PRSB = "documents"
IPS = ""

DIFFERENCES = (
    "status", "document status", "kind", "decision", "scope", "action", "purpose", "concerns", "period",
    "sensitivity", "hash", "answers", "contents", "mode", "empty reason", "warning",
)  # fmt: skip
_OVER = {"superseded", "inactive", "retired"}


def claims(statement: Statement) -> bool:
    """Every document but advance decisions (care plans) and decisions about sharing (alerts)."""
    return not is_advance_decision(statement) and not is_sharing_decision(statement)


def read(statement: Statement) -> Item:
    """The document as its source describes it."""
    return _READERS[statement.type](statement, statement.resource or {})


def _reference(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("type")
    files = [child(content, "attachment") for content in listed(resource.get("content"))]
    kind = concept_text(concept) or texts(resource.get("category"))
    titles = [t for f in files if (t := words(child(f, "title")))]
    context = resource.get("context")
    fields = filled(
        kind=kind,
        category=texts(resource.get("category")),
        date=words(resource.get("date")) or words(resource.get("indexed")) or words(resource.get("created")),
        author=references(statement, resource.get("author")),
        custodian=references(statement, resource.get("custodian")),
        authenticator=references(statement, resource.get("authenticator")),
        description=words(resource.get("description")),
        document_status=state(resource.get("docStatus")),
        **_attachment_fields(files),
        period=span(child(context, "period")),
        setting=concept_text(child(context, "practiceSetting")),
        facility=concept_text(child(context, "facilityType")),
        sensitivity=texts(resource.get("securityLabel")),
    )
    status = state(resource.get("status"))
    when = first_date(resource.get("date"), resource.get("indexed"), resource.get("created"))
    text = words(resource.get("description")) or kind or "; ".join(titles) or narrative(resource)
    return Item(statement, text, codings(concept), status, when, fields, past=status in _OVER)


def _attachment_fields(files: list[Any]) -> dict[str, str]:
    """Name, kind and size of each file; never its content."""

    def every(name: str) -> str:
        return joined(words(child(file, name)) for file in files)

    return filled(
        attachment=every("title"),
        content_type=every("contentType"),
        size=every("size"),
        language=every("language"),
        hash=every("hash"),
        created=every("creation"),
    )


def _composition(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("type")
    sections = [
        t for s in listed(resource.get("section")) if (t := words(child(s, "title")) or concept_text(child(s, "code")))
    ]
    fields = filled(
        kind=concept_text(concept) or "Document",
        category=texts(resource.get("category")),
        date=words(resource.get("date")),
        author=references(statement, resource.get("author")),
        custodian=references(statement, resource.get("custodian")),
        sections="; ".join(sections),
        sensitivity=words(resource.get("confidentiality")),
    )
    text = words(resource.get("title")) or concept_text(concept) or narrative(resource)
    return Item(
        statement, text, codings(concept), state(resource.get("status")), fhir_date(resource.get("date")), fields
    )


def _answers(statement: Statement, resource: Resource) -> Item:
    found: list[str] = []
    _collect(statement, resource.get("item"), found, depth=0)
    fields = filled(
        kind="Questionnaire",
        questionnaire=words(resource.get("questionnaire")),
        date=words(resource.get("authored")),
        author=references(statement, resource.get("author")),
        source=references(statement, resource.get("source")),
        answers="\n".join(found),
    )
    title = next((words(child(i, "text")) for i in listed(resource.get("item")) if words(child(i, "text"))), "")
    text = narrative(resource) or title or fields.get("questionnaire") or fields["kind"]
    when = fhir_date(resource.get("authored"))
    return Item(statement, text, (), state(resource.get("status")), when, fields)


def _collect(statement: Statement, items: Any, found: list[str], depth: int) -> None:
    """Every question with its answers, in order, groups included; deeper than any real form is not followed."""
    for item in listed(items) if depth < 20 else []:
        answers = listed(child(item, "answer"))
        said = joined(choice(statement, answer, "value") for answer in answers)
        question = words(child(item, "text")) or words(child(item, "linkId"))
        if question or said:
            found.append(f"{question}: {said}" if said else question)
        for inner in [child(item, "item"), *(child(answer, "item") for answer in answers)]:
            _collect(statement, inner, found, depth + 1)


def _list(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("code")
    entries = listed(resource.get("entry"))
    warnings = [e for e in listed(resource.get("extension")) if "Warning" in words(child(e, "url"))]
    fields = filled(
        kind="List",
        mode=words(resource.get("mode")),
        entries=str(len(entries)) if "entry" in resource else "",
        contents=references(statement, [child(entry, "item") for entry in entries]),
        empty_reason=concept_text(resource.get("emptyReason")),
        warning="; ".join(
            words(child(w, "valueCode")) or concept_text(child(w, "valueCodeableConcept")) for w in warnings
        ),
        date=words(resource.get("date")),
        author=references(statement, resource.get("source")),
        note=notes(resource.get("note")),
    )
    status = state(resource.get("status"))
    text = words(resource.get("title")) or concept_text(concept) or narrative(resource)
    when = fhir_date(resource.get("date"))
    return Item(statement, text, codings(concept), status, when, fields, past=status in _OVER)


def _consent(statement: Statement, resource: Resource) -> Item:
    concept = child(resource, "category")
    fields = consent_fields(statement, resource)
    text = concept_text(concept) or concept_text(resource.get("scope")) or narrative(resource)
    status = state(resource.get("status"))
    when = fhir_date(resource.get("dateTime"))
    return Item(statement, text, codings(concept), status, when, fields, past=status in {"inactive", "rejected"})


def consent_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    """What any consent says: what it allows or refuses, who gave it, under which policy, for how long."""
    provision = resource.get("provision")
    actors = [child(a, "reference") for a in listed(child(provision, "actor"))]
    return filled(
        kind="Consent",
        scope=concept_text(resource.get("scope")),
        category=texts(resource.get("category")),
        decision=_decision(statement, provision),
        purpose=texts(child(provision, "purpose")),
        action=texts(child(provision, "action")),
        concerns=references(statement, actors),
        period=span(child(provision, "period")),
        date=words(resource.get("dateTime")),
        given_by=references(statement, resource.get("performer")),
        custodian=references(statement, resource.get("organization")),
        policy=concept_text(resource.get("policyRule")) or words(path(resource, "policy", "uri")),
        attachment=words(path(resource, "sourceAttachment", "title")),
        content_type=words(path(resource, "sourceAttachment", "contentType")),
        verified="; ".join(words(child(v, "verified")) for v in listed(resource.get("verification"))),
    )


def _decision(statement: Statement, provision: Any) -> str:
    """`permit`, or `permit; but deny: Disclose, Research` where a provision inside takes part of it back."""
    but = joined(_exception(statement, one) for one in listed(child(provision, "provision")))
    decision = words(child(provision, "type"))
    return f"{decision}; but {but}".removeprefix("; ") if but else decision


def _exception(statement: Statement, provision: Any) -> str:
    """`deny: Disclose, Research, Elm Surgery`: a provision inside another takes back part of what that one says."""
    said = [texts(child(provision, name)) for name in ("action", "purpose", "code", "class", "securityLabel")]
    said += [references(statement, [child(a, "reference") for a in listed(child(provision, "actor"))])]
    said += [span(child(provision, "period"))]
    return f"{words(child(provision, 'type'))}: {', '.join(t for t in said if t)}".strip(": ")


_READERS = {
    "DocumentReference": _reference,
    "DocumentManifest": _reference,
    "Composition": _composition,
    "QuestionnaireResponse": _answers,
    "List": _list,
    "Consent": _consent,
}
TYPES = frozenset(_READERS)


def keys(item: Item) -> list[Hashable]:
    """The same master identifier, or the same file."""
    master = (item.statement.resource or {}).get("masterIdentifier")
    found: list[Hashable] = [("hash", item.fields["hash"])] if item.fields.get("hash") else []
    if value := words(child(master, "value")):
        found.append(("master", words(child(master, "system")), value))
    return found


def lines(items: list[Item]) -> list[Line]:
    """Newest first."""
    found = [line(group, DIFFERENCES) for group in events(items, keys)]
    return sorted(found, key=lambda one: one.items[0].order, reverse=True)
