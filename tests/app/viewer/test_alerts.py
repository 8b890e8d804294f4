"""Each alert stands where whom it warns will look, and contradicting decisions are marked."""

import pytest

from app.viewer import html
from tests.build import GP, HOSPITAL, concept, say
from tests.pages import flag, page_of

PATIENT, STAFF = "Safeguarding and risks to the patient", "Risks to staff"
NEEDS = "Adjustments, communication and access"
HEADINGS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordStandardHeadings"


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Victim of domestic violence", PATIENT),
        ("Child protection plan: violence in the home", PATIENT),
        ("Suicide risk: has access to medicines", PATIENT),
        ("At risk of falls", PATIENT),
        ("Safeguarding adult concern: possible financial abuse", PATIENT),
        ("Sees staff of another clinic", PATIENT),
        ("Guide dog user", NEEDS),
        ("Key safe at the front door", NEEDS),
        ("Hoist in use", NEEDS),
        ("Reasonable adjustment: longer appointments, large print", NEEDS),
        ("Risk to staff: do not visit alone", STAFF),
        ("Risk: do not visit alone", STAFF),
        ("Dog at the property", STAFF),
        ("Violent to staff", STAFF),
        ("History of violence", STAFF),
    ],
)
def test_an_alert_is_a_warning_for_those_whom_it_warns(said, title):
    assert [group.title for group in page_of([flag(said)]).alerts.groups] == [title]


@pytest.mark.parametrize(
    ("category", "title"),
    [
        (concept("", (HEADINGS, "risks-to-others")), STAFF),
        (concept("", (HEADINGS, "safeguarding")), PATIENT),
        (concept("Reasonable adjustment"), NEEDS),
    ],
)
def test_the_category_that_its_source_gave_decides_before_its_words(category, title):
    said = {"resourceType": "Flag", "status": "active", "code": {"text": "Two-person visits after a fall"}}
    page = page_of([say(GP, said | {"category": [category]})])
    assert [group.title for group in page.alerts.groups] == [title]


def decision(source, text, start):
    body = {"resourceType": "Flag", "status": "active", "code": {"text": text}, "period": {"start": start}}
    return say(source, body)


def test_decisions_for_and_against_resuscitation_are_marked_the_newest_first():
    older = decision(GP, "For attempted CPR", "2024-05-01")
    newer = decision(HOSPITAL, "ReSPECT in place: CPR attempts not recommended", "2026-02-01")
    (group,) = page_of([older, newer]).alerts.groups
    assert [line.when for line in group.lines] == ["01-Feb-2026", "01-May-2024"]
    shown = html.differ(group.differences)
    assert "Sources differ" in shown
    assert "<strong>For attempted CPR</strong> Elm Surgery, 01-May-2024" in shown


@pytest.mark.parametrize(
    "said", ["DNACPR", "Do not attempt cardiopulmonary resuscitation", "CPR attempts NOT recommended", "Not for CPR"]
)
def test_decisions_that_agree_are_not_marked(said):
    page = page_of([decision(GP, said, "2024-05-01"), decision(HOSPITAL, "Not for resuscitation", "2026-02-01")])
    (group,) = page.alerts.groups
    assert group.differences == ()
    (group,) = page_of(
        [decision(GP, said, "2024-05-01"), decision(HOSPITAL, "For full CPR", "2026-01-01")]
    ).alerts.groups
    assert group.differences != ()


def test_a_power_of_attorney_says_nothing_of_resuscitation():
    attorney = decision(GP, "Lasting power of attorney for health and welfare is registered", "2024-05-01")
    (group,) = page_of([attorney, decision(HOSPITAL, "For attempted CPR", "2026-01-01")]).alerts.groups
    assert group.differences == ()
