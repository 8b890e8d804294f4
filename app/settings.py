"""Settings by environment. Production refuses an unsafe or missing one, naming all at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import NotReady

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHAPES = {
    "tributary": ("staff", "patient"),
    "cis2": ("staff",),
    "nhs-login": ("patient",),
    "keycloak": ("staff",),
    "entra": ("staff",),
}
"""How a sign-in provider may speak, and whom it can vouch for then. Only the demo's own speaks `tributary`."""


@dataclass(frozen=True)
class IdentityProvider:
    """One OpenID Connect issuer that people sign in with: `kind` is staff or patient, `key` a secret or key file.

    `issuer` is compared letter by letter. `acr` are names of strong ways to sign in, the least first; `roles` is a file
    that says which groups there have which role here (`app/access/role_map.py`).
    """

    name: str
    issuer: str
    client_id: str
    kind: str
    key: str = field(repr=False)
    shape: str = "tributary"
    acr: tuple[str, ...] = ()
    roles: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine, as only the demo's provider does."""
        return urlsplit(self.issuer).hostname in LOOPBACK


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations.

    `most_acts` and `most_tries` are what one person may do, and search or be refused, in ten minutes. What is kept so
    many days is named in app/retention.py; 0 is for ever.
    """

    environment: str
    database_url: str = field(repr=False)
    vault_url: str = field(repr=False)
    keys_dir: Path
    inbox: Path
    releases_dir: Path
    site_url: str
    providers: tuple[IdentityProvider, ...] = ()
    absolute_hours: int = 12
    audit_heads: Path = Path()
    security_contact: str = ""
    most_acts: int = 600
    most_tries: int = 120
    keep_sessions_days: int = 30
    keep_quarantine_days: int = 90
    keep_words_days: int = 0

    @property
    def is_demo(self) -> bool:
        """Whether this is the demonstration, with synthetic people only."""
        return self.environment == "demo"

    @staticmethod
    def from_env(env: Mapping[str, str] = os.environ) -> "Settings":
        """Read from the environment; raises NotReady with every problem named."""
        environment = env.get("ENVIRONMENT", "production")
        settings = _demo(env) if environment == "demo" else _production(env)
        if problems := _problems(settings):
            raise NotReady("missing or unsafe settings: " + "; ".join(problems))
        return settings


def _demo(env: Mapping[str, str]) -> Settings:
    home = Path(env.get("DEMO_HOME", "var/demo")).absolute()
    return Settings(
        environment="demo",
        database_url=env.get("DATABASE_URL", f"sqlite:///{home / 'tributary.db'}"),
        vault_url=env.get("VAULT_URL", f"sqlite:///{home / 'vault.db'}"),
        keys_dir=Path(env.get("KEYS_DIR", str(home / "keys"))),
        inbox=Path(env.get("INBOX", str(home / "inbox"))),
        releases_dir=Path(env.get("RELEASES_DIR", str(home / "releases"))),
        site_url=env.get("SITE_URL", "http://127.0.0.1:8000"),
        providers=_providers(env),
        audit_heads=Path(env.get("AUDIT_HEADS", str(home / "audit-heads.jsonl"))),
        security_contact=env.get("SECURITY_CONTACT", ""),
        **_numbers(env),
    )


def _production(env: Mapping[str, str]) -> Settings:
    return Settings(
        environment=env.get("ENVIRONMENT", "production"),
        database_url=env.get("DATABASE_URL", ""),
        vault_url=env.get("VAULT_URL", ""),
        keys_dir=Path(env.get("KEYS_DIR", "")),
        inbox=Path(env.get("INBOX", "")),
        releases_dir=Path(env.get("RELEASES_DIR", "")),
        site_url=env.get("SITE_URL", ""),
        providers=_providers(env),
        audit_heads=Path(env.get("AUDIT_HEADS", "")),
        security_contact=env.get("SECURITY_CONTACT", ""),
        **_numbers(env),
    )


def _numbers(env: Mapping[str, str]) -> dict[str, int]:
    given = {
        "most_acts": env.get("MOST_ACTS", ""),
        "most_tries": env.get("MOST_TRIES", ""),
        "keep_sessions_days": env.get("KEEP_SESSIONS_DAYS", ""),
        "keep_quarantine_days": env.get("KEEP_QUARANTINE_DAYS", ""),
        "keep_words_days": env.get("KEEP_WORDS_DAYS", ""),
    }
    return {name: int(said) if said.isdecimal() else 0 for name, said in given.items() if said}


def _providers(env: Mapping[str, str]) -> tuple[IdentityProvider, ...]:
    """One for each `OIDC_<NAME>_ISSUER`, in the order of their names."""
    names = sorted(n[5:-7] for n in env if n.startswith("OIDC_") and n.endswith("_ISSUER"))
    return tuple(
        IdentityProvider(
            name=name.lower().replace("_", "-"),
            issuer=env[f"OIDC_{name}_ISSUER"],
            client_id=env.get(f"OIDC_{name}_CLIENT_ID", ""),
            kind=env.get(f"OIDC_{name}_KIND", ""),
            key=env.get(f"OIDC_{name}_KEY", ""),
            shape=env.get(f"OIDC_{name}_SHAPE", "tributary"),
            acr=tuple(env.get(f"OIDC_{name}_ACR", "").split()),
            roles=Path(env[f"OIDC_{name}_ROLES"]) if env.get(f"OIDC_{name}_ROLES") else None,
        )
        for name in names
    )


def _problems(settings: Settings) -> list[str]:
    found = [
        f"OIDC_{provider.name.upper().replace('-', '_')}_{part}"
        for provider in settings.providers
        for part, good in _provider_checks(provider, is_demo=settings.is_demo)
        if not good
    ]
    return found if settings.is_demo else found + _production_problems(settings)


def _provider_checks(provider: IdentityProvider, *, is_demo: bool) -> tuple[tuple[str, bool], ...]:
    shapes = [name for name in SHAPES if is_demo or name != "tributary"]
    kinds = SHAPES.get(provider.shape, ("staff", "patient"))
    key = ("KEY", bool(provider.key)) if is_demo else ("KEY (the file of a private key)", Path(provider.key).is_file())
    is_local = provider.shape in {"keycloak", "entra"}
    return (
        ("CLIENT_ID", bool(provider.client_id)),
        key,
        (f"SHAPE ({', '.join(shapes)})", provider.shape in shapes),
        (f"KIND ({' or '.join(kinds)})", provider.kind in kinds),
        ("ACR (which ways to sign in are strong enough)", bool(provider.acr) or provider.shape != "keycloak"),
        ("ROLES (a file)", provider.roles.is_file() if provider.roles else not is_local),
    )


def _production_problems(settings: Settings) -> list[str]:
    checks = (
        ("ENVIRONMENT (demo or production)", settings.environment == "production"),
        ("DATABASE_URL", bool(settings.database_url)),
        (
            "VAULT_URL (a database of its own)",
            bool(settings.vault_url) and settings.vault_url != settings.database_url,
        ),
        ("RELEASES_DIR (an existing folder)", settings.releases_dir != Path() and settings.releases_dir.is_dir()),
        ("KEYS_DIR (an existing folder)", settings.keys_dir != Path() and settings.keys_dir.is_dir()),
        ("AUDIT_HEADS (a file in a second place)", settings.audit_heads.is_absolute()),
        ("SECURITY_CONTACT (mailto: or https:)", settings.security_contact.startswith(("mailto:", "https://"))),
        ("MOST_ACTS, MOST_TRIES (numbers above 0)", settings.most_acts > 0 and settings.most_tries > 0),
        ("SITE_URL (https)", settings.site_url.startswith("https://")),
        ("OIDC_<NAME>_ISSUER (at least one)", bool(settings.providers)),
        (
            "OIDC_<NAME>_ISSUER (https, not on this machine)",
            all(p.issuer.startswith("https://") and not p.is_local for p in settings.providers),
        ),
    )
    return [name for name, good in checks if not good]
