"""What a provider or a visitor sends to do harm is text, or is refused: it never runs and never calls anybody."""

import socket
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.browsing import SignIn, csrf, staff
from tests.feeding import GP, Json, Sender, condition, patient

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "{{7*7}} ${7*7} #{7*7}",
    "</title><style>@import'//evil.example'</style>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A server that notes whoever calls it: its port, and the calls."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    line, who = server.accept()
                    calls.append(who)
                    line.close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], calls
        stop.set()
        thread.join()


def document(url: str, number: int) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": f"d{number}",
        "status": "current",
        "description": f"Letter {number}",
        "subject": {"reference": "Patient/1"},
        "content": [{"attachment": {"contentType": "text/html", "url": url, "title": f"Letter {number}"}}],
    }


def test_c57_words_that_are_code_stay_words(sender: Sender, sign_in: SignIn) -> None:
    told = [condition(f"c{n}", of="1", words=words) for n, words in enumerate(SCRIPTS)]
    div = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{SCRIPTS[0]}</div>'}
    sender.send(GP, patient("1", name=[{"family": SCRIPTS[0], "given": [SCRIPTS[3]]}]), *told)
    sender.send(GP, {**condition("c9", of="1", words=""), "text": div})
    person = sender.person_of(GP, "1")
    browser = sign_in(staff())
    for address in (f"/patients/{person}", f"/patients/{person}/timeline", f"/patients/{person}/sections/problems"):
        page = browser.get(address).text
        for harm in ("<script>alert", "<img src", "<svg/onload", "<style>@import", "onerror=alert(1)>\n"):
            assert harm not in page
        assert "{{7*7}}" in page or "/timeline" in address
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,<script>alert(1)</script>", " java\tscript:alert(1)"],
)
def test_c58_an_address_that_runs_or_reads_something_is_no_link(sender: Sender, sign_in: SignIn, url: str) -> None:
    sender.send(GP, patient("1", photo=[{"url": url}]), document(url, 1))
    sender.send(GP, patient("1"))
    page = sign_in(staff()).get(f"/patients/{sender.person_of(GP, '1')}").text
    assert url not in page
    assert "javascript:" not in page


def test_c62_no_address_in_the_data_is_ever_called(
    sender: Sender, sign_in: SignIn, listener: tuple[int, list[object]]
) -> None:
    port, calls = listener
    url = f"http://127.0.0.1:{port}/canary"
    meta = {"profile": [url], "source": url}
    told = condition("c1", of="1") | {"meta": meta, "recorder": {"reference": f"{url}/Practitioner/1"}}
    extension = [{"url": url, "valueUri": url, "valueAttachment": {"url": url}}]
    told["code"] = {"coding": [{"system": url, "code": "1", "display": "Asthma"}], "text": "Asthma"}
    sender.send(GP, patient("1", photo=[{"url": url}], implicitRules=""), told)
    sender.send(GP, patient("1", link=[{"type": "seealso", "other": {"reference": f"{url}/Patient/2"}}]))
    sender.send(GP, patient("1"), condition("c2", of="1") | {"extension": extension[:1]}, document(url, 1))
    assert sign_in(staff()).get(f"/patients/{sender.person_of(GP, '1')}").status_code == 200
    assert calls == []


INJECTIONS = (
    "' OR '1'='1",
    "1; DROP TABLE patients --",
    "%",
    "_",
    "\\",
    "' UNION SELECT 1 --",
    "$where",
    "a' AND sleep(9) --",
)


@pytest.mark.parametrize("words", INJECTIONS)
def test_c63_words_that_are_commands_of_a_database_find_nobody(
    sender: Sender, sign_in: SignIn, asha: UUID, words: str
) -> None:
    browser = sign_in(staff())
    word = csrf(browser.get("/patients"))
    for form in ({"nhs_number": words}, {"family": words, "day": "1", "month": "5", "year": "1960"}):
        answer = browser.post("/patients", data={"csrf": word, **form})
        assert answer.status_code in {200, 422}
        assert str(asha) not in answer.text
    query = {"asAt": words, "from": words, "of": words}
    for path in ("", "/timeline", "/sections/results", f"/sections/{words}"):
        answer = browser.get(f"/patients/{asha}{path}", query_string=query)
        assert answer.status_code in {200, 400, 404}
    answer = browser.post(f"/patients/{asha}/search", data={"csrf": word, "q": words})
    assert answer.status_code in {200, 422}
    assert sender.count("patients") == 1


def test_c61_no_form_takes_a_file(sign_in: SignIn, asha: UUID) -> None:
    browser = sign_in(staff())
    for address in ("/patients", f"/patients/{asha}", f"/patients/{asha}/problem"):
        assert 'type="file"' not in browser.get(address).text
