"""Waiting for somebody else's machine, but not for long."""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

from requests.exceptions import Timeout

T = TypeVar("T")


def in_time(work: Callable[[], T], seconds: float) -> T:
    """What the work gives. Raises what it raises, or Timeout when the seconds are over.

    It has a thread of its own, which is left to itself then: a timeout of a socket counts anew for each byte that
    comes, so whoever sends a byte at a time would keep us for ever.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=copy_context().run, args=(run,), daemon=True).start()
    try:
        return answer.result(seconds)
    except TimeoutError:
        raise Timeout("too slow") from None
