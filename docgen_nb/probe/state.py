"""What a probe has answered so far, kept in a file so that it can be resumed."""

import dataclasses
import datetime
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docgen_nb.errors import NotWritten, UnreadableEvidence
from docgen_nb.evidence import Answer, Evidence, Finding

_FORMAT = "docgen-nb unfinished probe 1"


@dataclass
class State:
    """The answers so far, the documents that they took, and what is needed to go on."""

    account: str  # of which account, as a hash
    path: Path | None = None
    documents: int = 0
    folder_id: str = ""
    marker: str = ""  # of the list of all jobs, asked about again at the end
    wire: dict[str, str] = field(default_factory=dict)
    constructs: dict[str, Finding] = field(default_factory=dict)

    @classmethod
    def resume(cls, path: Path | None, *, account: str) -> "State":
        """Return the state in a file, or a new one.

        Raises UnreadableEvidence if the file is something else, or of another account.
        """
        if path is None or not path.exists():
            return cls(account, path)
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("format") != _FORMAT:
                raise KeyError("format")
            made = {key: Finding(**one) for key, one in content.pop("constructs").items()}
            state = cls(path=path, constructs=made, **content)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{path} is not an unfinished probe of this version. Delete it to start anew."
            raise UnreadableEvidence(message) from error
        if state.account != account:
            raise UnreadableEvidence(
                f"{path} is an unfinished probe of another account. Move it away to start anew."
            )
        return state

    def save(self) -> None:
        """Write the state, if it is kept. NotWritten if that is impossible."""
        if self.path is None:
            return
        content = dataclasses.asdict(self) | {"format": _FORMAT}
        del content["path"]
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            new.write_text(json.dumps(content, indent=1), encoding="utf-8")
            os.replace(new, self.path)
        except OSError as error:
            raise NotWritten(f"Cannot write {self.path}: {error.strerror}.") from error

    def forget(self) -> None:
        """Delete the file."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def evidence(self) -> Evidence:
        """Return the answers, as of today."""
        date = today()
        return Evidence({k: Answer(text, date) for k, text in self.wire.items()}, self.constructs)


def today() -> str:
    """Return today's date in UTC, such as 2026-12-01."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
