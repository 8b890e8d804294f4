"""What a resource is about, where that and not its type decides under which heading it stands.

Social care: a result that its source put under "social history"; a plan, goal, request or task whose title, category
or words speak of social care. Flags are never moved: they all stay under alerts.
Advance decisions: a consent, plan or document that speaks of resuscitation, refusal of treatment in advance, power of
attorney or wishes for the end of life, so that it is found among the plans.
Sharing decisions: a consent about privacy.
"""

import re
from functools import lru_cache

from fhir.elements import child, codings, concept_text, listed, texts, words
from fhir.exact import value_of
from fhir.statement import Resource, Statement

_SOCIAL = re.compile(
    r"social (?:care|work|services|support)|care and support|home ?care|domiciliary|package of care|care package"
    r"|reablement|respite|day (?:centre|care)|carer'?s assessment|supported living|residential care|housing"
    r"|meals on wheels|direct payment|equipment and adaptation|local authority",
    re.IGNORECASE,
)
_ADVANCE = re.compile(
    r"resuscitat|\bcpr\b|dnacpr|\bdnar\b|recommended summary plan for emergency|\badrt\b|living will|end of life"
    r"|advance (?:decision|directive|statement|care)|power of attorney|\blpa\b|treatment escalation|place of death",
    re.IGNORECASE,
)
_RESPECT = re.compile(r"\bReSPECT\b")  # the form is written so; "respect" is another word
_ADVANCE_CODES = {"adr", "acd", "dnr", "hcd", "polst"}  # HL7 consent scope and category codes


def spoken_of(text: str) -> str:
    """The words of a text that say it speaks of a decision made in advance or of social care; nothing else of it."""
    found = (match[0] for known in (_ADVANCE, _RESPECT, _SOCIAL) for match in known.finditer(text))
    return "; ".join(dict.fromkeys(found))


def is_social(statement: Statement) -> bool:
    """Whether it belongs under social care."""
    if statement.type == "Observation":
        return _is_social_history(bytes(statement.head.category))
    return any(_SOCIAL.search(text) for text in _said(statement.resource or {}))


@lru_cache(maxsize=1024)
def _is_social_history(category: bytes) -> bool:
    for one in listed(value_of(category)):
        found = one.get("coding") if isinstance(one, dict) else None
        for coding in found if isinstance(found, list) else [found]:
            if isinstance(coding, dict) and coding.get("code") == "social-history":
                return True
    return False


def is_advance_decision(statement: Statement) -> bool:
    """Whether it tells of treatment refused or wished for in advance, or of who may decide."""
    resource = statement.resource or {}
    concepts = [*listed(resource.get("scope")), *listed(resource.get("category"))]
    if statement.type == "Consent" and any(c.code in _ADVANCE_CODES for one in concepts for c in codings(one)):
        return True
    return any(_ADVANCE.search(text) or _RESPECT.search(text) for text in _said(resource))


def is_sharing_decision(statement: Statement) -> bool:
    """Whether it is a consent about who may see what."""
    resource = statement.resource or {}
    if statement.type != "Consent" or is_advance_decision(statement):
        return False
    scope = [code.code for code in codings(resource.get("scope"))]
    return "patient-privacy" in scope or not scope


def _said(resource: Resource) -> list[str]:
    """The words that name it: title, description, kind, category, and what it plans to do."""
    found = [words(resource.get(name)) for name in ("title", "description", "name")]
    found += [texts(resource.get(name)) for name in ("category", "code", "type", "description", "scope")]
    for activity in listed(resource.get("activity")):
        detail = child(activity, "detail")
        found += [concept_text(child(detail, "code")), words(child(detail, "description"))]
    found.append(words(child(resource.get("policyRule"), "text")))
    return [text for text in found if text]
