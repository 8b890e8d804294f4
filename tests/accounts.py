"""A person's own account, linked to their record as signing in does it."""

from app.access.users import PatientUser
from app.portal.joining import welcome
from tests.browsing import claims, person
from tests.feeding import Sender


def account_of(sender: Sender, subject: str = "asha", **proven: str) -> PatientUser:
    """Asha Patel, or somebody of whom something else is proven."""
    user = person(subject)
    welcome(sender.engine, user, claims(**proven))
    return user


def toms(sender: Sender) -> PatientUser:
    """Tom Reed, born 3 February 1950, as his practice must know him."""
    return account_of(sender, "tom", nhs_number="9990000026", birthdate="1950-02-03", family_name="Reed")
