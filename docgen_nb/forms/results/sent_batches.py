"""The batches that were sent from this computer, with their requests, so that nothing is lost."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from platformdirs import user_data_path

from docgen_nb import exact_json, wire
from docgen_nb.request import BatchRequest

MOST, DAYS = 50, 30  # batches are forgotten beyond these
AGAIN = timedelta(hours=1)  # within this the same request is asked about


@dataclass(frozen=True)
class SentBatch:
    """One batch that was sent: its id, when, and what it was."""

    id: str
    sent_at: datetime
    template: str
    count: int
    digest: str


class SentBatches:
    """What was sent to one service, in memory and in a folder of the person.

    Each batch is two files that only the person can read: what is listed, and the request. They
    hold no token. The in-process service ends with its process, so its batches stay in memory.

    Parameters
    ----------
    url : str
        The address of the service.
    folder : path or None
        By default the person's data folder, or the one that ``DOCGEN_NB_DATA`` names.
    """

    def __init__(self, url: str, *, folder: Path | None = None) -> None:
        self._url = url
        self._folder = None if url == wire.LOCAL_URL else (folder or _data_folder())
        self._sent: dict[str, SentBatch] = {}
        self._requests: dict[str, dict[str, Any]] = {}

    def add(self, batch_id: str, request: BatchRequest, *, template: str, at: datetime) -> None:
        """Remember a batch. OSError if the folder cannot be written to; it is kept in memory."""
        sent = SentBatch(batch_id, at, template, len(request.rows), digest_of(request))
        self._sent[batch_id], self._requests[batch_id] = sent, request.as_dict()
        if self._folder is not None:
            self._write(sent, self._requests[batch_id])

    def newest_first(self) -> list[SentBatch]:
        """Return the batches of the last days; files that cannot be read are left out."""
        for path in self._files():
            batch_id = path.name.removesuffix(".json")
            if batch_id not in self._sent and (sent := _read(path, self._url)):
                self._sent[sent.id] = sent
        return sorted(self._sent.values(), key=lambda one: one.sent_at, reverse=True)

    def same(self, request: BatchRequest, *, now: datetime) -> SentBatch | None:
        """Return the batch of the same request within the last hour, or None."""
        digest = digest_of(request)
        recent = (one for one in self.newest_first() if now - one.sent_at < AGAIN)
        return next((one for one in recent if one.digest == digest), None)

    def get(self, batch_id: str) -> SentBatch | None:
        """Return one batch, or None."""
        return next((one for one in self.newest_first() if one.id == batch_id), None)

    def request(self, batch_id: str) -> BatchRequest | None:
        """Return the request of a batch, or None if it was not sent from here."""
        if batch_id not in self._requests and self._folder is not None:
            path = self._path(batch_id, ".request")
            try:
                self._requests[batch_id] = exact_json.decode(path.read_text("utf-8"))
            except (OSError, ValueError):
                return None
        value = self._requests.get(batch_id)
        return None if value is None else BatchRequest(**value)

    def _path(self, batch_id: str, ending: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{quote(batch_id, safe='')[:100]}{ending}"

    def _files(self) -> list[Path]:
        return [] if self._folder is None else list(self._folder.glob("*.json"))

    def _write(self, sent: SentBatch, request: dict[str, Any]) -> None:
        assert self._folder is not None
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = {**vars(sent), "sent_at": sent.sent_at.isoformat(), "url": self._url}
        _write_private(self._path(sent.id, ".request"), exact_json.encode(request))
        _write_private(self._path(sent.id, ".json"), exact_json.encode(about))
        self._forget()

    def _forget(self) -> None:
        """Delete what is too old or too much."""
        files = sorted(self._files(), key=lambda path: path.stat().st_mtime, reverse=True)
        oldest = datetime.now(UTC).timestamp() - DAYS * 86400
        for number, path in enumerate(files):
            if number >= MOST or path.stat().st_mtime < oldest:
                path.with_suffix(".request").unlink(missing_ok=True)
                path.unlink(missing_ok=True)


def digest_of(request: BatchRequest) -> str:
    """Return what two requests share only if they would make the same documents."""
    return hashlib.sha256(exact_json.encode(request.body())).hexdigest()


def _data_folder() -> Path:
    given = os.environ.get("DOCGEN_NB_DATA")
    return (Path(given) if given else user_data_path("docgen-nb", appauthor=False)) / "sent"


def _read(path: Path, url: str) -> SentBatch | None:
    try:
        about = exact_json.decode(path.read_text("utf-8"))
        if about.pop("url") != url:
            return None
        return SentBatch(**{**about, "sent_at": datetime.fromisoformat(about["sent_at"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write_private(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")  # only the owner reads it
    with open(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)
