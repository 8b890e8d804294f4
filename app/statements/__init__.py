"""What is held: every version of every resource, as its source sent it. Adding needs no grant, reading does."""

from app.keyring import NOBODY
from app.statements.adding import Added, Incoming, add, count_of, digests, held
from app.statements.erasing import Entry, entry, erase_entry, erase_everything, erased
from app.statements.reading import bearers, demographics_of, identities, of_everyone, of_patient
from app.statements.renewing import renew
from app.statements.sealing import unseal
from app.statements.walking import in_pieces

__all__ = [
    "NOBODY", "Added", "Entry", "Incoming", "add", "bearers", "count_of", "demographics_of", "digests", "entry",
    "erase_entry", "erase_everything", "erased", "held", "identities", "in_pieces", "of_everyone", "of_patient",
    "renew", "unseal",
]  # fmt: skip
