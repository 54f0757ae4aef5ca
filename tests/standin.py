"""A scripted server on loopback, for replies that no correct service sends."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class ReceivedRequest:
    """One request as it arrived, with header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def token(self):
        return self.headers.get("authorization")


@dataclass
class Answer:
    """One reply of the script; ``missing`` bytes are announced and not sent."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    silent: bool = False  # close the connection without a reply

    def content(self):
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@contextmanager
def scripted(*answers, host="127.0.0.1"):
    """Serve the answers one after the other; give the URL and the list of requests."""
    script, received = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received.append(
                ReceivedRequest(self.command, self.path, headers, self.rfile.read(length))
            )
            answer = script.pop(0) if script else Answer(599)
            if answer.silent:
                return
            content = answer.content()
            self.send_response(answer.status)
            self.send_header("content-length", str(len(content) + answer.missing))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://{host}:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()
