"""How medicines and doses are written, so that no number or unit is misread (ISB 1500-1508)."""

import re

_UNITS = r"(?:mg|g|kg|ml|l|nanograms?|micrograms?|units?|mmol|hours?|days?|tablets?|capsules?|dose|puffs?)"
_MICRO = re.compile(r"(?<=[0-9])\s*(?:mcg|ug|µg|μg)\b|\b(?:mcg|µg|μg)\b", re.IGNORECASE)
_TRAILING = re.compile(rf"(?<![\d.,])(\d+)(?:\.0+|(\.\d*[1-9])0+)(?=\s*{_UNITS}\b)", re.IGNORECASE)
_LEADING = re.compile(r"(?<![\d.])\.(?=\d)")
_LARGE = re.compile(rf"(?<![\d.,-])(\d{{4,}})(?=(?:\.\d+)?\s*{_UNITS}\b)", re.IGNORECASE)
_PER = re.compile(r"(?<=[a-z])\s*/\s*(?=(?:kg|hour|day|dose|min|hr|h|m2|week)\b)", re.IGNORECASE)
_SIGNS = ((">=", "at least "), ("<=", "at most "), ("<", "less than "), (">", "more than "), ("&", "and"), ("@", "at"),
          ("|", ","), ("°C", " degrees Celsius"), ("°", " degrees"))  # fmt: skip


def dose(text: str) -> str:
    """A dose or instruction that cannot be misread: `micrograms`, `0.5 mg`, `5 mg`, `1,000 units`, no `<` or `&`."""
    for sign, words in _SIGNS:
        text = text.replace(sign, words)
    return " ".join(product(_PER.sub(" per ", text)).split())


def product(text: str) -> str:
    """The name of a medicine as sent, but for the numbers and units that are misread most."""
    text = _MICRO.sub(lambda m: " micrograms" if m.start() and text[m.start() - 1].isdigit() else "micrograms", text)
    text = _TRAILING.sub(lambda m: m[1] + (m[2] or ""), _LEADING.sub("0.", text))
    return _LARGE.sub(lambda m: f"{int(m[1]):,}", text)


def medicine(name: str, brand: str = "", strength: str = "", form: str = "", dosage: str = "", route: str = "",
             frequency: str = "") -> str:  # fmt: skip
    """`generic — BRAND — strength — form — DOSE one tablet — route — frequency`: what is not known is left out."""
    said = [
        product(name),
        brand.upper(),
        product(strength),
        form,
        f"DOSE {dose(dosage)}" if dosage else "",
        dose(route),
        dose(frequency),
    ]
    return " — ".join(part for part in said if part)
