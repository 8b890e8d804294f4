"""An application and a register entry as rows of words. Pure."""

from datetime import date

from app.governance.applying import PAGES
from app.governance.register import LEADS_BACK, NEVER_BACK, Entry, opt_outs
from app.projects import AREA_WORDS, DATASET_WORDS, Application
from fhir.dates import fhir_date

Rows = list[tuple[str, str]]


def day(value: date | str) -> str:
    """`05-Mar-2026` of a date, or of one as YYYY-MM-DD."""
    found = fhir_date(str(value))
    return found.clinical if found else str(value)


def entry_rows(entry: Entry) -> Rows:
    """What the register says of one use of data, without what does not apply."""
    rows = [
        ("Organisation", entry.organisation),
        ("Purpose", entry.purpose),
        ("Legal basis", entry.legal_basis),
        ("Agreement", entry.agreement),
        ("Data", "\n".join(entry.data)),
        ("What it tells of where people live", entry.area),
        ("Opt-outs", "\n".join(entry.opt_outs)),
        ("Why an opt-out is not applied", entry.opt_out_reason),
        ("Back to care", entry.back_to_care),
        ("Decided", f"{day(entry.decided_on)} by the {entry.decided_by.lower()}: {entry.decision_words}"),
        ("Starts", day(entry.starts_on)),
        ("Ends", day(entry.ends_on)),
    ]
    return [(term, value) for term, value in rows if value]


def answered(asked: Application) -> list[tuple[str, str, Rows]]:
    """An application as (page of questions, its title, its answers)."""
    rows: dict[str, Rows] = {
        "project": [
            ("Title", asked.title),
            ("Summary", asked.summary),
            ("Organisation", asked.organisation),
            ("What for", asked.purpose),
        ],
        "law": [
            ("Legal basis", asked.legal_basis),
            ("Agreement", asked.agreement),
            ("Last day", day(asked.expires_on)),
        ],
        "data": [
            ("Data", "\n".join(DATASET_WORDS[name] for name in asked.datasets)),
            ("What it tells of where people live", AREA_WORDS[asked.area]),
            ("Fewest who may look alike", str(asked.least_group)),
        ],
        "people": [
            ("Opt-outs", "\n".join(opt_outs(asked))),
            ("Why an opt-out is not applied", asked.opt_out_reason or "Both are applied"),
            ("Back to care", LEADS_BACK if asked.may_lead_back else NEVER_BACK),
        ],
    }
    return [(code, title, rows[code]) for code, (title, _) in PAGES.items()]
