"""Bytes as received, made small: zstd with a dictionary of the shapes that feeds repeat."""

from functools import cache
from pathlib import Path

import zstandard

CODEC = 1
"""The dictionary in use. A body keeps the number of the one that it was written with; old ones are never removed."""

_FOLDER = Path(__file__).parent / "dictionaries"


@cache
def _dictionary(codec: int) -> zstandard.ZstdCompressionDict:
    text = (_FOLDER / f"{codec}.ndjson").read_bytes()
    return zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


@cache
def _compressor() -> zstandard.ZstdCompressor:
    dictionary = _dictionary(CODEC)
    dictionary.precompute_compress(level=3)
    return zstandard.ZstdCompressor(level=3, dict_data=dictionary, write_checksum=True)


@cache
def _decompressor(codec: int) -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=_dictionary(codec))


def packed(body: bytes) -> bytes:
    """The body, compressed with the dictionary in use."""
    return _compressor().compress(body)


def unpacked(body: bytes, codec: int) -> bytes:
    """Exactly the bytes that were packed; raises ZstdError where they were damaged."""
    return _decompressor(codec).decompress(body)
