"""Production starts with sign-in providers that are safe, and says all at once what is wrong with the others."""

from pathlib import Path

import pytest

from app.access.client_key import client_key, public_keys
from app.access.shapes import shape_of
from app.errors import NotReady
from app.settings import Settings
from tests.client_keys import ec_key, key_with_certificate, rsa_key
from tests.shapes import CIS2_ISSUER, ENTRA_ISSUER, ROLES_FILE, cis2, entra, nhs_login


def production(tmp_path: Path, **changed: str) -> Settings:
    """A whole installation with all three kinds of provider; an empty value leaves a setting out."""
    (tmp_path / "roles.csv").write_text(ROLES_FILE)
    key = str(rsa_key(tmp_path))
    env = {
        "ENVIRONMENT": "production",
        "DATABASE_URL": "postgresql://db/tributary",
        "VAULT_URL": "postgresql://db/vault",
        "KEYS_DIR": str(tmp_path),
        "RELEASES_DIR": str(tmp_path),
        "AUDIT_HEADS": "/second/heads.jsonl",
        "SECURITY_CONTACT": "mailto:security@care.example",
        "SITE_URL": "https://care.example",
        "OIDC_CIS2_ISSUER": CIS2_ISSUER,
        "OIDC_CIS2_SHAPE": "cis2",
        "OIDC_CIS2_KIND": "staff",
        "OIDC_NHS_LOGIN_ISSUER": "https://auth.login.nhs.uk",
        "OIDC_NHS_LOGIN_SHAPE": "nhs-login",
        "OIDC_NHS_LOGIN_KIND": "patient",
        "OIDC_COUNCIL_ISSUER": ENTRA_ISSUER,
        "OIDC_COUNCIL_SHAPE": "entra",
        "OIDC_COUNCIL_KIND": "staff",
        "OIDC_COUNCIL_ROLES": str(tmp_path / "roles.csv"),
    }
    for name in ("CIS2", "NHS_LOGIN", "COUNCIL"):
        env |= {f"OIDC_{name}_CLIENT_ID": "us", f"OIDC_{name}_KEY": key}
    return Settings.from_env({name: value for name, value in (env | changed).items() if value})


def test_three_providers_are_understood(tmp_path: Path) -> None:
    national, council, login = production(tmp_path).providers
    assert (national.name, national.issuer, national.shape) == ("cis2", CIS2_ISSUER, "cis2")
    assert (login.name, login.kind) == ("nhs-login", "patient")
    assert council.roles == tmp_path / "roles.csv" and council.acr == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"OIDC_CIS2_KEY": "a secret"}, "OIDC_CIS2_KEY"),
        ({"OIDC_CIS2_SHAPE": ""}, "OIDC_CIS2_SHAPE"),
        ({"OIDC_CIS2_SHAPE": "tributary"}, "OIDC_CIS2_SHAPE"),
        ({"OIDC_CIS2_KIND": "patient"}, "OIDC_CIS2_KIND"),
        ({"OIDC_CIS2_CLIENT_ID": ""}, "OIDC_CIS2_CLIENT_ID"),
        ({"OIDC_NHS_LOGIN_KIND": "staff"}, "OIDC_NHS_LOGIN_KIND"),
        ({"OIDC_COUNCIL_ROLES": ""}, "OIDC_COUNCIL_ROLES"),
        ({"OIDC_COUNCIL_ROLES": "/no/such/file"}, "OIDC_COUNCIL_ROLES"),
        ({"OIDC_COUNCIL_SHAPE": "keycloak"}, "OIDC_COUNCIL_ACR"),
        ({"OIDC_CIS2_ISSUER": "http://am.example"}, "https"),
        ({"OIDC_CIS2_ISSUER": "https://127.0.0.1"}, "not on this machine"),
    ],
)
def test_what_is_unsafe_is_named(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    with pytest.raises(NotReady, match=said):
        production(tmp_path, **changed)


def test_everything_wrong_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotReady) as stopped:
        production(tmp_path, OIDC_CIS2_KEY="", OIDC_NHS_LOGIN_SHAPE="other", SITE_URL="")
    assert all(name in str(stopped.value) for name in ("OIDC_CIS2_KEY", "OIDC_NHS_LOGIN_SHAPE", "SITE_URL"))


# ---------------------------------------------------------------- how we prove that it is us
def test_each_provider_gets_the_signature_that_it_takes(tmp_path: Path) -> None:
    key, roles = str(rsa_key(tmp_path)), tmp_path / "roles.csv"
    assert shape_of(nhs_login()).key_algorithm == "RS512"
    for provider, alg in ((nhs_login(key=key), "RS512"), (cis2(key=key), "RS256")):
        [method] = client_key(provider).methods or []
        assert method.alg == alg and set(method.headers) == {"kid"}
    assert shape_of(entra(roles)).key_algorithm == "PS256"
    [method] = client_key(nhs_login(key=str(ec_key(tmp_path)))).methods or []
    assert method.alg == "ES256"


def test_a_key_with_its_certificate_is_found_by_the_certificate(tmp_path: Path) -> None:
    [method] = client_key(cis2(key=str(key_with_certificate(tmp_path)))).methods or []
    assert set(method.headers) == {"x5t#S256"} and len(method.headers["x5t#S256"]) == 43


def test_only_the_public_half_of_our_keys_is_shown(tmp_path: Path) -> None:
    one, other = rsa_key(tmp_path), ec_key(tmp_path)
    shown = public_keys([cis2(key=str(one)), nhs_login(key=str(one)), cis2(key=str(other)), cis2(key="a secret")])
    assert sorted(key["kty"] for key in shown["keys"]) == ["EC", "RSA"]
    assert all(set(key) <= {"kty", "n", "e", "crv", "x", "y", "kid", "use"} for key in shown["keys"])
