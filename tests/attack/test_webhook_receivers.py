"""A receiver of webhook messages that keeps the sender busy."""

import time

import pytest
from api import Api
from attack.hostile_server import raw_server
from served import wait_until

from docgen_nb.service import LocalDocGen

LIMIT = 30  # seconds that Box gives a receiver


@pytest.mark.slow
def test_an_answer_that_drips_ends_like_none():
    """Once a receiver kept a thread for as long as it sent a byte from time to time."""

    def drip(send, over):
        send(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(1):
            send(b"X: y\r\n")

    with raw_server(drip) as address, LocalDocGen() as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        file = api.upload(b"text", name="a.txt")
        target = {"type": "file", "id": file["id"]}
        body = {"target": target, "address": f"{address}/", "triggers": ["FILE.DOWNLOADED"]}
        assert api("POST", "/2.0/webhooks", json=body).status_code == 201
        began = time.monotonic()
        api.content(file["id"])
        wait_until(lambda: local.deliveries)
        delivery = local.deliveries[-1]
        seconds = time.monotonic() - began
    assert (delivery.status, delivery.error) == (0, "TimeoutError: timed out")
    assert LIMIT - 1 < seconds < LIMIT + 10
