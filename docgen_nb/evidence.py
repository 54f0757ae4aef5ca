"""Evidence files: what a probe of a Box account found, and how they are read and merged."""

import datetime
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from docgen_nb.errors import UnreadableEvidence

FORMAT = "docgen-nb evidence 1"
SAME, DIFFERENT, FAILED = "same", "different", "failed"
VERDICTS = (SAME, DIFFERENT, FAILED)
_KEYS = {"format", "date", "documents", "wire", "constructs"}


class WireQuestion(NamedTuple):
    """A question about the API, and the answer of the embedded service."""

    title: str
    ours: str


WIRE = {
    "batch_id": WireQuestion("Form of the id of a batch", "uuid"),
    "job_ids": WireQuestion("Ids of the jobs of a batch", "ascending"),
    "jobs_order": WireQuestion("Order of the list of all jobs", "oldest first"),
    "template_jobs_order": WireQuestion("Order of the jobs of a template", "oldest first"),
    "batch_jobs_order": WireQuestion("Order of the jobs of a batch", "as requested"),
    "default_page": WireQuestion("Entries of a page without a limit", "100"),
    "largest_page": WireQuestion("Page for limit=5000", "1000"),
    "wrong_limit": WireQuestion("Page for limit=many", "400 invalid_limit"),
    "wrong_marker": WireQuestion("Page for a wrong marker", "400 bad_request"),
    "last_marker": WireQuestion("next_marker of the last page", "null"),
    "marker_again": WireQuestion("A marker at the end of the probe", "valid"),
    "created_at_jobs": WireQuestion("created_at in the list of all jobs", "RFC 3339"),
    "created_at_template_jobs": WireQuestion("created_at in the jobs of a template", "RFC 3339"),
    "created_at_batch_jobs": WireQuestion("created_at in the jobs of a batch", "RFC 3339"),
    "created_at_job": WireQuestion("created_at in a single job", "absent"),
    "external_id": WireQuestion("external_id of a job", "echoed"),
    "extension": WireQuestion("File name without .docx", "added"),
    "own_extension": WireQuestion("File name with .docx", "kept"),
    "name_clash": WireQuestion("Second document of a name", "name (1)"),
    "statuses": WireQuestion("Statuses of a job, one after the other", "as documented"),
    "missing_data": WireQuestion("Job with missing data", "completed_with_error"),
    "missing_message": WireQuestion("Message for missing data", "that of the OpenAPI, an error"),
    "unused_data": WireQuestion("Job with data that no tag uses", "completed"),
    "unused_message": WireQuestion("Message for unused data", "that of the OpenAPI, a warning"),
    "oversized_data": WireQuestion("user_input over 100 KB", "400 bad_request"),
    "unknown_template": WireQuestion("Batch for an unknown file", "404 not_found"),
    "unmarked_file": WireQuestion("Batch for a file that is not a template", "400 bad_request"),
    "unknown_folder": WireQuestion("Batch for an unknown folder", "400 bad_request"),
    "output_type": WireQuestion("Batch with the output type odt", "400 bad_request"),
    "input_source": WireQuestion("Batch with another input source", "400 bad_request"),
    "no_documents": WireQuestion("Batch without documents", "400 bad_request"),
    "unknown_job": WireQuestion("Job that does not exist", "404 not_found"),
    "unknown_batch": WireQuestion("Jobs of a batch that does not exist", "404 not_found"),
    "tags_ready": WireQuestion("Tags of a template just marked", "at once"),
    "tags_list": WireQuestion("Tags of a template", "as listed here"),
    "tags_of_text": WireQuestion("Tags of a file that is not a Word document", "none"),
    "marked_twice": WireQuestion("Template that is marked again", "accepted"),
}


@dataclass(frozen=True)
class Answer:
    """An answer of a service to a wire question, and when it was given (such as 2026-12-01)."""

    text: str
    date: str


@dataclass(frozen=True)
class Finding:
    """Whether Box treats a construct of the template language alike, and when it was asked.

    ``ours`` and ``theirs`` outline what the two documents contain.
    """

    verdict: str
    date: str
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the two documents are alike."""
        return self.verdict == SAME


@dataclass(frozen=True)
class Evidence:
    """Answers by wire question, and findings by construct."""

    wire: Mapping[str, Answer] = field(default_factory=dict)
    constructs: Mapping[str, Finding] = field(default_factory=dict)


EvidenceSource = Evidence | str | os.PathLike[str]


def read_evidence(source: EvidenceSource) -> Evidence:
    """Read an evidence file of ``docgen-nb probe``, or all such files of a folder.

    Of several answers to a question the latest one counts.

    Raises
    ------
    UnreadableEvidence
        If a file is not one of this version or contains anything else than answers; the message
        names its line.
    """
    if isinstance(source, Evidence):
        return source
    path = Path(source)
    if not path.is_dir():
        return _read(path)
    files = sorted(path.glob("*.json"))
    if not files:
        raise UnreadableEvidence(f"{path} has no evidence files (*.json).")
    return merged(map(_read, files))


def merged(parts: Iterable[Evidence]) -> Evidence:
    """Return the latest answer to each question.

    >>> parts = [Evidence({"batch_id": Answer(*pair)}) for pair in
    ...          [("decimal", "2026-12-02"), ("uuid", "2026-12-01")]]
    >>> merged(parts).wire
    {'batch_id': Answer(text='decimal', date='2026-12-02')}
    """
    wire: dict[str, Answer] = {}
    constructs: dict[str, Finding] = {}
    for part in parts:
        for key, answer in part.wire.items():
            wire[key] = max(answer, wire.get(key, answer), key=lambda one: one.date)
        for key, finding in part.constructs.items():
            constructs[key] = max(finding, constructs.get(key, finding), key=lambda one: one.date)
    return Evidence(wire, constructs)


def as_json(evidence: Evidence, *, date: str, documents: int) -> str:
    """Return the content of an evidence file, one answer a line."""
    constructs = {
        key: {"verdict": one.verdict, "ours": one.ours, "theirs": one.theirs}
        for key, one in evidence.constructs.items()
    }
    content = {
        "format": FORMAT,
        "date": date,
        "documents": documents,
        "wire": {key: answer.text for key, answer in evidence.wire.items()},
        "constructs": constructs,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _read(path: Path) -> Evidence:
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise UnreadableEvidence(f"Cannot read {path}: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        message = f"{path}, line {error.lineno}: not JSON ({error.msg})."
        raise UnreadableEvidence(message) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise UnreadableEvidence(f"{path}, line 1: not an evidence file.") from error
    return _Reader(path, text).evidence(content)


class _Reader:
    """Reads the content of one file; its errors name the line of what is wrong."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()

    def evidence(self, content: Any) -> Evidence:
        if not isinstance(content, dict) or "format" not in content:
            raise self._error("", "not an evidence file of docgen-nb probe")
        if content["format"] != FORMAT:
            raise self._error("format", f"its format is not {FORMAT!r}, but {content['format']!r}")
        for key in content.keys() - _KEYS:
            raise self._error(key, f"unknown entry {key!r}")
        date = self._date(content.get("date"))
        wire = self._object(content, "wire")
        constructs = self._object(content, "constructs")
        return Evidence(
            {key: Answer(self._answer(key, text), date) for key, text in wire.items()},
            {key: self._finding(key, one, date) for key, one in constructs.items()},
        )

    def _object(self, content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        inner = content.get(key, {})
        if not isinstance(inner, dict):
            raise self._error(key, f"{key!r} is not an object")
        return inner

    def _date(self, text: Any) -> str:
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except (TypeError, ValueError) as error:
            raise self._error("date", f"{text!r} is not a date such as 2026-12-01") from error

    def _answer(self, key: str, text: Any) -> str:
        if key not in WIRE:
            raise self._error(key, f"unknown question {key!r}")
        if not isinstance(text, str) or not 0 < len(text) <= 100:
            raise self._error(key, f"the answer to {key!r} is not a short text")
        return text

    def _finding(self, key: str, content: Any, date: str) -> Finding:
        verdict = content.get("verdict") if isinstance(content, dict) else None
        if verdict not in VERDICTS:
            known = ", ".join(VERDICTS)
            raise self._error(key, f"the verdict on {key!r} is {verdict!r} (known: {known})")
        outlines = [content.get(name, []) for name in ("ours", "theirs")]
        for outline in outlines:
            if not isinstance(outline, list) or not all(isinstance(one, str) for one in outline):
                raise self._error(key, f"an outline of {key!r} is not a list of texts")
        return Finding(verdict, date, *map(tuple, outlines))

    def _error(self, key: str, reason: str) -> UnreadableEvidence:
        name = json.dumps(key, ensure_ascii=False)
        numbers = [number for number, line in enumerate(self._lines, 1) if f"{name}:" in line]
        line = numbers[-1] if key and numbers else 1
        return UnreadableEvidence(f"{self._path}, line {line}: {reason}.")
