"""What a provider may send, and what comes of it: taken, taken and marked, or refused with one reason."""

import gzip
import json
import socket

import pytest

from fhir.entries import Limits, Raw, Refused, Subject
from fhir.exact import decode
from fhir.gate import Entry, Reason, check, units

UUID = "urn:uuid:9c40ba3f-fa4e-4eb9-05be-065652a91847"
MEG = {"resourceType": "Patient", "id": "7", "birthDate": "1950-06-09"}


def condition(**elements):
    made = {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/7"}, "code": {"text": "Asthma"}}
    return made | elements


def sent(tmp_path, body, name="bundle.json", limits=None):
    """Every unit of one file that holds this body."""
    path = tmp_path / name
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return list(units(path, limits))


def outcome(tmp_path, body):
    """What becomes of a file with one resource."""
    [[found]] = sent(tmp_path, body)
    return found if isinstance(found, Refused) else check(found)


def reason(tmp_path, body):
    found = outcome(tmp_path, body)
    assert isinstance(found, Refused), found
    assert found.words == found.reason.words
    return found.reason


def bundle(*entries, kind="transaction", **more):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **more}


def entry(resource, method="PUT", full_url=None):
    made = {"resource": resource}
    if method:
        made["request"] = {"method": method, "url": f"{resource['resourceType']}/{resource.get('id', '')}".rstrip("/")}
    return made | ({"fullUrl": full_url} if full_url else {})


def test_a_sound_resource_is_taken_with_its_own_bytes(tmp_path):
    body = b'{"resourceType": "Condition", "id":"c1",\n "subject":{"reference":"Patient/7"}}'
    taken = outcome(tmp_path, body)
    assert isinstance(taken, Entry)
    assert (taken.raw.body, taken.raw.type, taken.raw.local_id) == (body, "Condition", "c1")
    assert (taken.subject, taken.irregular) == (Subject("local", local_id="7"), ())
    assert len(taken.raw.digest) == 16


def test_the_head_tells_version_and_time_as_sent(tmp_path):
    [[raw]] = sent(tmp_path, condition(meta={"versionId": "3", "lastUpdated": "yesterday"}))
    found = check(raw)
    assert (found.version, found.updated) == ("3", "yesterday")
    assert found.irregular == ("meta.lastUpdated: not an instant",)


def test_equal_bytes_have_an_equal_digest_and_others_another(tmp_path):
    [[one]] = sent(tmp_path, condition())
    [[same]] = sent(tmp_path, condition(), name="other.json")
    [[other]] = sent(tmp_path, condition(note=[{"text": "x"}]))
    assert one.digest == same.digest != other.digest


REFUSED = [
    (b"", Reason.NOT_JSON),
    (b'{"resourceType":"Patient","id":"7"', Reason.NOT_JSON),
    (b'{"resourceType":"Patient","id":"7"} x', Reason.NOT_JSON),
    (b'{"resourceType":"Patient","id":"7","name":[{"family":"\xff"}]}', Reason.NOT_UTF8),
    (json.dumps(MEG).encode("utf-16"), Reason.NOT_UTF8),
    (b'<!DOCTYPE a [<!ENTITY x "y">]><Patient xmlns="http://hl7.org/fhir"/>', Reason.XML),
    (b'{"resourceType":"Patient","id":"7","id":"8"}', Reason.DUPLICATE_KEY),
    (b'{"resourceType":"Patient","id":"7","name":[{"family":"A","fam\\u0069ly":"B"}]}', Reason.DUPLICATE_KEY),
    (b'{"resourceType":"Patient","id":"7","multipleBirthInteger":NaN}', Reason.BAD_NUMBER),
    (b'{"resourceType":"Patient","id":"7","multipleBirthInteger":-Infinity}', Reason.BAD_NUMBER),
    (b'{"resourceType":"Patient","id":"7","multipleBirthInteger":1e400}', Reason.BAD_NUMBER),
    (b'{"resourceType":"Patient","id":"7","multipleBirthInteger":' + b"9" * 5000 + b"}", Reason.BAD_NUMBER),
    (b'{"resourceType":"Patient","id":"7","x":"' + b"\x00" + b'"}', Reason.UNSAFE_TEXT),
    (b'{"resourceType":"Patient","id":"7","x":"\\ud800"}', Reason.UNSAFE_TEXT),
    (MEG | {"id": "a/b"}, Reason.BAD_ID),
    (MEG | {"id": ".."}, Reason.BAD_ID),
    (MEG | {"id": ""}, Reason.BAD_ID),
    (MEG | {"id": 7}, Reason.BAD_ID),
    (MEG | {"id": "a" * 65}, Reason.BAD_ID),
    ({"id": "7"}, Reason.UNKNOWN_TYPE),
    ({"resourceType": "Spaceship", "id": "7"}, Reason.UNKNOWN_TYPE),
    ({"resourceType": 7}, Reason.UNKNOWN_TYPE),
    ([MEG], Reason.UNKNOWN_TYPE),
    (condition(subject={"reference": "Patient/../../admin?x=1#<script>"}), Reason.BAD_REFERENCE),
    (condition(asserter={"reference": "javascript:alert(1)"}), Reason.BAD_REFERENCE),
    (condition(asserter={"reference": "java\tscript:alert(1)"}), Reason.BAD_REFERENCE),
    (condition(encounter={"reference": "file:///etc/passwd"}), Reason.BAD_REFERENCE),
    (condition(subject={"reference": "Patient/G_123"}), Reason.BAD_REFERENCE),
    (condition(subject={"reference": ""}), Reason.BAD_REFERENCE),
    (condition(subject={"reference": 7}), Reason.NO_PATIENT),
    (condition(subject={"display": "Meg"}), Reason.NO_PATIENT),
    (condition(patient={"reference": "Patient/8"}), Reason.TWO_PATIENTS),
    (condition(clinicalStatus="active"), Reason.FHIR_STU3),
    ({"resourceType": "ReferralRequest", "id": "r"}, Reason.FHIR_STU3),
    (bundle(kind="batch-response"), Reason.UNSUPPORTED_BUNDLE),
    ({"resourceType": "Bundle", "entry": []}, Reason.UNSUPPORTED_BUNDLE),
]


@pytest.mark.parametrize(("body", "why"), REFUSED)
def test_what_is_not_safe_or_not_certain_is_refused(tmp_path, body, why):
    """C34 (crooked references), C36 (no patient, or two), C59 (XML and its entities) and C60 among them."""
    assert reason(tmp_path, body) is why


CONTROL = [0, 1, 8, 0xB, 0xC, 0x1B, 0x7F, 0x80, 0x9F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
HARMLESS = ["Zoë Ōno", "😀", "a\tb\nc\r\nd", "\\b \\u0000 \\\\f", 'say "no"', "\u0645", "\u200e", "<b>{{7*7}}"]
HARMFUL = ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "file:///etc/passwd", "java\tscript:x"]


@pytest.mark.parametrize("code", CONTROL)
@pytest.mark.parametrize("escaped", [True, False])
def test_control_and_direction_characters_are_refused_however_written(tmp_path, code, escaped):
    written = f"\\u{code:04X}" if escaped else chr(code)
    for body in (f'{{"family":"A{written}B"}}', f'{{"fam{written}":"B"}}'):
        assert reason(tmp_path, f'{{"resourceType":"Patient","id":"7","name":[{body}]}}'.encode()) is Reason.UNSAFE_TEXT


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_of_any_language_is_taken(tmp_path, text):
    for ascii_only in (True, False):
        body = json.dumps(MEG | {"name": [{"family": text}]}, ensure_ascii=ascii_only).encode()
        assert outcome(tmp_path, body).resource["name"][0]["family"] == text


@pytest.mark.parametrize("url", HARMFUL)
@pytest.mark.parametrize("place", ["photo", "telecom", "extension", "valueUri", "source"])
def test_a_web_address_that_could_run_or_read_something_is_refused(tmp_path, url, place):
    there = {
        "photo": {"photo": [{"url": url}]},
        "telecom": {"telecom": [{"value": url, "system": "url"}]},
        "extension": {"extension": [{"url": url, "valueCode": "x"}]},
        "valueUri": {"extension": [{"url": "http://x", "valueUri": url}]},
        "source": {"meta": {"source": url}},
    }[place]
    assert reason(tmp_path, MEG | there) is Reason.BAD_URL


@pytest.mark.parametrize("url", ["ftp://x/y", "//evil.example/x", "\\\\server\\share", "../../x", "mailto:a@b"])
def test_a_web_address_of_another_scheme_is_refused(tmp_path, url):
    assert reason(tmp_path, MEG | {"photo": [{"url": url}]}) is Reason.BAD_URL


@pytest.mark.parametrize("url", ["https://x/y z", "HTTP://x", "urn:oid:1.2", "Binary/12", "#a", "/Binary/12"])
def test_a_plain_web_address_is_taken(tmp_path, url):
    assert isinstance(outcome(tmp_path, MEG | {"photo": [{"url": url}]}), Entry)


def test_words_about_data_and_files_are_no_addresses(tmp_path):
    assert outcome(tmp_path, condition(note=[{"text": "data: none. file: lost. javascript: no"}])).irregular == ()


def nested(levels):
    extension = {"url": "http://x"}
    for _ in range(levels):
        extension = {"url": "http://x", "extension": [extension]}
    return MEG | {"extension": [extension]}  # 3 + 2 for each level


@pytest.mark.parametrize(("levels", "why"), [(18, None), (19, Reason.TOO_DEEP), (400, Reason.TOO_DEEP)])
def test_more_than_forty_levels_are_refused(tmp_path, levels, why):
    """C60."""
    found = outcome(tmp_path, nested(levels))
    assert (found.reason if isinstance(found, Refused) else None) is why


@pytest.mark.parametrize("levels", [41, 300, 1_000, 10_000, 100_000])
def test_a_tower_of_brackets_is_refused_without_a_crash(tmp_path, levels):
    body = b'{"resourceType":"Patient","id":"7","x":' + b"[" * levels + b"1" + b"]" * levels + b"}"
    assert reason(tmp_path, body) is Reason.TOO_DEEP
    wrapped = b'{"resourceType":"Bundle","type":"batch","entry":[{"resource":' + body + b"}]}"
    assert reason(tmp_path, wrapped) is Reason.TOO_DEEP


def test_sizes_are_limited(tmp_path):
    small = Limits(resource=500, bundle=2_000, entries=3)
    big = condition(note=[{"text": "x" * 600}])
    [[found]] = sent(tmp_path, big, limits=small)
    assert found.reason is Reason.TOO_LARGE
    [[first, second]] = sent(tmp_path, bundle(entry(big), entry(MEG)), limits=small)
    assert (first.reason, second.local_id) == (Reason.TOO_LARGE, "7")
    [[found]] = sent(tmp_path, bundle(*[entry(MEG)] * 4), limits=small)
    assert found.reason is Reason.TOO_MANY_ENTRIES
    [[found]] = sent(tmp_path, MEG | {"gender": "x" * 3_000}, limits=small)
    assert (found.reason, found.body[:24]) == (Reason.TOO_LARGE, b'{"resourceType": "Patien')


MARKED = [
    (condition(verificationStatus={"coding": [{"code": 7}]}), "verificationStatus.coding.code: of the wrong JSON type"),
    (condition(onsetDateTime="2024-02-30"), "onsetDateTime: not a dateTime"),
    (MEG | {"gender": "F"}, "gender: not one of the codes required here"),
    (MEG | {"text": {"status": "generated", "div": "<div><script>x</script></div>"}}, "text.div: active content"),
    (MEG | {"text": {"status": "generated", "div": "<div><img src=x onerror=x></div>"}}, "text.div: active content"),
    (MEG | {"surname": "Canary"}, "resource: unknown element"),
    (MEG | {"meta": 7}, "meta: of the wrong JSON type"),
]


@pytest.mark.parametrize(("resource", "mark"), MARKED)
def test_what_is_readable_but_not_valid_is_kept_and_marked(tmp_path, resource, mark):
    taken = outcome(tmp_path, resource)
    assert isinstance(taken, Entry), taken
    assert mark in taken.irregular
    assert "Canary" not in repr(taken.irregular)


@pytest.mark.parametrize("odd", ["Practitioner/G_123", "", f"Practitioner/{'a' * 70}", "Unknown", "../1", 7, None])
def test_an_allergy_is_kept_and_marked_where_who_recorded_it_cannot_be_read(tmp_path, odd):
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "code": {"text": "Penicillin"}}
    allergy |= {"patient": {"reference": "Patient/7"}, "recorder": {"reference": odd, "display": "Dr Canary"}}
    taken = outcome(tmp_path, allergy)
    assert isinstance(taken, Entry), taken
    assert taken.subject == Subject("local", local_id="7")
    assert "reference: not of a form that FHIR has" in taken.irregular


def test_an_appointment_with_a_clinician_who_cannot_be_read_is_the_patients(tmp_path):
    actors = [{"reference": "Practitioner/G_123"}, {"reference": "Patient/7"}]
    visit = {"resourceType": "Appointment", "id": "a", "status": "booked"}
    visit["participant"] = [{"status": "accepted", "actor": actor} for actor in actors]
    assert outcome(tmp_path, visit).subject == Subject("local", local_id="7")


def test_a_wrong_check_digit_is_not_the_gates_to_judge(tmp_path):
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765918"}
    assert outcome(tmp_path, MEG | {"identifier": [number]}).irregular == ()


def test_decimals_come_back_as_they_were_sent(tmp_path):
    taken = outcome(tmp_path, b'{"resourceType":"Basic","id":"1","x":[5.10,0.010,120.00,1E3,7,1e-400]}')
    assert str(decode(taken.raw.body)["x"]) == (
        "[Decimal('5.10'), Decimal('0.010'), Decimal('120.00'), Decimal('1E+3'), 7, Decimal('1E-400')]"
    )


def test_nothing_is_ever_fetched(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the gate opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    photo = {"photo": [{"url": "http://canary.example/x"}], "meta": {"profile": ["http://canary.example/p"]}}
    assert isinstance(outcome(tmp_path, MEG | photo), Entry)


def test_a_compressed_file_is_read_and_a_damaged_one_is_told(tmp_path):
    lines = [json.dumps(condition(id=str(number), note=[{"text": str(number) * 99}])) for number in range(99)]
    packed = gzip.compress("\n".join(lines).encode())
    [unit] = sent(tmp_path, packed, name="Condition.ndjson.gz")
    assert [raw.position for raw in unit][:2] == ["Condition.ndjson.gz:1", "Condition.ndjson.gz:2"]
    found = sent(tmp_path, packed[: len(packed) // 2], name="Condition.ndjson.gz")
    assert found[-1][-1].reason is Reason.UNREADABLE_FILE
    assert sent(tmp_path, b"not gzip", name="Condition.ndjson.gz")[0][0].reason is Reason.UNREADABLE_FILE


def test_lines_come_in_batches_and_a_bundle_by_itself_in_order(tmp_path):
    lines = [json.dumps(condition(id=str(n))) for n in range(7)]
    lines.insert(5, json.dumps(bundle(entry(MEG))))
    body = b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode()
    found = sent(tmp_path, body, name="feed.ndjson", limits=Limits(batch=3))
    assert [[raw.local_id for raw in unit] for unit in found] == [["0", "1", "2"], ["3", "4"], ["7"], ["5", "6"]]
    assert found[2][0].position == "feed.ndjson:11 entry 1"


def test_a_bad_line_never_stops_the_rest(tmp_path):
    lines = [json.dumps(condition(id="1")), "{", json.dumps(condition(id="../x")), json.dumps(condition(id="2"))]
    [unit] = sent(tmp_path, "\n".join(lines).encode(), name="Condition.ndjson")
    assert [type(each) for each in unit] == [Raw, Refused, Refused, Raw]
    assert [each.position[-1] for each in unit] == ["1", "2", "3", "4"]


def test_a_line_beyond_the_limit_is_passed_over_and_told(tmp_path):
    body = b'{"x":"' + b"y" * 3_000 + b'"}\n' + json.dumps(MEG).encode()
    [[told], [taken]] = sent(tmp_path, body, name="feed.ndjson", limits=Limits(resource=1_000, bundle=1_000))
    assert (told.reason, taken.local_id, taken.position) == (Reason.TOO_LARGE, "7", "feed.ndjson:2")
