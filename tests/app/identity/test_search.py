"""People are found by what others know of them, also where that is little."""

from app import db
from app.identity.search import by_name, by_number
from fhir.nhs_number import parse
from tests.feeding import ASHA, BEN, GP, TRUST, Sender, clinician, nhs, patient


def test_somebody_unknown_is_found_by_the_words_that_stand_for_a_name(sender: Sender) -> None:
    details = {"name": [{"family": "Unknown", "given": ["Male"]}], "birthDate": "1900-01-01"}
    sender.send(TRUST, patient("1", "", **details, address=[{"postalCode": "ZZ99 3WZ"}]))
    words = {"family": "UNKNOWN", "birth": "1900-01-01", "given": "male", "code": "zz993wz"}
    with db.read(sender.engine) as connection:
        assert by_name(connection, clinician(TRUST), **words) == [sender.person_of(TRUST, "1")]


def test_somebody_is_not_found_by_a_number_that_is_over(sender: Sender) -> None:
    """It may be withheld, or another person's."""
    sender.send(GP, patient("1", identifier=[nhs(BEN, use="old"), nhs(ASHA)]))
    with db.read(sender.engine) as connection:
        found = {n: by_number(connection, clinician(GP), parse(n)) for n in (ASHA, BEN)}  # type: ignore[arg-type]
    assert found == {ASHA: [sender.person_of(GP, "1")], BEN: []}
