"""Reading stored bytes back exactly as they were sent: a dose of 5.10 stays 5.10."""

from decimal import Decimal
from typing import Any

import msgspec

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def decode(body: bytes) -> dict[str, Any]:
    """A resource whose decimals are `Decimal`, with every digit as received. Whole numbers stay `int`.

    For bytes that the gate has let in; on others it raises `msgspec.DecodeError`.
    """
    return _DECODER.decode(body)
