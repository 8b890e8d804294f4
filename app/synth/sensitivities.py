"""Allergies and intolerances as they are recorded, and the statements that there are none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Agent:
    """What someone reacts to. `substance` is the other code that systems use for the same allergy."""

    name: str
    snomed: str
    category: str
    often: float
    reactions: tuple[str, ...]
    substance: tuple[str, str] = ("", "")
    criticality: str = "low"


NO_KNOWN = ("716186003", "No known allergy")
REACTIONS = {
    "Eruption of skin": "271807003",
    "Nausea": "422587007",
    "Urticaria": "126485001",
    "Angioedema": "41291007",
    "Anaphylaxis": "39579001",
}
PENICILLIN = Agent(
    "Allergy to penicillin",
    "91936005",
    "medication",
    0.07,
    ("Eruption of skin", "Urticaria", "Anaphylaxis"),
    ("764146007", "Penicillin"),
    "high",
)
AGENTS = (
    PENICILLIN,
    Agent(
        "Allergy to amoxicillin", "294505008", "medication", 0.01, ("Eruption of skin",), ("372687004", "Amoxicillin")
    ),
    Agent("Allergy to aspirin", "293586001", "medication", 0.01, ("Urticaria",), ("387458008", "Aspirin")),
    Agent(
        "Allergy to trimethoprim",
        "294462000",
        "medication",
        0.015,
        ("Eruption of skin",),
        ("387179001", "Trimethoprim"),
    ),
    Agent("Codeine causes nausea", "", "medication", 0.02, ("Nausea",)),
    Agent("Allergy to peanuts", "91935009", "food", 0.02, ("Angioedema", "Anaphylaxis"), criticality="high"),
    Agent("Shellfish allergy", "300913006", "food", 0.01, ("Urticaria",)),
    Agent("Allergy to dairy product", "425525006", "food", 0.01, ("Nausea",)),
    Agent("House dust mite allergy", "232350006", "environment", 0.02, ("Urticaria",)),
    Agent("Allergy to grass pollen", "418689008", "environment", 0.03, ("Urticaria",)),
    Agent("Allergy to bee venom", "424213003", "environment", 0.005, ("Anaphylaxis",), criticality="high"),
    Agent("Latex allergy", "300916003", "environment", 0.01, ("Eruption of skin",)),
    Agent("Sticking plaster - skin reaction", "", "environment", 0.015, ("Eruption of skin",)),
)
BY_NAME = {agent.name: agent for agent in AGENTS}
