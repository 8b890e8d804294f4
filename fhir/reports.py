"""Reports, images, specimens and pictures: what stands beside single results."""

from collections.abc import Hashable

from fhir.choices import choice
from fhir.dates import fhir_date
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
    plain,
    references,
    texts,
    words,
)
from fhir.item import Item
from fhir.line import Line, line
from fhir.same import events
from fhir.standing import state
from fhir.statement import Resource, Statement

DIFFERENCES = (
    "status", "conclusion", "conclusion codes", "modality", "procedure", "body site", "method", "condition", "specimen",
)  # fmt: skip


def _report(statement: Statement, resource: Resource) -> Item:
    concept = resource.get("code")
    when = fhir_date(resource.get("effectiveDateTime")) or fhir_date(path(resource, "effectivePeriod", "start"))
    return Item(
        statement,
        concept_text(concept) or narrative(resource),
        codings(concept),
        state(resource.get("status")),
        when or fhir_date(resource.get("issued")),
        _report_fields(statement, resource),
    )


def _report_fields(statement: Statement, resource: Resource) -> dict[str, str]:
    results, files = listed(resource.get("result")), listed(resource.get("presentedForm"))
    names = [words(child(f, "title")) or words(child(f, "contentType")) for f in files]
    return filled(
        kind="Report",
        conclusion=words(resource.get("conclusion")),
        conclusion_codes=texts(resource.get("conclusionCode")),
        category=texts(resource.get("category")),
        effective=choice(statement, resource, "effective"),
        issued=words(resource.get("issued")),
        performer=references(statement, resource.get("performer")),
        interpreter=references(statement, resource.get("resultsInterpreter")),
        specimen=references(statement, resource.get("specimen")),
        results=str(len(results)) if results else "",
        attachments="; ".join(name for name in names if name),
        images=joined(words(child(m, "comment")) for m in listed(resource.get("media"))),
    )


def _imaging(statement: Statement, resource: Resource) -> Item:
    series = listed(resource.get("series"))
    fields = filled(
        kind="Imaging study",
        modality=texts(resource.get("modality")) or texts([child(s, "modality") for s in series]),
        body_site=texts([child(s, "bodySite") for s in series]),
        series=joined(words(child(s, "description")) for s in series),
        procedure=texts(resource.get("procedureCode")),
        reason=texts(resource.get("reasonCode")),
        referrer=references(statement, resource.get("referrer")),
        interpreter=references(statement, resource.get("interpreter")),
        place=references(statement, resource.get("location")),
        number_of_images=words(resource.get("numberOfInstances")),
        note=notes(resource.get("note")),
    )
    text = words(resource.get("description")) or fields.get("procedure", "") or fields.get("modality", "")
    codes = codings(child(resource, "procedureCode"))
    when = fhir_date(resource.get("started"))
    return Item(statement, text or narrative(resource), codes, state(resource.get("status")), when, fields)


def _specimen(statement: Statement, resource: Resource) -> Item:
    collection = resource.get("collection")
    fields = filled(
        kind="Specimen",
        collected=choice(statement, collection, "collected"),
        received=words(resource.get("receivedTime")),
        method=concept_text(child(collection, "method")),
        body_site=concept_text(child(collection, "bodySite")),
        collector=references(statement, child(collection, "collector")),
        condition=texts(resource.get("condition")),
        accession=words(path(resource, "accessionIdentifier", "value")),
        note=notes(resource.get("note")),
    )
    when = fhir_date(child(collection, "collectedDateTime")) or fhir_date(resource.get("receivedTime"))
    concept = resource.get("type")
    text = concept_text(concept) or narrative(resource)
    return Item(statement, text, codings(concept), state(resource.get("status")), when, fields)


def _media(statement: Statement, resource: Resource) -> Item:
    content = resource.get("content")
    fields = filled(
        kind=concept_text(resource.get("type")) or "Picture or recording",
        title=words(child(content, "title")),
        content_type=words(child(content, "contentType")),
        size=words(child(content, "size")),
        modality=concept_text(resource.get("modality")),
        view=concept_text(resource.get("view")),
        body_site=concept_text(resource.get("bodySite")),
        reason=texts(resource.get("reasonCode")),
        operator=references(statement, resource.get("operator")),
        issued=words(resource.get("issued")),
        note=notes(resource.get("note")),
    )
    text = fields.get("title") or fields.get("view") or fields["kind"]
    when = fhir_date(resource.get("createdDateTime")) or fhir_date(resource.get("issued"))
    return Item(statement, text, codings(resource.get("view")), state(resource.get("status")), when, fields)


def _sequence(statement: Statement, resource: Resource) -> Item:
    fields = filled(
        kind="Genetic sequence",
        type=words(resource.get("type")),
        specimen=references(statement, resource.get("specimen")),
        performer=references(statement, resource.get("performer")),
        quantity=words(path(resource, "quantity", "value")),
    )
    return Item(statement, narrative(resource) or "Genetic sequence", (), "", None, fields)


READERS = {
    "DiagnosticReport": _report,
    "ImagingStudy": _imaging,
    "Specimen": _specimen,
    "Media": _media,
    "MolecularSequence": _sequence,
}


def keys(item: Item) -> list[Hashable]:
    """The same kind of thing, by code or words, at the same moment; a date without time of day is not enough."""
    if not item.when or not item.when.is_moment:
        return []
    names: list[Hashable] = [code.key for code in item.codes if code.system] or [plain(item.text)]
    return [(item.statement.type, name, item.when.start) for name in names if name]


def lines(items: list[Item]) -> list[Line]:
    """One line per report, image, specimen or picture, known by one source or by several."""
    return [line(group, DIFFERENCES) for group in events(items, keys)]
