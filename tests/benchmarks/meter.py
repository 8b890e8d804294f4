"""Where the time goes: functions are timed from outside, so that the code itself knows nothing of it."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

Places = dict[str, list[tuple[Any, str]]]
"""Part -> the functions whose time is that part's, as (where it is looked up, name)."""


@contextmanager
def metered(places: Places, clock: Callable[[], float]) -> Iterator[dict[str, float]]:
    """Seconds of each part so far, by this clock. A generator is timed step by step."""
    spent: dict[str, float] = defaultdict(float)
    with ExitStack() as stack:
        for part, functions in places.items():
            for owner, name in functions:
                stack.enter_context(patch.object(owner, name, _timed(getattr(owner, name), part, spent, clock)))
        yield spent


def _timed(function: Callable[..., Any], part: str, spent: dict[str, float], clock: Callable[[], float]) -> Any:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        started = clock()
        try:
            answer = function(*args, **kwargs)
        finally:
            spent[part] += clock() - started
        return _steps(answer, part, spent, clock) if isinstance(answer, Iterator) else answer

    return timed


def _steps(steps: Iterator[Any], part: str, spent: dict[str, float], clock: Callable[[], float]) -> Iterator[Any]:
    while True:
        started = clock()
        try:
            step = next(steps)
        except StopIteration:
            return
        finally:
            spent[part] += clock() - started
        yield step
