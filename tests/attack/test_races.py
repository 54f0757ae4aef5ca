"""Calls at the same time that each find themselves allowed, and together break something."""

import base64
import hashlib
from io import BytesIO
from threading import Barrier, Thread

from api import Api

from docgen_nb.service import Request

PAIRS = 40


def test_two_folders_moved_into_each_other_at_once_make_no_circle(local):
    with local.session() as one, local.session() as two:
        api = Api(one, "http://docgen.local")
        sessions = (api, Api(two, "http://docgen.local"))
        for number in range(PAIRS):
            first, second = api.folder(f"a{number}"), api.folder(f"b{number}")
            statuses = move_at_once(sessions, [(first, second), (second, first)])
            assert sorted(statuses) == [200, 400]
        assert api("GET", f"/2.0/folders/{first}").status_code == 200


def move_at_once(sessions, moves):
    """Return the status of each move."""
    barrier, statuses = Barrier(len(moves)), []

    def move(api, folder, parent):
        barrier.wait()
        reply = api("PUT", f"/2.0/folders/{folder}", json={"parent": {"id": parent}})
        statuses.append(reply.status_code)

    # Daemons, so that a move that never ends fails the test instead of blocking it.
    threads = [
        Thread(target=move, args=(api, *ids), daemon=True)
        for api, ids in zip(sessions, moves, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return statuses


class Body(BytesIO):
    """A body that ends the session of its upload before it is read."""

    def __init__(self, content, end):
        super().__init__(content)
        self.end = end

    def read(self, size=-1):
        self.end()
        return super().read(size)


SIZE, PART = 24 << 20, 8 << 20


def test_a_part_of_a_session_that_is_aborted_meanwhile_leaves_nothing(local, api):
    body = {"folder_id": "0", "file_size": SIZE, "file_name": "large"}
    session = api("POST", "/2.0/files/upload_sessions", json=body).json()["id"]
    path, content = f"/2.0/files/upload_sessions/{session}", bytes(PART)
    headers = {
        "authorization": "Bearer any",
        "content-range": f"bytes 0-{PART - 1}/{SIZE}",
        "digest": f"sha={base64.b64encode(hashlib.sha1(content).digest()).decode()}",
    }
    body = Body(content, lambda: api("DELETE", path))

    reply = local.handle(Request("PUT", path, headers=headers, body=body))

    assert reply.status == 404
    assert list((local.store.folder / "sessions").glob("*")) == []
    assert local.store.all("SELECT * FROM upload_parts") == []
