"""Tests of the table of messages."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from docgen_nb.errors import UnreadableReply
from docgen_nb.frames import failures_frame, load_failures

NOON = pd.Timestamp("2026-03-02T12:00:00Z")
DTYPES = {
    "job_id": "str",
    "batch_id": "str",
    "template_id": "str",
    "template_version_id": "str",
    "status": "str",
    "output_type": "str",
    "created_by_id": "str",
    "source": "str",
    "created_at": "datetime64[us, UTC]",
    "severity": "str",
    "message": "str",
    "read_at": "datetime64[us, UTC]",
}
STANDARD = {
    "id": "12",
    "batch": {"id": "3"},
    "template_file": {"id": "41"},
    "template_file_version": {"id": "410"},
    "status": "completed_with_error",
    "output_type": "docx",
    "failures": {"warnings": ["No use for 'nmae'."], "errors": ["No name.", "No sum."]},
}
FULL = {
    **STANDARD,
    "created_at": "2026-03-02T01:00:04-08:00",
    "created_by": {"id": "8"},
    "source": "api",
}
QUIET = {"id": "13", "status": "failed", "failures": {"errors": [], "warnings": None}}


class Service:
    """A fake client."""

    def list_jobs(self, *, limit: int | None = None) -> Iterator[Mapping[str, Any]]:
        yield from [QUIET, FULL]

    def list_batch_jobs(self, batch_id: str, *, limit: int) -> list[Mapping[str, Any]]:
        assert batch_id == "3"
        return [STANDARD]

    def list_template_jobs(self, template_id: str, *, limit: int) -> list[Mapping[str, Any]]:
        assert template_id == "41"
        return [STANDARD]


def expected() -> pd.DataFrame:
    severity = ["error", "error", "warning"]
    return pd.DataFrame(
        {
            "job_id": "12",
            "batch_id": "3",
            "template_id": "41",
            "template_version_id": "410",
            "status": "completed_with_error",
            "output_type": "docx",
            "created_by_id": "8",
            "source": "api",
            "created_at": pd.Timestamp("2026-03-02T09:00:04Z"),
            "severity": severity,
            "message": ["No name.", "No sum.", "No use for 'nmae'."],
            "read_at": NOON,
        }
    ).astype(DTYPES)


def test_each_message_is_a_row_errors_first():
    assert_frame_equal(failures_frame([QUIET, FULL, {}], read_at=NOON), expected())


@pytest.mark.parametrize("chosen", [{}, {"batch": "3"}, {"template": {"file": {"id": "41"}}}])
def test_messages_have_the_times_that_only_the_full_list_has(chosen):
    frame = load_failures(Service(), **chosen)

    assert_frame_equal(frame.drop(columns="read_at"), expected().drop(columns="read_at"))


@pytest.mark.parametrize("entries", [[], [QUIET], [FULL], [{}]])
def test_columns_and_types_never_depend_on_the_data(entries):
    frame = failures_frame(entries)

    assert {name: str(kind) for name, kind in frame.dtypes.items()} == DTYPES
    assert list(frame.columns) == list(DTYPES)


def test_a_whole_reply_is_refused():
    with pytest.raises(TypeError) as caught:
        failures_frame({"entries": []})

    assert str(caught.value) == (
        "failures_frame takes the entries of a reply, not the reply: reply['entries']."
    )


def test_a_reading_without_time_zone_is_refused():
    with pytest.raises(ValueError) as caught:
        failures_frame([], read_at=datetime(2026, 3, 2, 12))

    assert (
        str(caught.value) == "read_at=2026-03-02T12:00:00 has no time zone; add one, such as UTC."
    )


def test_an_invalid_time_is_refused():
    with pytest.raises(UnreadableReply) as caught:
        failures_frame([{**FULL, "created_at": "soon"}])

    assert str(caught.value) == (
        "created_at is 'soon', which is neither RFC 3339 with an offset nor seconds since 1970."
    )


def test_load_failures_refuses_a_batch_and_a_template():
    with pytest.raises(ValueError) as caught:
        load_failures(Service(), batch="3", template="41")

    assert str(caught.value) == "load_failures takes a batch or a template, not both."
