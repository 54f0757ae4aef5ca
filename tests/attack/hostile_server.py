"""Servers on loopback that no correct service resembles: raw bytes, endless and broken lists."""

import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Send = Callable[[bytes], None]


@contextmanager
def raw_server(reply: bytes | Callable[[Send, threading.Event], None]) -> Iterator[str]:
    """Answer every connection with some bytes, or by a function that sends them bit by bit."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                connection, _ = server.accept()
                if over.is_set():
                    connection.close()
                    return
                threading.Thread(target=answer, args=(connection,)).start()

        def answer(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.recv(65536)
                    if isinstance(reply, bytes):
                        connection.sendall(reply)
                    else:
                        reply(connection.sendall, over)
                except OSError:
                    pass  # the client has had enough

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            socket.create_connection(server.getsockname()).close()
            thread.join()


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a reply with the length of its body."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@contextmanager
def paging_server(page: Callable[[str, dict[str, str]], object], *, cut: float = 0, seed: int = 0):
    """Serve what a function makes of a path and a query; cut a share of the bodies.

    Yields the URL and the list of the requests: path, query, and whether the reply was cut.
    """
    received: list[tuple[str, dict[str, str], bool]] = []
    chance = random.Random(seed)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            is_cut = chance.random() < cut
            received.append((url.path, query, is_cut))
            body = json.dumps(page(url.path, query)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if is_cut else body)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as url:
        yield url, received


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve with a handler; yield the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
