"""What is read of a statement at first is what its whole resource says."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from msgspec import Raw
from msgspec.structs import asdict

from fhir.exact import decode, encode, value_of
from fhir.record import combine
from fhir.statement import Statement
from tests.strategies import irregular, regular


def said(body: bytes) -> Statement:
    return Statement(1, "J81001", "Condition", "1", body, datetime(2026, 1, 1, tzinfo=UTC))


@given(regular() | irregular())
def test_the_head_says_what_the_resource_says(resource: dict[str, Any]) -> None:
    statement = said(encode(resource))
    for name, value in asdict(statement.head).items():
        heard = value_of(bytes(value)) if isinstance(value, Raw) else value
        assert heard == (statement.resource or {}).get(name)


@given(regular() | irregular())
def test_a_resource_written_again_says_the_same_with_the_same_digits(resource: dict[str, Any]) -> None:
    assert repr(decode(encode(resource))) == repr(decode(encode(decode(encode(resource)))))
    assert [str(v) for v in decode(encode({"v": [Decimal("5.10"), Decimal("1E+3")]}))["v"]] == ["5.10", "1E+3"]


@pytest.mark.parametrize("written", ["modifierExtension", r"modifier\u0045xtension", r"\u006dodifierExtension"])
def test_a_modifier_is_found_however_its_name_is_spelled(written: str) -> None:
    body = f'{{"resourceType": "Condition", "id": "1", "stage": [{{"{written}": [{{"url": "urn:x"}}]}}]}}'
    assert [aside.reason for aside in combine([said(body.encode())]).not_interpretable] == [
        "carries a modifier that this record does not know"
    ]
