"""Uploads made of very many parts."""

from api import Api, error

from docgen_nb.service import LocalDocGen

PART = b"--x\r\nX: y\r\n\r\n\r\n"
REST = (
    b'--x\r\nContent-Disposition: form-data; name="attributes"\r\n\r\n'
    b'{"name": "a.txt", "parent": {"id": "0"}}\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ntext\r\n--x--\r\n'
)


def test_an_upload_has_a_bounded_number_of_parts():
    """Once 8 MB of empty parts took 18 seconds, in which others waited."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    with LocalDocGen() as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        path = "/2.0/files/content"
        refused = api("POST", path, data=PART * 500_000 + REST, headers=headers)
        assert error(refused) == (400, "bad_request", "An upload can have at most 100 parts.")
        assert api("POST", path, data=PART * 98 + REST, headers=headers).status_code == 201
