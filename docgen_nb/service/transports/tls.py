"""The certificate and the key of a port with TLS, tried before the port is opened."""

import ssl
from pathlib import Path
from typing import NamedTuple

from docgen_nb.errors import ServiceError

# Of another pair, of another kind; the last is what OpenSSL 3 says of another kind.
_UNLIKE = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")


class Certificate(NamedTuple):
    """Two PEM files that fit each other; one file may hold both."""

    certificate: Path
    key: Path


def read_certificate(certificate: str | Path | None, key: str | Path | None) -> Certificate | None:
    """Return the two files, or None where no TLS is wanted.

    Without `key` the key is looked for in the file of the certificate. Raises ServiceError if a
    file cannot be read, is not what it should be, or does not fit the other.
    """
    if certificate is None:
        if key is not None:
            raise ServiceError(f"The key {key} is given without its certificate.")
        return None
    found = Certificate(Path(certificate), Path(certificate if key is None else key))
    for path in found:
        _check_readable(path)
    _check_fit(found)
    return found


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise ServiceError(f"Cannot read {path}: {error.strerror}.") from error


def _check_fit(files: Certificate) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_verify_locations(files.certificate)
    except ssl.SSLError as error:
        raise ServiceError(f"{files.certificate} is no certificate in PEM form.") from error
    try:
        context.load_cert_chain(*files, password=_refuse_to_ask)
    except _Encrypted as error:
        message = f"The key in {files.key} is encrypted; give one without a passphrase."
        raise ServiceError(message) from error
    except ssl.SSLError as error:
        raise ServiceError(_why(error, files)) from error


def _why(error: ssl.SSLError, files: Certificate) -> str:
    if error.reason in _UNLIKE:
        return f"The key in {files.key} is not that of {files.certificate}."
    if error.reason is None:  # OpenSSL found nothing to read
        return f"{files.key} holds no private key in PEM form."
    reason = error.reason.replace("_", " ").lower()
    return f"{files.certificate} and {files.key} cannot be used: {reason}."


class _Encrypted(Exception):
    """Without it the service would ask for a passphrase on the terminal."""


def _refuse_to_ask() -> str:
    raise _Encrypted
