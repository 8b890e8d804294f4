"""Feeds that others wrote, from end to end: every resource in them goes through, but for the faults they have."""

from collections import Counter
from pathlib import Path

import pytest

from fhir.exact import decode
from fhir.gate import Entry, Reason, Refused, check, units

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def outcomes(*names):
    """What becomes of everything in some data sets: counts of outcomes, and the refusals."""
    told, refused = Counter(), []
    for name in names:
        folder = DATA / name
        if not folder.exists():
            pytest.skip(f"the data set {name} is not beside the project")
        for found in (each for unit in units(folder) for each in unit):
            answer = found if isinstance(found, Refused) else check(found)
            if isinstance(answer, Refused):
                refused.append(answer.reason)
                continue
            told["irregular" if answer.irregular else "valid"] += 1
            told["person" if answer.subject else "context"] += 1
    return told, sorted(refused)


@pytest.mark.parametrize(
    ("names", "valid", "context", "refused"),
    [
        # A man and an oyster farm named only by how they are called.
        (["hl7-r4-examples"], 146, 35, [Reason.NO_PATIENT, Reason.NO_PATIENT]),
        (["ips"], 41, 10, []),
        # A related person whose `patient` is an empty object.
        (["uk-pds"], 11, 0, [Reason.NO_PATIENT]),
        (["uk-eps"], 69, 40, []),
        # A template whose patient reference was never filled in.
        (["uk-immunisation"], 9, 0, [Reason.BAD_REFERENCE]),
        (["uk-gpconnect-stu3"], 0, 0, [Reason.FHIR_STU3, Reason.FHIR_STU3]),
        (["ics-small/day1", "ics-small/day2"], 3436, 6, []),
        (["synthea-r4"], 22025, 378, []),
    ],
)
def test_feeds_that_others_wrote_go_through(names, valid, context, refused):
    told, why = outcomes(*names)
    assert why == refused
    assert (told["valid"], told["irregular"]) == (valid, 0)
    assert told["context"] == context


def test_every_kept_body_reads_back_exactly_and_as_it_was_checked():
    folder = DATA / "ics-small" / "day1"
    if not folder.exists():
        pytest.skip("the data set ics-small is not beside the project")
    for found in (each for unit in units(folder) for each in unit):
        taken = check(found)
        assert isinstance(taken, Entry)
        assert decode(found.body) == taken.resource or b"." in found.body
