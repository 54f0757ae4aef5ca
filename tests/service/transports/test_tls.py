"""The HTTP server with TLS: it serves https and reports problems with certificates."""

import time

import pytest
import requests
from api import Api
from certificates import certificate_pem, key_pem, new_key, write_pair
from cryptography.hazmat.primitives.asymmetric import ec

from docgen_nb.errors import ServiceError
from docgen_nb.service import Fault, LocalDocGen


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return write_pair(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure(local, pair):
    """The service on a port with TLS, with a client that trusts only its certificate."""
    certificate, key = pair
    with local.listen(certificate=certificate, key=key) as url, requests.Session() as session:
        session.trust_env = False
        session.verify = str(certificate)
        yield Api(session, url)


def test_files_are_uploaded_and_downloaded_over_https(secure):
    assert secure.url.startswith("https://127.0.0.1:")

    content = bytes(range(256)) * 8192
    file = secure.upload(content, name="bytes.bin")

    assert secure.content(file["id"]) == content


def test_addresses_in_replies_are_https(secure):
    file = secure.upload(b"x", name="x.txt")

    download = secure("GET", f"/2.0/files/{file['id']}/content").headers["Location"]
    thumbnail = secure("GET", f"/2.0/files/{file['id']}/thumbnail.png").headers["Location"]
    wanted = {"name": "new.txt", "size": 1, "parent": {"id": "0"}}
    upload = secure("OPTIONS", "/2.0/files/content", json=wanted).json()["upload_url"]

    assert [a.startswith(f"{secure.url}/") for a in (download, thumbnail, upload)] == [True] * 3


def test_a_client_that_distrusts_the_certificate_is_not_served(local, pair):
    certificate, key = pair
    listener = local.listen(certificate=certificate, key=key)
    with listener as url, pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{url}/2.0/users/me", timeout=30)
    assert list(local.log) == []


def test_plain_http_on_a_port_with_tls_is_not_served(local, secure):
    plain = secure.url.replace("https:", "http:")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{plain}/2.0/users/me", timeout=30)

    assert secure("GET", "/2.0/users/me").status_code == 200
    assert [call.path for call in local.log] == ["/2.0/users/me"]


def test_replies_are_truncated_under_tls_too(local, secure):
    local.set_faults([Fault("truncated")])

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        secure("GET", "/2.0/users/me")


def test_an_open_connection_does_not_delay_the_end(local, pair):
    certificate, key = pair
    with requests.Session() as session:
        session.trust_env = False
        with local.listen(certificate=certificate, key=key) as url:
            assert session.get(url, verify=certificate, timeout=30).status_code == 404
            before = time.monotonic()
        assert time.monotonic() - before < 15  # asyncio alone waits 30 s


def test_one_file_can_contain_certificate_and_key(local, tmp_path):
    key = new_key()
    both = tmp_path / "both.pem"
    both.write_bytes(key_pem(key) + certificate_pem(key))

    with local.listen(certificate=both) as url:
        reply = requests.get(
            f"{url}/2.0/users/me", headers={"Authorization": "Bearer any"}, verify=both, timeout=30
        )

    assert (reply.status_code, reply.url) == (200, f"{url}/2.0/users/me")


def test_an_ipv6_address_is_served(local, pair):
    certificate, key = pair
    with local.listen("::1", certificate=certificate, key=key) as url:
        assert url.startswith("https://[::1]:")
        assert requests.get(url, verify=certificate, timeout=30).status_code == 404


def refusal(certificate, key):
    """Return the error of a service that can't listen with these files."""
    with LocalDocGen(workers=0) as local:
        listener = local.listen(certificate=certificate, key=key)
        with pytest.raises(ServiceError) as raised, listener:
            raise AssertionError("it listens")
    return str(raised.value)


def test_a_key_of_another_certificate_is_refused(tmp_path, pair):
    other = write_pair(tmp_path)[1]
    assert refusal(pair[0], other) == f"The key in {other} does not match {pair[0]}."


def test_a_key_of_another_kind_is_refused(tmp_path, pair):
    other = tmp_path / "curve.pem"
    other.write_bytes(key_pem(ec.generate_private_key(ec.SECP256R1())))
    assert refusal(pair[0], other) == f"The key in {other} does not match {pair[0]}."


def test_a_missing_file_is_refused(tmp_path, pair):
    absent = tmp_path / "absent.pem"
    message = f"Cannot read {absent}: No such file or directory."
    assert refusal(absent, pair[1]) == message
    assert refusal(pair[0], absent) == message


def test_a_folder_is_not_a_certificate(tmp_path, pair):
    assert refusal(tmp_path, pair[1]) == f"Cannot read {tmp_path}: Is a directory."


@pytest.mark.parametrize("content", [b"", b"hello", b"\x30\x82\xff\x00"])
def test_a_file_with_other_contents_is_refused(tmp_path, pair, content):
    other = tmp_path / "other.pem"
    other.write_bytes(content)
    assert refusal(other, pair[1]) == f"{other} is not a certificate in PEM form."
    assert refusal(pair[0], other) == f"{other} contains no private key in PEM form."


def test_a_certificate_needs_its_key(pair):
    assert refusal(pair[0], None) == f"{pair[0]} contains no private key in PEM form."


def test_a_key_needs_its_certificate(pair):
    assert refusal(None, pair[1]) == f"The key {pair[1]} needs a certificate as well."


def test_a_key_with_a_passphrase_is_refused_without_a_prompt(tmp_path, pair):
    locked = tmp_path / "locked.pem"
    locked.write_bytes(key_pem(new_key(), passphrase="word"))
    message = f"The key in {locked} is encrypted. Use a key without a passphrase."
    assert refusal(pair[0], locked) == message


def test_a_short_key_is_refused(tmp_path):
    certificate, key = write_pair(tmp_path, bits=1024)
    assert refusal(certificate, key) == (
        f"{certificate} and {key} cannot be used: ee key too small."
    )
