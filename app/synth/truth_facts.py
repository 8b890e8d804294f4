"""Facts as the truth files tell them: what is so, and every resource that says it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fact:
    """One problem, medicine or allergy of a person, with the statements behind it."""

    kind: str
    key: str
    display: str
    status: str = "active"
    sources: list[dict[str, Any]] = field(default_factory=list)

    def said(self, provider: str, resource: str, code: str, **more: str) -> None:
        """A provider's resource says so, with this code or these words."""
        self.sources.append({"provider": provider, "resource": resource, "code": code, **more})

    def unsaid(self, provider: str, resource: str) -> None:
        """The provider has taken it back."""
        self.sources = [s for s in self.sources if (s["provider"], s["resource"]) != (provider, resource)]
