"""What a person is compared by, read from what sources really send."""

from app.identity.matching import letters


def test_letters_ignore_case_accents_and_signs() -> None:
    assert letters("O’Brien-Müller") == letters("OBRIEN MULLER") == "obrienmuller"
