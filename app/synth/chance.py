"""Where chance comes from: every person has their own dice, thrown from the seed and their place in the region."""

from random import Random

__all__ = ["Random", "dice"]


def dice(*parts: object) -> Random:
    """The same parts give the same throws, on every machine and in every run."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - invents people, protects nothing
