"""What is held: every version of every resource, as its source sent it. Adding needs no grant, reading does."""

from app.statements.adding import NOBODY, Added, Incoming, add, count_of, digests, held, resource_key
from app.statements.reading import demographics_of, identities, of_everyone, of_patient

__all__ = [
    "NOBODY", "Added", "Incoming", "add", "count_of", "demographics_of", "digests", "held", "identities", "of_everyone",
    "of_patient", "resource_key",
]  # fmt: skip
