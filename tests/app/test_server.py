"""The server that faces the network, as it runs in earnest: what it withstands, and what it tells of itself."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from app.crypto import create_keys
from app.db import engine_for
from app.keyring import attach
from app.migrate import mark_synthetic, migrate
from tests.signing_in import free_port

HOME = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the site listens, on an empty database."""
    home, found = tmp_path_factory.mktemp("server"), free_port()
    create_keys(home / "keys")
    engine = attach(engine_for(f"sqlite:///{home / 'tributary.db'}"), home / "keys")
    migrate(engine)
    mark_synthetic(engine)
    engine.dispose()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(found)]
    command += ["--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "critical", "wsgi:app"]
    environment = dict(os.environ) | {"ENVIRONMENT": "demo", "DEMO_HOME": str(home)}
    server = subprocess.Popen(command, cwd=HOME, env=environment)
    ends = time.monotonic() + 60
    while not answers(found) and time.monotonic() < ends:
        time.sleep(0.1)
    yield found
    server.terminate()
    server.wait()


def answers(port: int, within: float = 5) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=within) as answer:
            return answer.status == 200
    except OSError:
        return False


def said(port: int, sent: bytes) -> bytes:
    """All that the server answers until it closes, or says nothing for a second."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        found = b""
        try:
            line.sendall(sent)
            while more := line.recv(65_536):
                found += more
        except OSError:
            pass
        return found


BEGUN = (b"GET /login HTTP/1.1\r\nHost: x\r\n", b"POST /login HTTP/1.1\r\nContent-Length: 9999\r\n\r\na")


def test_c68_two_hundred_who_never_finish_asking_keep_nobody_waiting(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(200)]
    for n, line in enumerate(slow):
        line.sendall(BEGUN[n % 2])
    assert answers(port)
    for line in slow:
        line.close()


def test_c68_a_request_that_two_servers_would_read_in_two_ways_is_read_once(port: int) -> None:
    both = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    found = said(port, both + b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert found.count(b"HTTP/1.1 ") == 1
    twice = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n"
    assert said(port, twice).startswith(b"HTTP/1.1 400")
    assert answers(port)


def test_c68_endless_headers_end(port: int) -> None:
    found = said(port, b"GET /healthz HTTP/1.1\r\n" + b"X-Long: " + b"a" * 2_000_000 + b"\r\n\r\n")
    assert b" 200 " not in found.partition(b"\r\n")[0]
    assert answers(port)


def test_c68_more_than_a_form_can_hold_is_refused(port: int) -> None:
    found = said(port, b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n" + b"a" * 1_048_577)
    assert not found or found.split()[1] in {b"413", b"403", b"400"}
    assert answers(port)


PATHS = ("/console", "/nowhere", "/healthz", "/static/../wsgi.py", "/.git/config", "/%2e%2e/wsgi.py")


@pytest.mark.parametrize("path", PATHS)
def test_c69_no_answer_tells_what_runs_here(port: int, path: str) -> None:
    try:
        answer = urlopen(f"http://127.0.0.1:{port}{path}", timeout=5)
    except HTTPError as refused:
        answer = refused
    with answer:
        words = answer.read().decode().lower()
        assert answer.headers["Server"] == "tributary"
        assert answer.status == 200 if path == "/healthz" else answer.status == 404
    assert not [word for word in ("traceback", "werkzeug", "granian", "python", "create_app") if word in words]
