"""A site on either database, somebody to sign in, and a person whom two sources know."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.access import sessions
from app.access.users import User
from tests.browsing import SignIn
from tests.feeding import GP, TRUST, Sender, condition, patient
from tests.installation import demo_settings


@pytest.fixture
def sign_in(sender: Sender, database_url: str, tmp_path: Path) -> SignIn:
    """A browser in which somebody has signed in."""
    settings = demo_settings(database_url, tmp_path)
    app = create_app(settings)

    def enter(user: User) -> FlaskClient:
        pending = sessions.begin(sender.engine)
        who = sessions.SignIn(user, "staff", "")
        cookie = sessions.sign_in(
            sender.engine, who, instead_of=sessions.hash_of(pending), lasts=timedelta(hours=settings.absolute_hours)
        )
        browser = app.test_client()
        browser.set_cookie("sid", cookie)
        return browser

    return enter


@pytest.fixture
def asha(sender: Sender) -> UUID:
    """Known to a practice and a trust."""
    sender.send(GP, patient("1"), condition("c1", of="1", words="Asthma", onsetDateTime="2010"))
    sender.send(TRUST, patient("7"), condition("c2", of="7", words="Asthma", onsetDateTime="2012"))
    found = sender.person_of(GP, "1")
    assert found
    return found
