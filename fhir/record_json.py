"""The combined record as plain JSON values, for other programs."""

from typing import Any

from fhir.line import Line
from fhir.record import PatientRecord, SetAside


def record_json(record: PatientRecord) -> dict[str, Any]:
    """`sections[]` with `code, title, state, states, lines[]`; what was withdrawn; what could not be interpreted."""
    return {
        "sections": [
            {
                "code": section.code,
                "title": section.title,
                "state": section.state.value,
                "states": {source: state.value for source, state in sorted(section.states.items())},
                "lines": [_line(line) for line in section.lines],
            }
            for section in record.sections
        ],
        "withdrawn": [_aside(one) for one in record.withdrawn],
        "not_interpretable": [_aside(one) for one in record.not_interpretable],
    }


def _line(line: Line) -> dict[str, Any]:
    lead = line.lead
    codes = {code.key: code for item in reversed(line.items) for code in item.codes}
    return {
        "text": lead.text,
        "status": lead.status,
        "when": lead.when.text if lead.when else None,
        "past": lead.past,
        "absent": lead.absent,
        "contradicted": line.contradicted,
        "fields": dict(lead.fields),
        "codes": [{"system": c.system, "code": c.code, "display": c.display} for c in codes.values()],
        "sources": list(line.sources),
        "differences": [
            {"kind": d.kind, "values": [{"value": value, "sources": list(who)} for value, who in d.values]}
            for d in line.differences
        ],
        "irregular": list(line.irregular),
        "left_out": line.left_out,
        "statements": [
            {
                "source": item.source,
                "type": item.statement.type,
                "id": item.statement.local_id,
                "received_at": item.statement.received_at.isoformat(),
                "text": item.text,
                "status": item.status,
                "when": item.when.text if item.when else None,
            }
            for item in line.items
        ],
    }


def _aside(one: SetAside) -> dict[str, Any]:
    statement = one.statement
    named = {"source": statement.source, "type": statement.type, "id": statement.local_id}
    return {**named, "reason": one.reason, "left_out": statement.left_out}
