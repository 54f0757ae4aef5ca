"""Requests as bytes on a socket, for what no HTTP library sends."""

import socket
from typing import NamedTuple
from urllib.parse import urlsplit

SECONDS = 30


class Answer(NamedTuple):
    """One reply, read to the end of the connection."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    assert address.hostname is not None
    return socket.create_connection((address.hostname, address.port or 80), timeout=SECONDS)


def head(method: str, path: str, *lines: str, host: str = "127.0.0.1", token: str = "any") -> bytes:
    """Return the start of a request that ends its connection; no host sends no such line."""
    own = [f"Host: {host}"] if host else []
    own += [f"Authorization: Bearer {token}"] if token else []
    start = [f"{method} {path} HTTP/1.{int(bool(host))}", *own, "box-version: 2025.0"]
    return "\r\n".join([*start, "Connection: close", *lines, "", ""]).encode("latin-1")


def read_answer(client: socket.socket) -> Answer:
    received = b"".join(iter(lambda: client.recv(65536), b""))
    start, _, body = received.partition(b"\r\n\r\n")
    first, *lines = start.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Answer(int(first.split()[1]), headers, body)


def ask(url: str, sent: bytes) -> Answer:
    with connect(url) as client:
        client.sendall(sent)
        return read_answer(client)
