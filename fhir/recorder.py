"""Who recorded what a statement says."""

from fhir.elements import child, concept_text, listed, reference_text, referred
from fhir.statement import Statement

_WHO = ("recorder", "asserter", "requester", "author", "performer", "participant", "informationSource", "prescriber")


def recorder(statement: Statement) -> str:
    """Who recorded it, in what role, for which organisation, as far as its source says."""
    if statement.gist:
        return str(statement.gist.who)
    resource = statement.resource or {}
    for name in _WHO:
        for reference in listed(resource.get(name)):
            reference = child(reference, "actor") or child(reference, "individual") or reference
            if person := reference_text(statement, reference):
                target = referred(statement, reference)
                role = concept_text(child(target, "code"))
                organisation = reference_text(statement, child(target, "organization"))
                return ", ".join(dict.fromkeys(part for part in (person, role, organisation) if part))
    return ""
