"""A plain client of the service that uses requests and nothing of the package."""

import json
from typing import Any

import requests

VERSION = {"box-version": "2025.0"}


class Api:
    """A client of one service with one bearer token."""

    def __init__(self, session: requests.Session, url: str, token: str = "any") -> None:
        self.session, self.url = session, url
        self.headers = {"Authorization": f"Bearer {token}", **VERSION}

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        present = {name: value for name, value in headers.items() if value is not None}
        address = path if path.startswith("http") else self.url + path
        return self.session.request(
            method, address, headers=present, allow_redirects=False, timeout=30, **options
        )

    def upload(self, content: bytes, *, name: str, parent: str = "0") -> dict[str, Any]:
        attributes = json.dumps({"name": name, "parent": {"id": parent}})
        parts = {"attributes": (None, attributes), "file": (name, content)}
        reply = self("POST", "/api/2.0/files/content", files=parts)
        assert reply.status_code == 201, reply.text
        return reply.json()["entries"][0]

    def template(self, content: bytes, *, name: str = "template.docx") -> str:
        file = self.upload(content, name=name)
        body = {"file": {"type": "file", "id": file["id"]}}
        assert self("POST", "/2.0/docgen_templates", json=body).status_code == 201
        return file["id"]

    def folder(self, name: str, *, parent: str = "0") -> str:
        reply = self("POST", "/2.0/folders", json={"name": name, "parent": {"id": parent}})
        assert reply.status_code == 201, reply.text
        return reply.json()["id"]

    def batch(self, body: dict[str, Any]) -> str:
        reply = self("POST", "/2.0/docgen_batches", json=body)
        assert reply.status_code == 202, reply.text
        return reply.json()["id"]

    def entries(self, path: str, **query: Any) -> list[dict[str, Any]]:
        reply = self("GET", path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()["entries"]

    def content(self, file_id: str) -> bytes:
        reply = self("GET", f"/2.0/files/{file_id}/content")
        assert reply.status_code == 302, reply.text
        return self.session.get(reply.headers["Location"], timeout=30).content


def batch_body(template: str, folder: str, rows: list[Any], **changes: Any) -> dict[str, Any]:
    """Return the body of a batch; `rows` are the data of its documents."""
    return {
        "file": {"type": "file", "id": template},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": folder},
        "output_type": "docx",
        "document_generation_data": [
            {"generated_file_name": f"Document {number}", "user_input": row}
            for number, row in enumerate(rows, start=1)
        ],
        **changes,
    }


def error(reply: requests.Response) -> tuple[int, str, str]:
    """Return status, code and whole message of an error reply."""
    body = reply.json()
    assert body["type"] == "error"
    assert body["status"] == reply.status_code
    return reply.status_code, body["code"], body["message"]
