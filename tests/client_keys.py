"""Private keys of the site, as an installation keeps them: one file each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(folder: Path) -> Path:
    return _written(folder / "rsa.pem", rsa.generate_private_key(public_exponent=65537, key_size=2048))


def ec_key(folder: Path) -> Path:
    return _written(folder / "ec.pem", ec.generate_private_key(ec.SECP256R1()))


def key_with_certificate(folder: Path) -> Path:
    """As Entra ID wants it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tributary")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    path = _written(folder / "certified.pem", key)
    path.write_bytes(path.read_bytes() + certificate.public_bytes(Encoding.PEM))
    return path


def _written(path: Path, key: PrivateKey) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path
