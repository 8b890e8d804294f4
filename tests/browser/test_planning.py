"""The pages of planners, of those who decide and of everybody, and the worklist, in a real browser on any screen."""

from uuid import UUID

import pytest

from tests.browser.fitting import fits
from tests.clinic import cookie_of
from tests.lists import ASTHMA, GEORGE, PETRA, approved, led_back
from tests.sealed import FILES, MEASURED, checked

pytestmark = pytest.mark.browser

WIDTHS = [320, 390, 1366]


@pytest.fixture
def as_planner(visit, site):
    return lambda path, **more: visit(path, cookie=cookie_of(site.app, PETRA), **more)


@pytest.fixture
def as_decider(visit, site):
    return lambda path, **more: visit(path, cookie=cookie_of(site.app, GEORGE), **more)


@pytest.fixture
def outbox(site):
    return site.app.config["SETTINGS"].releases_dir


def good(page, violations):
    page.wait_for_load_state()
    assert fits(page), page.url
    assert violations(page) == [], page.url


def decide(page, words):
    page.get_by_label("Approve").check()
    page.fill("#words", words)
    page.get_by_role("button", name="Keep the decision").click()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/how-we-use-your-data", "/your-choices"])
def test_everybody_reads_the_pages_about_their_data_on_any_screen(visit, site, violations, path, width):
    good(visit(path, width=width), violations)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_application_goes_from_the_first_question_to_the_register(as_planner, as_decider, violations, width):
    page = as_planner("/exports", width=width)
    page.get_by_role("link", name="Apply to use data").click()
    good(page, violations)
    page.get_by_role("link", name="Start").click()
    page.get_by_role("button", name="Keep and go on").click()
    assert page.title().startswith("Error:")
    good(page, violations)
    page.get_by_role("link", name="Enter a title").click()
    assert page.evaluate("document.activeElement.id") == "title"
    title = f"Asthma reviews at {width}"
    for field, value in {"title": title, "summary": "Who needs a review? " * 20, "organisation": "Tamberley ICB",
                         "purpose": "To plan"}.items():  # fmt: skip
        page.fill(f"#{field}", value)
    page.get_by_role("button", name="Keep and go on").click()
    good(page, violations)
    page.fill("#legal_basis", "Article 9(2)(h)")
    page.fill("#agreement", "DSA-" + "1" * 60)
    for part, value in {"day": "31", "month": "3", "year": "2099"}.items():
        page.fill(f"#expires_on-{part}", value)
    page.get_by_role("button", name="Keep and go on").click()
    page.get_by_role("button", name="Keep and go on").click()
    page.get_by_role("link", name="Choose the data that you need").click()
    assert page.evaluate("document.activeElement.id") == "datasets"
    good(page, violations)
    page.get_by_label("Medicines").check()
    page.get_by_label("The GP practice").check()
    page.get_by_role("button", name="Keep and go on").click()
    for name in ("type1_applies", "national_applies", "may_lead_back"):
        page.check(f"#{name}")
    good(page, violations)
    page.get_by_role("button", name="Keep and go on").click()
    good(page, violations)
    page.get_by_role("button", name="Send the application").click()
    assert "Waits for a decision" in page.locator("main").inner_text()
    good(page, violations)
    deciding = as_decider("/data-uses", width=width)
    deciding.get_by_role("link", name=title).click()
    deciding.get_by_role("button", name="Keep the decision").click()
    good(deciding, violations)
    decide(deciding, "It helps people with asthma")
    assert title in deciding.locator("article").first.inner_text()
    good(deciding, violations)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_release_is_approved_and_pulled_on_any_screen(site, as_planner, as_decider, violations, outbox, width):
    engine = site.app.extensions["engine"]
    project = approved(engine)
    release = checked(engine, outbox, PETRA, project, MEASURED, "measures")
    checked(engine, outbox, PETRA, project, FILES)
    good(as_decider("/exports", width=width), violations)
    deciding = as_decider(f"/exports/{release}", width=width)
    good(deciding, violations)
    decide(deciding, "Safe")
    page = as_planner(f"/exports/{release}", width=width)
    good(page, violations)
    with page.expect_download() as download:
        page.get_by_role("link", name="measures.csv").click()
    assert download.value.suggested_filename == "measures.csv"
    good(as_planner("/exports", width=width), violations)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_token_is_made_on_any_screen(site, as_planner, violations, width):
    approved(site.app.extensions["engine"], ASTHMA)
    page = as_planner("/exports/tokens", width=width)
    page.fill("#name", "monthly dashboard")
    page.get_by_role("button", name="Make the token").click()
    assert len(page.locator(".secret").inner_text()) == 43
    good(page, violations)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_list_is_sent_back_to_care_on_any_screen(site, as_planner, as_decider, violations, width):
    project = approved(site.app.extensions["engine"])
    page = as_planner(f"/exports/{project}/cohort", width=width)
    page.get_by_role("button", name="Send the list").click()
    good(page, violations)
    page.fill("#title", f"No brown inhaler {width}")
    page.fill("#why", "A preventer may be missing.")
    page.fill("#codes", "a" * 28)
    page.get_by_role("button", name="Send the list").click()
    good(page, violations)
    deciding = as_decider("/exports", width=width)
    deciding.get_by_role("link", name=f"No brown inhaler {width}").click()
    good(deciding, violations)
    decide(deciding, "It helps")
    good(deciding, violations)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_clinician_opens_and_closes_an_item_without_scripts(visit, site, violations, width):
    led_back(site.app.extensions["engine"], *map(UUID, site.patients[:3]), title=f"No brown inhaler {width}")
    page = visit("/worklist", width=width)
    good(page, violations)
    page = visit("/worklist", width=width, scripts=False)
    page.get_by_role("link", name=f"Open person 1 of No brown inhaler {width}").click()
    address = page.url
    page.get_by_role("button", name="Open the record").click()
    assert page.title().startswith("Error:") and fits(page)
    good(visit(address.removeprefix(site.address), width=width), violations)
    page.get_by_label("Direct care – planned").check()
    page.get_by_role("button", name="Open the record").click()
    assert "/patients/" in page.url
    good(visit("/worklist", width=width), violations)
    good(visit(address.removeprefix(site.address), width=width), violations)
    page.goto(address)
    page.get_by_label("Contacted").check()
    page.get_by_role("button", name="Close").click()
    page.get_by_text("Closed lately").click()
    assert f"No brown inhaler {width}: Contacted" in page.locator("details").inner_text()
