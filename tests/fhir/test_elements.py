"""What is read from the shapes of FHIR: nothing in a text changes how the rest of it is read."""

import pytest

from fhir.elements import narrative


@pytest.mark.parametrize("hidden", ["&#8238;", "&#x202E;", "&#x2066;", "&rlm;", "&#x1b;", "&#127;", "&#65279;"])
def test_a_dose_in_a_narrative_is_never_turned_round_by_a_hidden_character(hidden):
    assert narrative({"text": {"div": f"<div>Warfarin {hidden}10&#32;mg &lt;nightly&gt;</div>"}}) == (
        "Warfarin 10 mg <nightly>"
    )
