"""What a patient types becomes exactly that, or words beside the field."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import plain_dates
from app.portal import forms
from app.portal.forms import Measured, bound, key_from, key_of, read, read_one, typed, unlikely
from app.portal.ranges import LONGEST_NOTE, RANGES
from app.portal.readings import observations
from fhir import gate, models
from fhir.entries import Raw

NOW = datetime(2026, 7, 1, 7, 30, 12, tzinfo=UTC)
MINUTE = NOW.replace(second=0)
GOOD = {"systolic": "137", "diastolic": "84", "pulse": "71", "taken_at": "2026-07-01T08:15", "note": "After a walk"}


def one(**changes: str) -> tuple[tuple[Measured, ...], dict[str, str]]:
    return read(GOOD | changes, NOW)


# ---------------------------------------------------------------- what can be used
def test_a_reading_is_what_was_typed() -> None:
    assert one() == ((Measured(137, 84, 71, datetime(2026, 7, 1, 7, 15, tzinfo=UTC), "After a walk"),), {})


def test_a_session_is_two_readings_the_second_a_minute_later() -> None:
    (first, second), errors = one(systolic2="133", diastolic2="82")
    assert errors == {}
    assert (second.said, second.pulse, second.note) == ("133/82", None, "")
    assert second.taken - first.taken == timedelta(minutes=1)
    (_, later), _ = one(systolic2="133", diastolic2="82", taken_at2="2026-07-01T08:20")
    assert later.taken == datetime(2026, 7, 1, 7, 20, tzinfo=UTC)


def test_without_a_time_it_was_now() -> None:
    assert one(taken_at="")[0][0].taken == MINUTE


@pytest.mark.parametrize(
    ("upper", "lower"), [("300", "200"), ("300", "20"), ("51", "50"), ("241", "138"), ("50", "20")]
)
def test_no_true_emergency_is_refused(upper: str, lower: str) -> None:
    found, errors = one(systolic=upper, diastolic=lower, pulse="250")
    assert (found[0].said, errors) == (f"{upper}/{lower}", {})
    assert unlikely(found, NOW)


# ---------------------------------------------------------------- what cannot
@pytest.mark.parametrize(
    "text", ["49", "301", "1377", "-137", "137.5", "137,5", "1e2", "\uff11\uff13\uff17", "137 mmHg", "x", "9" * 5000]
)
def test_what_cannot_be_a_top_number_is_refused_in_words(text: str) -> None:
    found, errors = one(systolic=text)
    assert found == ()
    assert list(errors) == ["systolic"]
    assert errors["systolic"].startswith("The top number must be")


def test_what_is_missing_is_asked_for() -> None:
    assert one(systolic="", diastolic=" ")[1] == {
        "systolic": "Enter the top number, like 120",
        "diastolic": "Enter the bottom number, like 80",
    }
    assert one(pulse="")[1] == {}


@pytest.mark.parametrize(("upper", "lower"), [("84", "137"), ("90", "90")])
def test_the_top_number_must_be_the_higher(upper: str, lower: str) -> None:
    assert list(one(systolic=upper, diastolic=lower)[1]) == ["systolic"]


@pytest.mark.parametrize("started", [{"systolic2": "133"}, {"pulse2": "70"}, {"taken_at2": "2026-07-01T08:20"}])
def test_a_second_reading_that_was_begun_must_be_whole(started: dict[str, str]) -> None:
    errors = one(**started)[1]
    assert "diastolic2" in errors
    assert errors["diastolic2"].startswith("Second reading: enter the bottom")


def test_the_words_come_in_the_order_of_the_page() -> None:
    errors = one(systolic="x", pulse="x", taken_at="x", note="\x07", systolic2="x")[1]
    assert list(errors) == ["systolic", "pulse", "taken_at", "systolic2", "diastolic2", "note"]


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-07-01", "01/07/2026 08:15", "2026-07-01T08:15:30", "2026-7-1T8:15"]
)
def test_a_time_that_is_written_otherwise_is_not_guessed(text: str) -> None:
    assert "like 2026-08-06 14:30" in one(taken_at=text)[1]["taken_at"]


@pytest.mark.parametrize("text", ["2026-02-30T08:00", "2026-01-01T25:00", "0001-01-01T00:00", "1847-05-01T08:00"])
def test_a_day_that_never_was_is_refused(text: str) -> None:
    assert "must be real" in one(taken_at=text)[1]["taken_at"]


def test_a_time_ahead_is_refused_beyond_five_minutes() -> None:
    assert one(taken_at="2026-07-01T08:35")[1] == {}
    assert "future" in one(taken_at="2026-07-01T08:36")[1]["taken_at"]


def test_an_hour_that_the_clocks_left_out_is_said_to_be_none() -> None:
    assert "clocks went forward" in one(taken_at="2026-03-29T01:30")[1]["taken_at"]


def test_an_hour_that_came_twice_is_the_earlier_and_the_later_stays_when_only_the_note_changes() -> None:
    after = datetime(2026, 11, 1, tzinfo=UTC)
    assert read(GOOD | {"taken_at": "2026-10-25T01:30"}, after)[0][0].taken == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    later = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert plain_dates.typed(later) == "2026-10-25T01:30"
    assert read_one(GOOD | {"taken_at": "2026-10-25T01:30"}, after, later)[0][0].taken == later
    assert read_one(GOOD | {"taken_at": ""}, after, later)[0][0].taken == later


@pytest.mark.parametrize("text", ["\x00", "a\x1bb", "evil\u202etxt", "\u2066x", "\x85x"])
def test_signs_that_cannot_be_shown_are_refused_in_a_note(text: str) -> None:
    assert "signs" in one(note=f"a{text}b")[1]["note"]


def test_a_note_of_five_hundred_characters_is_kept_and_no_more() -> None:
    assert one(note="ä" * LONGEST_NOTE)[0][0].note == "ä" * LONGEST_NOTE
    assert "500" in one(note="ä" * (LONGEST_NOTE + 1))[1]["note"]
    assert one(note=" two\r\nlines ")[0][0].note == "two\nlines"


# ---------------------------------------------------------------- what is asked about
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"systolic": "221", "diastolic": "120"}, "A top number of 221 is higher"),
        ({"systolic": "79", "diastolic": "50"}, "A top number of 79 is lower"),
        ({"diastolic": "131", "systolic": "190"}, "A bottom number of 131 is higher"),
        ({"diastolic": "39", "systolic": "90"}, "A bottom number of 39 is lower"),
        ({"systolic": "98", "diastolic": "84"}, "98 and 84 are closer together"),
        ({"systolic": "195", "diastolic": "84"}, "195 and 84 are further apart"),
        ({"pulse": "141"}, "A pulse of 141 is higher"),
        ({"pulse": "39"}, "A pulse of 39 is lower"),
        ({"taken_at": "2026-06-24T08:29"}, "It was taken more than 7 days ago, on 24 June 2026, 8:29am"),
    ],
)
def test_what_is_unlikely_is_asked_about(change: dict[str, str], words: str) -> None:
    asked = unlikely(one(**change)[0], NOW)
    assert len(asked) == 1
    assert asked[0].startswith(words)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("2026-06-30T20:15", "2026-06-30T08:16", ("The second reading was taken before the first",)),
        ("2026-06-30T08:15", "2026-06-30T20:16", ("The second reading was taken more than an hour after the first",)),
        ("2026-06-30T08:15", "2026-06-30T09:15", ()),
        ("2026-06-30T08:15", "2026-06-30T08:15", ()),
        ("2026-06-30T08:15", "", ()),
    ],
)
def test_two_readings_that_are_far_apart_are_asked_about(first: str, second: str, words: tuple[str, ...]) -> None:
    assert unlikely(one(taken_at=first, systolic2="133", diastolic2="82", taken_at2=second)[0], NOW) == words


def test_what_is_usual_is_not_asked_about() -> None:
    for upper, lower in (("220", "130"), ("80", "40"), ("99", "84"), ("150", "40")):
        assert unlikely(one(systolic=upper, diastolic=lower, pulse="140")[0], NOW) == ()


def test_an_answer_is_bound_to_the_very_values_asked_about() -> None:
    asked = ("A pulse of 141 is higher than most people’s",)
    word = bound(GOOD, asked)
    assert word == bound(GOOD | {"csrf": "x", "key": "y", "note": " After a walk "}, asked)
    for name in GOOD:
        assert word != bound(GOOD | {name: "141"}, asked)
    assert word != bound(GOOD, ())


# ---------------------------------------------------------------- the key
def test_a_form_without_a_key_gets_the_same_one_for_the_same_values() -> None:
    assert key_of({}) is key_of({"key": "nonsense"}) is None
    first = key_from("account", one()[0])
    assert first == key_from("account", one()[0])
    assert first != key_from("other", one()[0])
    assert first != key_from("account", one(pulse="72")[0])


# ---------------------------------------------------------------- whatever is typed
TEXTS = st.text(max_size=12) | st.integers(-5, 400).map(str) | st.sampled_from(["", "120", "2026-07-01T08:15"])


@given(st.dictionaries(st.sampled_from((*forms.FIELDS, "key", "other")), TEXTS))
def test_whatever_is_typed_gives_readings_or_words_and_never_both(form: dict[str, str]) -> None:
    """C67."""
    found, errors = read(form, NOW)
    assert bool(found) != bool(errors)
    assert set(errors) <= set(forms.FIELDS)
    for reading, which in zip(found, ("", "2"), strict=False):
        for name in ("systolic", "diastolic"):
            assert int(typed(form)[name + which]) == getattr(reading, name)
            assert RANGES[name].lowest <= getattr(reading, name) <= RANGES[name].highest
        assert reading.systolic > reading.diastolic
        assert str(reading.pulse or "") == typed(form)["pulse" + which].lstrip("0")


@given(st.integers(50, 300), st.integers(20, 200), st.none() | st.integers(20, 250), st.text(max_size=60))
def test_whatever_the_form_lets_through_the_gate_lets_through(
    upper: int, lower: int, pulse: int | None, note: str
) -> None:
    form = {"systolic": str(upper), "diastolic": str(lower), "pulse": str(pulse or ""), "note": note}
    found, errors = read(form, NOW)
    assert ("systolic" in errors) == (upper <= lower)
    for reading in found:
        for made in observations("4b1c-1", "a1", reading, NOW):
            checked = gate.check(Raw("portal", "PUT", "Observation", made["id"], b"", orjson.dumps(made), {}))
            assert isinstance(checked, gate.Entry)
            assert checked.irregular == ()
            assert models.problems(made) is None
