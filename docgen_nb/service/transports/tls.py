"""The certificate and key for TLS, checked before the port is opened."""

import ssl
from pathlib import Path
from typing import NamedTuple

from docgen_nb.errors import ServiceError

# A key of another pair or of another kind; OpenSSL 3 gives the last reason for the latter.
_MISMATCH = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")


class Certificate(NamedTuple):
    """A matching pair of PEM files; one file may contain both."""

    certificate: Path
    key: Path


def read_certificate(certificate: str | Path | None, key: str | Path | None) -> Certificate | None:
    """Return the two files, or None without a certificate.

    Without `key`, the file of the certificate must contain the key. Raises ServiceError if a file
    can't be read, is not in PEM form, or does not match the other.
    """
    if certificate is None:
        if key is not None:
            raise ServiceError(f"The key {key} needs a certificate as well.")
        return None
    files = Certificate(Path(certificate), Path(certificate if key is None else key))
    for path in files:
        _check_readable(path)
    _check_match(files)
    return files


def _check_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ServiceError(f"Cannot read {path}: {error.strerror}.") from error


def _check_match(files: Certificate) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_verify_locations(files.certificate)
    except ssl.SSLError as error:
        raise ServiceError(f"{files.certificate} is not a certificate in PEM form.") from error
    try:
        context.load_cert_chain(*files, password=_refuse_to_ask)
    except _Encrypted as error:
        message = f"The key in {files.key} is encrypted. Use a key without a passphrase."
        raise ServiceError(message) from error
    except ssl.SSLError as error:
        raise ServiceError(_reason(error, files)) from error


def _reason(error: ssl.SSLError, files: Certificate) -> str:
    if error.reason in _MISMATCH:
        return f"The key in {files.key} does not match {files.certificate}."
    if error.reason is None:  # OpenSSL read nothing that looks like a key
        return f"{files.key} contains no private key in PEM form."
    reason = error.reason.replace("_", " ").lower()
    return f"{files.certificate} and {files.key} cannot be used: {reason}."


class _Encrypted(Exception):
    """Raised instead of asking for a passphrase on the terminal."""


def _refuse_to_ask() -> str:
    raise _Encrypted
