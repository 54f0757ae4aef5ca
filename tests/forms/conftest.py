"""A service that runs one job per request, so that a batch progresses step by step; its client."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comm
import pytest
import traitlets.log

from docgen_nb import samples, wire
from docgen_nb.client import Client
from docgen_nb.connection import connect
from docgen_nb.service import LocalDocGen

LETTER = """
Dear {{to.name}} of {{to.city :: optional}},
{{text}}
{{signer :: default("The team")}}
"""


class OneTemplate:
    """A client of a service with one template, of which only the tags are known."""

    url = "http://docgen.local"

    def __init__(self, tags: list[dict[str, Any]]) -> None:
        self._tags = tags

    def list_templates(self) -> list[dict[str, Any]]:
        return [{"file": {"type": "file", "id": "11"}, "file_name": "Letter.docx"}]

    def list_tags(self, _id: str, *, version_id: str | None) -> list[dict[str, Any]]:
        return self._tags


@pytest.fixture
def stepping() -> Iterator[LocalDocGen]:
    with LocalDocGen(workers=0) as service:
        yield service


@pytest.fixture
def box(stepping: LocalDocGen) -> Iterator[Client]:
    with stepping.session() as session, connect(wire.LOCAL_URL, session=session) as client:
        yield client


@pytest.fixture
def letter(box: Client) -> str:
    """The id of a small template."""
    return add_template(box, LETTER, name="Letter.docx")


def add_template(box: Client, notation: str, *, name: str) -> str:
    file = box.upload_file(samples.template(notation), name=name)
    box.mark_template(file["id"])
    return file["id"]


@pytest.fixture(autouse=True)
def callbacks_must_not_raise() -> Iterator[list[str]]:
    """Fail the test if a callback raises, which Jupyter would only log.

    A test that expects an error clears the list.
    """
    errors: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info:
                errors.append(str(record.exc_info[1]))

    logger, handler = traitlets.log.get_logger(), Keep()
    logger.addHandler(handler)
    yield errors
    logger.removeHandler(handler)
    assert errors == []


@pytest.fixture(autouse=True)
def data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where forms keep what they have sent, instead of the person's own folder."""
    monkeypatch.setenv("DOCGEN_NB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The changed traits that widgets made in this test send to the browser, in order."""
    states: list[dict[str, Any]] = []

    class Recording(comm.DummyComm):
        def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
            if msg_type == "comm_msg" and data.get("method") == "update":
                states.append(data["state"])

    monkeypatch.setattr(comm, "create_comm", Recording)
    return states
