"""Whatever the bytes, the gate answers; and each of its quick checks agrees with a slow, obvious twin."""

import json

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fhir import references, safety
from fhir.entries import Raw, Refused
from fhir.errors import Reason, RefusalError
from fhir.gate import Entry, check, units

CONTROL = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} - set("\t\n\r")
DIRECTION = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
UNSAFE = sorted(CONTROL | DIRECTION)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3),
    max_leaves=25,
)


def slow_depth(value):
    """Every object or list counts, but an empty one holds nothing."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(slow_depth, inside), default=0) if inside else 0


def slow_texts(value):
    if isinstance(value, dict):
        for name, inside in value.items():
            yield name
            yield from slow_texts(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from slow_texts(inside)
    elif isinstance(value, str):
        yield value


def slow_references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inside in value.values():
            yield from slow_references(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from slow_references(inside)


def slow_has_duplicate(body):
    found = []

    def pairs(given):
        names = [name for name, _ in given]
        found.append(len(names) != len(set(names)))
        return dict(given)

    json.loads(body, object_pairs_hook=pairs)
    return any(found)


@given(JSON_LIKE, st.integers(1, 8))
@example([[]], 1)
@example({"a{{{[[[": [[1]]}, 2)
def test_depth_agrees_with_a_walk(value, limit):
    assert safety.is_deeper(value, orjson.dumps(value), limit) == (slow_depth(value) > limit)


@given(JSON_LIKE, st.sampled_from([*UNSAFE, "\\b", "\\u0000", "\\\\f", "\t", "é", "\u200e"]))
def test_unsafe_text_agrees_with_a_walk(value, planted):
    for tried in (value, [value, {planted: 1}], [value, f"a{planted}b"], [f"\\{planted}"]):
        slow = any(letter in UNSAFE for text in slow_texts(tried) for letter in text)
        assert safety.has_unsafe_text(orjson.dumps(tried)) == slow


OBJECTS = st.recursive(
    st.sampled_from(['"x"', '"\\""', '"\\u0022"', '"\\\\u0022"', '"\\\\\\u0022"', "1", "{}", "[]", '"{\\"a\\":1}"']),
    lambda inside: st.lists(
        st.tuples(st.sampled_from(['"a"', '"b"', '"\\u0061"', '"\\"a"', '"\\u0022a"']), inside), max_size=3
    ).map(lambda pairs: "{" + ", ".join(f"{name} : {value}" for name, value in pairs) + "}"),
    max_leaves=12,
)


@given(OBJECTS)
@example('{"a":{"\\u0022a":1,"\\"a":2}}')
def test_duplicate_names_agree_with_the_standard_library(text):
    body = text.encode()
    assert safety.has_duplicate_key(body, orjson.dumps(orjson.loads(body))) == slow_has_duplicate(body)


@given(JSON_LIKE, TEXT)
def test_references_agree_with_a_walk(value, text):
    tried = {"x": value, "y": [{"reference": "Patient/1"}, {"reference": text}], "reference": {"reference": "#a"}}
    known, strange = [], []
    for each in slow_references(tried):
        (strange if references.parse(each) is None else known).append(each)
    try:
        found, odd = safety.reference_texts(orjson.dumps(tried))
    except RefusalError:
        assert any(":" in each for each in strange)
    else:
        assert sorted(found) == sorted(known)
        assert odd or not strange


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_answered(tmp_path_factory, body):
    path = tmp_path_factory.getbasetemp() / "any.ndjson"
    for each in (body, b'{"resourceType":"Patient","id":"7","x":' + body + b"}"):
        path.write_bytes(each)
        for found in (found for unit in units(path) for found in unit):
            assert isinstance(found if isinstance(found, Refused) else check(found), Entry | Refused)


@given(st.sampled_from(["Patient", "Condition", "Observation", "Appointment"]), JSON_LIKE, JSON_LIKE, JSON_LIKE, TEXT)
@settings(max_examples=300, deadline=None)
def test_any_json_in_any_element_is_answered(kind, one, two, three, name):
    resource = {"resourceType": kind, "subject": one, "participant": two, "contained": three, "text": one}
    body = json.dumps(resource | {"meta": two, "extension": three, "patient": two, name: one, "code": {"coding": one}})
    found = check(Raw("here", "PUT", kind, "7", b"", body.encode(), {}))
    assert isinstance(found, Entry | Refused)


@given(st.sampled_from(UNSAFE), st.booleans(), st.sampled_from(["name", "text", "reference", "key", "url"]), TEXT)
def test_planted_unsafe_text_never_passes(planted, escaped, place, around):
    text = f"{around}{planted}"
    resource = {
        "name": {"name": [{"family": text}]},
        "text": {"text": {"status": "generated", "div": f"<div>{text}</div>"}},
        "reference": {"managingOrganization": {"reference": f"Organization/{text}"}},
        "key": {text: 1},
        "url": {"photo": [{"url": f"https://x/{text}"}]},
    }[place]
    body = json.dumps({"resourceType": "Patient", "id": "7"} | resource, ensure_ascii=escaped).encode()
    assert not isinstance(check(Raw("here", "PUT", "Patient", "7", b"", body, {})), Entry)


@given(st.sampled_from(["reference", "photo"]), TEXT)
def test_no_value_of_the_data_is_in_the_words_of_a_refusal(place, text):
    canary = f"canary {text}"
    risky = f"javascript:{canary}"
    there = {"photo": [{"url": risky}], "reference": [{"reference": risky}]}[place]
    body = json.dumps({"resourceType": "Patient", "id": "7", "photo": there}).encode()
    found = check(Raw("here", "PUT", "Patient", "7", b"", body, {}))
    assert isinstance(found, Refused)
    assert found.reason in (Reason.BAD_REFERENCE, Reason.BAD_URL, Reason.UNSAFE_TEXT)
    assert "canary" not in found.words


def test_an_answer_about_a_large_crooked_text_does_not_take_long():
    """Each of these once was a way to make a parser read the same text over and over."""
    for middle in (b'\\"' * 400_000, b'"' * 400_000, b"\\\\" * 400_000, b'{"a":' * 200_000, b"A/b/" * 200_000):
        for body in (b'{"resourceType":"Patient","x":"' + middle, b'{"resourceType":"Patient","x":"' + middle + b'"}'):
            assert check(Raw("here", "PUT", "Patient", "7", b"", body, {}))
    assert references.parse("https://x" + "/A/b" * 50_000 + " ") is None
