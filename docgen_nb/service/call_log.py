"""The log of calls: without tokens and bodies, and bounded."""

from collections import deque
from typing import NamedTuple

from docgen_nb.service.endpoints.file_content import DOWNLOAD, is_download
from docgen_nb.service.faults import Fault
from docgen_nb.service.http.messages import Reply, Request

SECRETS = ("access_token", "channel")  # parameters that are left out
CALLS, PARAMETERS, CHARACTERS = 10_000, 20, 300  # at most, and of each parameter or path


class LogEntry(NamedTuple):
    """One call in the log, without its body and token; long texts are cut."""

    method: str
    path: str
    query: dict[str, str]
    status: int
    fault: str


class CallLog(deque[LogEntry]):
    """The latest calls, oldest first."""

    def __init__(self) -> None:
        super().__init__(maxlen=CALLS)

    def add(self, request: Request, reply: Reply, fault: Fault | None = None) -> None:
        """Add one call."""
        path = DOWNLOAD.format(ticket="...") if is_download(request.path) else request.path
        pairs = [pair for pair in request.query if pair[0] not in SECRETS][:PARAMETERS]
        query = {_cut(name): _cut(value) for name, value in pairs}
        kind = "" if fault is None else fault.kind
        self.append(LogEntry(_cut(request.method), _cut(path), query, reply.status, kind))


def _cut(text: str) -> str:
    return text if len(text) <= CHARACTERS else text[: CHARACTERS - 1] + "…"
