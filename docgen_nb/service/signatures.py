"""Box's signatures of webhook messages: made by the service, checked by receivers."""

import base64
import datetime
import hashlib
import hmac
from collections.abc import Mapping, Sequence

MAX_AGE = 600.0  # seconds: Box's guide
_AHEAD = 60.0  # seconds that Box's clock may be ahead of the receiver's
_PREFIX = "box-signature-"


def signature(key: str, *, body: bytes, timestamp: str) -> str:
    """Return Box's signature of a delivery.

    >>> signature("SamplePrimaryKey", body=b"{}", timestamp="2020-01-01T00:00:00-07:00")
    'wvp4ItiGMgpwyo+CdBnuWs8fw6SPmY1IP75JvTEre9Q='
    """
    digest = hmac.new(key.encode(), body + timestamp.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def check_signature(
    body: bytes,
    headers: Mapping[str, str],
    *,
    keys: Sequence[str],
    now: datetime.datetime | None = None,
) -> bool:
    """Return whether a webhook message comes from the holder of the signature keys, and is new.

    Parameters
    ----------
    body : bytes
        The body of the request, as received.
    headers : mapping of str to str
        Its headers; names in any case.
    keys : sequence of str
        The primary and the secondary signature key of the application (of the embedded service:
        `LocalDocGen.webhook_keys`). One that fits is enough, so each can be replaced without a gap.
    now : datetime, optional
        The time (with a zone) to compare the message's with; by default the current time. A message
        may be ten minutes old, and one minute ahead of this clock.

    Notes
    -----
    Box may deliver a message twice. Its id in the body is then the same.

    Examples
    --------
    A receiver, and the end times of jobs from its messages. Box sends only to https on port 443 of
    a public host, the embedded service to this machine.

    >>> import json, threading
    >>> from http.server import BaseHTTPRequestHandler, HTTPServer
    >>> messages = []
    >>> class Receiver(BaseHTTPRequestHandler):
    ...     def do_POST(self):
    ...         body = self.rfile.read(int(self.headers["Content-Length"]))
    ...         is_genuine = check_signature(body, self.headers, keys=keys)
    ...         if is_genuine:
    ...             messages.append(json.loads(body))
    ...         self.send_response(204 if is_genuine else 403)
    ...         self.end_headers()
    ...     def log_message(self, *args):
    ...         pass
    >>> import docgen_nb as dg
    >>> with HTTPServer(("127.0.0.1", 0), Receiver) as server, dg.connect("local") as box:
    ...     threading.Thread(target=server.serve_forever, daemon=True).start()
    ...     keys = box.service.webhook_keys
    ...     file = box.upload_file(dg.samples.template("Dear {{name}},"), name="Letter.docx")
    ...     template = box.mark_template(file["id"])
    ...     webhook = box.create_webhook(f"http://127.0.0.1:{server.server_port}", file["id"])
    ...     letters = dg.BatchRequest(
    ...         template_id=file["id"], tags=list(box.list_tags(file["id"])),
    ...         rows=[{"name": "Ada"}], file_name="Letter {name}",
    ...     )
    ...     _ = dg.submit(box, letters).wait()
    ...     box.service.webhook_sender.finish()
    ...     jobs = dg.frames.add_webhook_times(dg.load_jobs(box), messages)
    ...     server.shutdown()
    >>> jobs[["status", "finished_source"]]
          status finished_source
    0  completed         webhook
    """
    fields = {name.lower(): value for name, value in headers.items()}
    timestamp = fields.get("box-delivery-timestamp", "")
    kind = fields.get(f"{_PREFIX}version"), fields.get(f"{_PREFIX}algorithm")
    if kind != ("1", "HmacSHA256") or not _is_new(timestamp, now):
        return False
    signed = [fields.get(f"{_PREFIX}{name}", "").encode() for name in ("primary", "secondary")]
    return any(
        hmac.compare_digest(signature(key, body=form, timestamp=timestamp).encode(), one)
        for key in keys
        for form in (body, _escaped(body))
        for one in signed
    )


def _is_new(timestamp: str, now: datetime.datetime | None) -> bool:
    try:
        sent = datetime.datetime.fromisoformat(timestamp)
        age = ((now or datetime.datetime.now(datetime.UTC)) - sent).total_seconds()
    except (TypeError, ValueError):  # no time, or one without a zone
        return False
    return -_AHEAD <= age <= MAX_AGE


def _escaped(body: bytes) -> bytes:
    r"""Return a body with ``\uXXXX`` for other characters than ASCII: Box signs it so."""
    units = body.decode("utf-8", "surrogateescape").encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes).encode()
