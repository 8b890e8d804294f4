"""Nobody is shown a canary that a second policy does not show them, or that the audit row of the request lacks."""

from pathlib import Path
from random import Random

from app import create_app
from tests.feeding import Sender
from tests.installation import demo_settings
from tests.oracle import Oracle, asked
from tests.postgres import as_site


def test_c29_no_answer_to_anybody_holds_what_they_may_not_see_or_what_was_not_written_down(
    sender: Sender, database_url: str, tmp_path: Path
) -> None:
    """A3, A7, I1, I2: a sample; `make prove` asks more than 100,000 times."""
    is_postgresql = database_url.startswith("postgresql")
    url = as_site(sender.engine, database_url) if is_postgresql else database_url
    app = create_app(demo_settings(url, tmp_path))
    oracle = Oracle(app, sender, Random(7)).begin()
    for _ in asked(oracle, 600):
        pass
    assert oracle.wrong == []
    assert oracle.counts["shown"] > 1_000
    assert oracle.counts["whole"] > 5
