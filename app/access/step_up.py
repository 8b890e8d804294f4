"""Acts for which having signed in some time ago is not enough: they ask for a fresh sign-in, or for a strong one."""

from datetime import datetime, timedelta

from app.access.permissions import Permission

FRESH = timedelta(minutes=30)
STRONG = 3
"""The level of authentication at which nobody is asked again: a smartcard or security key (NIST SP 800-63B, AAL3)."""
ASK_MORE = frozenset({Permission.REVIEW_ACCESS})
"""The privacy officer sees everybody's looks, and decides whose sign-in is whose."""


def is_enough(permission: Permission, level: int, signed_in_at: datetime, now: datetime) -> bool:
    """Whether somebody who signed in then, as strongly as that, may go on to this act without signing in again."""
    return permission not in ASK_MORE or level >= STRONG or now - signed_in_at < FRESH
