"""Calls of the Box CLI 4.9.2 (Node SDK 4.15), written down as plain HTTP."""

import base64
import hashlib

from api import batch_body

from docgen_nb import samples

SESSIONS = "/api/2.0/files/upload_sessions"
PART = 8 << 20


def upload(api, name, content):
    """Upload as `box files:upload` does: the file's part is named content, and "unused"."""
    parts = {
        "attributes": (None, f'{{"name":"{name}","parent":{{"id":"0"}}}}'),
        "content": ("unused", content, "application/octet-stream"),
    }
    reply = api("POST", "/api/2.0/files/content", files=parts)
    assert reply.status_code == 201
    [file] = reply.json()["entries"]
    return file


def digest(content):
    sha1 = hashlib.sha1(content, usedforsecurity=False).digest()
    return {"Digest": f"SHA={base64.b64encode(sha1).decode()}"}


def test_a_letter_from_upload_to_download(local, both):
    """As by files:upload, folders:items, request (for Doc Gen) and files:download."""
    file = upload(both, "Letter.docx", samples.template("Dear {{name}},"))
    assert file["name"] == "Letter.docx"
    page = both("GET", "/2.0/folders/0/items?limit=1000&usemarker=true").json()
    assert [item["id"] for item in page["entries"]] == [file["id"]]

    template = {"file": {"type": "file", "id": file["id"]}}
    assert both("POST", "/2.0/docgen_templates", json=template).status_code == 201
    body = batch_body(file["id"], both.folder("Out"), [{"name": "Ada"}])
    both.batch(body)
    local.finish()
    [job] = both.entries("/2.0/docgen_jobs")
    assert job["status"] == "completed"
    assert both.content(job["output_file"]["id"]).startswith(b"PK")


def test_a_large_file_in_parts(both):
    content = bytes(20_000_001)
    body = {"folder_id": "0", "file_size": len(content), "file_name": "huge.bin"}
    session = both("POST", SESSIONS, json=body).json()
    assert session["part_size"] == PART
    address, parts = f"{SESSIONS}/{session['id']}", []
    for start in range(0, len(content), PART):
        part = content[start : start + PART]
        span = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        headers = {"Content-Range": span, "Content-Type": "application/octet-stream"}
        reply = both("PUT", address, data=part, headers=headers | digest(part))
        parts.append(reply.json()["part"])

    body = {"attributes": {}, "parts": parts}
    reply = both("POST", f"{address}/commit", json=body, headers=digest(content))
    assert reply.status_code == 201
    assert reply.json()["entries"][0]["size"] == len(content)
