"""Asha Patel, whom a practice knows, with her account and what it may do."""

from collections.abc import Callable
from uuid import UUID

import pytest

from app.access.grants import Grant, grant
from app.access.permissions import Permission
from app.portal.joining import welcome
from tests.browsing import claims, person
from tests.feeding import GP, Sender, patient

Allowed = Callable[..., Grant]


@pytest.fixture
def asha(sender: Sender) -> UUID:
    sender.send(GP, patient("1"))
    return welcome(sender.engine, person(), claims())


@pytest.fixture
def allowed(sender: Sender, asha: UUID) -> Allowed:
    def look(permission: Permission = Permission.VIEW_OWN_RECORD) -> Grant:
        return grant(sender.engine, person(), permission, asha)

    return look
