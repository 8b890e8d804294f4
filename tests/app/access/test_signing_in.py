"""People sign in through the demo's own provider, and out again."""

from tests.signing_in import Browser


def test_a_gp_signs_in_and_reaches_the_search_page(browser: Browser) -> None:
    answer = browser.sign_in("gp")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/patients")
    assert browser.site.get("/patients").text == "the search page"
