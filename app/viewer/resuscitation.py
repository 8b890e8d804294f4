"""Whether standing decisions contradict each other about attempting resuscitation (CPR)."""

import re
from collections.abc import Sequence

from app.viewer import formats
from app.viewer.lines import Disagreement, called
from app.viewer.look import Look
from fhir.line import Line

_CPR = r"(?:c\.?p\.?r\b\.?|(?:cardio-?\s?pulmonary )?resus(?:citation)?\b)"
_AGAINST = re.compile(
    rf"\bdnacpr\b|\bdnar\b|\bdnr\b|\bdo not (?:attempt|resuscitate)|\bnot (?:for |to have )?(?:attempted )?{_CPR}"
    rf"|{_CPR}(?: attempts?)? (?:is |are |should )?not\b|\bno {_CPR}",
    re.IGNORECASE,
)
_FOR = re.compile(
    rf"\bfor (?:attempted |full |active )?{_CPR}|{_CPR}(?: attempts?)? (?:is |are )?(?:recommended|appropriate|to be)",
    re.IGNORECASE,
)


def disagreement(lines: Sequence[Line], look: Look) -> Disagreement | None:
    """Each decision with who says it and when, where one is for attempting CPR and another against it."""
    spoken = [(line, meant) for line in lines if (meant := meaning(line))]
    if len(spoken) < 2 or len(set().union(*(meant for _, meant in spoken))) < 2:
        return None
    return Disagreement("Resuscitation", tuple((called(line.lead, look), _who(line, look)) for line, _ in spoken))


def _who(line: Line, look: Look) -> str:
    when = formats.day(line.lead.when) if line.lead.when else "date not recorded"
    return ", ".join((*map(look.name, line.sources), when))


def meaning(line: Line) -> set[str]:
    """`for`, `against` or both, as its words say; nothing where it does not speak of resuscitation."""
    said = " ".join(" ".join((line.lead.text, *line.lead.fields.values())).split())
    rest = _AGAINST.sub(" ", said)
    found = (("against", rest != said), ("for", _FOR.search(rest) is not None))
    return {meant for meant, is_said in found if is_said}
