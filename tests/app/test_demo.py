"""The demonstration ends when it is told to, whatever it is doing, and leaves no process behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest

from app.demo import _end
from tests.signing_in import free_port

HOME = Path(__file__).parents[2]


def running(mark: str) -> dict[int, str]:
    """The processes that were started with this mark among their settings."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"DEMO_MARK={mark}".encode() in (process / "environ").read_bytes():
                found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has ended, or is not ours
    return found


def until(true: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while not true() and time.monotonic() < ends:
        time.sleep(0.05)
    return true()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_while_it_starts_and_told_again_it_ends_with_all_its_processes(
    tmp_path: Path, told: signal.Signals
) -> None:
    """An impatient second Ctrl-C once left the sign-in provider and the site behind."""
    mark = uuid4().hex
    port = free_port()
    settings = dict(os.environ) | {"ENVIRONMENT": "demo", "DEMO_HOME": str(tmp_path), "DEMO_MARK": mark}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--people", "3", "--port", str(port)]
    demo = subprocess.Popen(command, cwd=HOME, env=settings, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        assert until(lambda: any("granian" in one for one in running(mark).values()), 60)
        assert listens(port + 1)  # the sign-in provider is there, the site starts
        for _ in range(2):
            demo.send_signal(told)
            time.sleep(0.2)
        demo.wait(timeout=20)
        assert running(mark) == {}
    finally:
        for number in running(mark):
            os.kill(number, signal.SIGKILL)
        demo.wait()


def test_a_server_that_does_not_end_when_asked_is_ended_with_its_workers(tmp_path: Path) -> None:
    mark = uuid4().hex
    script = "trap '' TERM; sleep 60 & while true; do sleep 1; done"
    child = subprocess.Popen(["sh", "-c", script], env=os.environ | {"DEMO_MARK": mark}, start_new_session=True)
    assert until(lambda: len(running(mark)) > 2, 10)
    _end([child], seconds=0.3)
    assert until(lambda: running(mark) == {}, 5)


def test_one_killed_worker_does_not_take_the_site_down(tmp_path: Path) -> None:
    mark, port = uuid4().hex, free_port()
    settings = dict(os.environ) | {"ENVIRONMENT": "demo", "DEMO_HOME": str(tmp_path), "DEMO_MARK": mark}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--people", "3", "--port", str(port)]
    demo = subprocess.Popen(command, cwd=HOME, env=settings, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        assert until(lambda: answers(port) and len(workers(mark)) == 2, 60)
        first, _ = sorted(workers(mark))
        os.kill(first, signal.SIGKILL)
        assert until(lambda: first not in workers(mark) and len(workers(mark)) == 2, 20)
        assert until(lambda: answers(port), 10)
        assert demo.poll() is None
    finally:
        for number in running(mark):
            os.kill(number, signal.SIGKILL)
        demo.wait()


def workers(mark: str) -> set[int]:
    """The processes of the site that answer requests: those whose parent is the site itself."""
    site = {number for number, words in running(mark).items() if "granian" in words}
    return {n for n in site if int((Path(f"/proc/{n}/stat").read_text()).rpartition(")")[2].split()[1]) in site}


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
