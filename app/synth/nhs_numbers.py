"""NHS numbers from the range kept for testing, one for each place in the region and never two alike.

Only numbers from 999 500 0000 upwards are used. Source of the check digit: NHS Data Dictionary, NHS NUMBER.
"""

from functools import cache

MOST_PEOPLE = 450_000
_PREFIXES = 50_000
_STEP = 31_873  # shares no factor with 50,000, so that every prefix is visited once before any comes again


def check_digit(nine: str) -> int:
    """The tenth digit, or 10 when these nine digits are never issued."""
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
    return (11 - total % 11) % 11


@cache
def _last_digits(remainder: int) -> tuple[int, ...]:
    """The ninth digits that give a real check digit, when the first eight sum to this remainder."""
    return tuple(digit for digit in range(10) if (11 - (remainder + 2 * digit) % 11) % 11 != 10)


def nhs_number(index: int) -> str:
    """The NHS number of the person at this place: depends on nothing else."""
    if not 0 <= index < MOST_PEOPLE:
        raise ValueError(f"a region holds at most {MOST_PEOPLE} people")
    prefix = f"999{50_000 + (index * _STEP + 1_207) % _PREFIXES:05d}"
    remainder = sum(int(digit) * weight for digit, weight in zip(prefix, range(10, 2, -1), strict=True)) % 11
    nine = prefix + str(_last_digits(remainder)[index // _PREFIXES])
    return nine + str(check_digit(nine))


def wrong_check_digit(number: str) -> str:
    """The number with its last digit miscopied."""
    return number[:9] + str((int(number[9]) + 3) % 10)


def spaced(number: str) -> str:
    """Written 3-3-4, as on a letter."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"
