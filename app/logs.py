"""One JSON object a line: a fixed event and its fields. Nothing about a person is ever one of them."""

import json
import logging
import sys

_STANDARD = frozenset(vars(logging.makeLogRecord({})))


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        line = {"at": self.formatTime(record), "level": record.levelname, "event": record.getMessage(), **fields}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__  # its words may hold what somebody typed
        return json.dumps(line, default=str)


def install() -> None:
    """Write our own log to standard error. Other libraries' debugging stays off: it holds codes and tokens."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("app").setLevel(logging.INFO)
