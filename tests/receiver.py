"""A receiver of webhook messages."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """A server on loopback that records requests and answers with set statuses."""

    def __init__(self):
        self.got = []
        self.statuses = []
        self.hold = None
        self.arrived = threading.Event()

    @contextmanager
    def listening(self, tls=None):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                receiver.arrived.set()
                if receiver.hold is not None:
                    receiver.hold.wait(20)
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            if tls is not None:
                server.socket = tls.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            self.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/hook?a=1"
            try:
                yield self
            finally:
                if self.hold is not None:
                    self.hold.set()
                server.shutdown()
                thread.join()

    def bodies(self):
        return [json.loads(body) for _, _, body in self.got]

    def triggers(self):
        return [body["trigger"] for body in self.bodies()]
