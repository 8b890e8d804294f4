"""Reading stored bytes back exactly as they were sent: a dose of 5.10 stays 5.10."""

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

Shape = TypeVar("Shape")


def decoder(shape: type[Shape]) -> "msgspec.json.Decoder[Shape]":
    """Reads bytes into this shape; decimals are `Decimal`, with every digit as received. Whole numbers stay `int`.

    For bytes that the gate has let in; on others it raises `msgspec.DecodeError`.
    """
    return msgspec.json.Decoder(shape, float_hook=Decimal)


decode = decoder(dict[str, Any]).decode
"""A whole resource."""

encode = msgspec.json.Encoder(decimal_format="number").encode
"""The bytes of a resource that was read here, with the same digits."""

_VALUE = decoder(object)


def value_of(sent: bytes) -> Any:
    """One element as it was sent; None where nothing was."""
    return _VALUE.decode(sent) if sent else None
