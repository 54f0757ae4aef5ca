"""JWT assertions: read one, check its signature and claims, and make the key pair for it."""

import json
import secrets
from pathlib import Path
from typing import Any

from docgen_nb.errors import ServiceError
from docgen_nb.service.endpoints.users import ENTERPRISE_ID

AUDIENCE = "https://api.box.com/oauth2/token"  # hard-coded in Box's SDKs, whatever the address
ALGORITHMS = ["RS256", "RS384", "RS512"]
LONGEST_SECONDS = 60  # Box takes no assertion that ends later
LEEWAY_SECONDS = 5


class BadAssertion(Exception):
    """An assertion that is refused; the text says why."""


def read_assertion(
    assertion: str, *, key: str | None, client_id: str, now: float
) -> tuple[str, str]:
    """Return type and id of the subject of a valid assertion."""
    if key is None:
        raise BadAssertion("This service was given no public key for JWT assertions.")
    claims = _claims(assertion, key)
    if claims.get("iss") != client_id:
        raise BadAssertion("The 'iss' claim must be the client_id.")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or expires <= now - LEEWAY_SECONDS:
        raise BadAssertion(
            "Current date time must be before the expiration date time listed in the 'exp' claim."
        )
    if expires > now + LONGEST_SECONDS + LEEWAY_SECONDS:
        raise BadAssertion("The 'exp' claim may be at most 60 seconds ahead.")
    if not 16 <= len(str(claims.get("jti", ""))) <= 128:
        raise BadAssertion("The 'jti' claim must have 16 to 128 characters.")
    return str(claims.get("box_sub_type", "")), str(claims.get("sub", ""))


def _claims(assertion: str, key: str) -> dict[str, Any]:
    jwt = _library()
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        claims: dict[str, Any] = jwt.decode(
            assertion, key, algorithms=ALGORITHMS, audience=AUDIENCE, options=options
        )
    except jwt.PyJWTError as error:
        raise BadAssertion(f"The assertion is not valid: {error}.") from error
    return claims


def _library() -> Any:
    try:
        import jwt
    except ImportError as error:
        raise ImportError('JWT needs more: pip install "docgen-nb[jwt]"') from error
    return jwt


def make_app_config(*, client_secret: str, enterprise_id: str) -> tuple[str, str]:
    """Return an app configuration as Box's console gives it, as JSON, and its public key.

    Box's SDKs read the JSON (in Python ``JWTConfig.from_config_json_string``). The private key in
    it is new and encrypted with the passphrase beside it.
    """
    _library()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    passphrase = secrets.token_hex(16)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = {"publicKeyID": secrets.token_hex(4), "privateKey": pem.decode()}
    settings = {
        "clientID": secrets.token_hex(16),
        "clientSecret": client_secret,
        "appAuth": key | {"passphrase": passphrase},
    }
    config = {"boxAppSettings": settings, "enterpriseID": enterprise_id}
    return json.dumps(config, indent=2), public.decode()


def keep_app_config(path: Path, *, client_secret: str | None) -> str:
    """Return the public key of an app configuration in a file, which is made if it is not there.

    Raises ServiceError if the file cannot be written, read, or holds something else.
    """
    if not path.exists():
        secret = client_secret or secrets.token_hex(16)
        config, key = make_app_config(client_secret=secret, enterprise_id=ENTERPRISE_ID)
        try:
            path.touch(mode=0o600)
            path.write_text(config)
        except OSError as error:
            raise ServiceError(f"Cannot write {path}: {error.strerror}.") from error
        return key
    _library()
    from cryptography.hazmat.primitives import serialization

    try:
        app = json.loads(path.read_text())["boxAppSettings"]["appAuth"]
        private = serialization.load_pem_private_key(
            app["privateKey"].encode(), app["passphrase"].encode()
        )
    except OSError as error:
        raise ServiceError(f"Cannot read {path}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(f"{path} holds no app configuration with a private key.") from error
    return (
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
