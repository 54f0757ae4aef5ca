"""JWT assertions: check the signature and claims of one, and create the key pair for it."""

import json
import secrets
from pathlib import Path
from typing import Any

from docgen_nb.errors import ServiceError
from docgen_nb.service.storage.private_files import write_private
from docgen_nb.service.storage.users import ENTERPRISE_ID

AUDIENCE = "https://api.box.com/oauth2/token"  # hard-coded in Box's SDKs for every address
ALGORITHMS = ["RS256", "RS384", "RS512"]
MAX_SECONDS = 60  # Box accepts no assertion that expires later
LEEWAY_SECONDS = 5


class InvalidAssertion(Exception):
    """An assertion that is refused; the text is the reason."""


def read_assertion(
    assertion: str, *, key: str | None, client_id: str, now: float
) -> tuple[str, str]:
    """Return type and id of the subject of a valid assertion."""
    if key is None:
        raise InvalidAssertion("This service has no public key for JWT assertions.")
    claims = _claims(assertion, key)
    if claims.get("iss") != client_id:
        raise InvalidAssertion("The 'iss' claim must be the client_id.")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or expires <= now - LEEWAY_SECONDS:
        raise InvalidAssertion(
            "Current date time must be before the expiration date time listed in the 'exp' claim."
        )
    if expires > now + MAX_SECONDS + LEEWAY_SECONDS:
        raise InvalidAssertion("The 'exp' claim must be at most 60 seconds from now.")
    if not 16 <= len(str(claims.get("jti", ""))) <= 128:
        raise InvalidAssertion("The 'jti' claim must have 16 to 128 characters.")
    return str(claims.get("box_sub_type", "")), str(claims.get("sub", ""))


def _claims(assertion: str, key: str) -> dict[str, Any]:
    jwt = _library()
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        claims: dict[str, Any] = jwt.decode(
            assertion, key, algorithms=ALGORITHMS, audience=AUDIENCE, options=options
        )
    except jwt.PyJWTError as error:
        raise InvalidAssertion(f"The assertion is not valid: {error}.") from error
    return claims


def _library() -> Any:
    try:
        import jwt
    except ImportError as error:
        raise ImportError('JWT needs more packages: pip install "docgen-nb[jwt]"') from error
    return jwt


def make_app_config(*, client_secret: str, enterprise_id: str) -> tuple[str, str]:
    """Return an app configuration like that of Box's console, as JSON, and its public key.

    Box's SDKs read the JSON (in Python ``JWTConfig.from_config_json_string``). Its private key is
    new and encrypted with the passphrase next to it.
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
    key = {"publicKeyID": secrets.token_hex(4), "privateKey": pem.decode()}
    settings = {
        "clientID": secrets.token_hex(16),
        "clientSecret": client_secret,
        "appAuth": key | {"passphrase": passphrase},
    }
    config = {"boxAppSettings": settings, "enterpriseID": enterprise_id}
    return json.dumps(config, indent=2), _public_pem(private)


def _public_pem(private: Any) -> str:
    from cryptography.hazmat.primitives import serialization

    pem: bytes = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode()


def read_app_config(path: Path, *, client_secret: str | None) -> str:
    """Return the public key of the app configuration in a file; create the file if it is missing.

    Raises ServiceError if the file can't be written or read, or is not an app configuration.
    """
    if not path.exists():
        secret = client_secret or secrets.token_hex(16)
        config, key = make_app_config(client_secret=secret, enterprise_id=ENTERPRISE_ID)
        try:
            partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
            try:
                write_private(partial, config.encode())
                partial.replace(path)  # so that no other process reads half of it
            finally:
                partial.unlink(missing_ok=True)
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
        raise ServiceError(f"{path} is not an app configuration with a private key.") from error
    return _public_pem(private)
