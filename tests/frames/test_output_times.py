"""Tests of the ends of jobs and of the precedence of their sources."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from pandas.testing import assert_frame_equal
from tables import jobs, table

from docgen_nb.client.listing import Listing
from docgen_nb.client.reply import Page, read_page
from docgen_nb.errors import MissingColumn, UnreadableReply
from docgen_nb.frames import add_output_times, add_webhook_times, jobs_frame

FAILED = "DOCGEN_DOCUMENT_GENERATION.FAILED"
SUCCEEDED = "DOCGEN_DOCUMENT_GENERATION.SUCCEEDED"
JOBS = """
    job_id  output_file_id  created_at
    1       70              2026-03-02T09:00:00Z
    2       71              2026-03-02T09:00:00Z
    3       -               2026-03-02T09:00:00Z
    4       -               2026-03-02T09:00:00Z
    5       -               -
"""
OBSERVED = """
    job_id  output_file_id  created_at            finished_at           finished_after        finished_before       finished_source  duration_seconds  folder_id
    1       70              2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  observed         30                -
    2       71              2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  observed         30                -
    3       -               2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  observed         30                -
    4       -               2026-03-02T09:00:00Z  -                     -                     -                     -                -                 -
    5       -               -                     -                     -                     -                     -                -                 -
"""  # noqa: E501


class Folder:
    """A client with one folder of one file."""

    def __init__(self, *pages: bytes) -> None:
        self.pages = pages

    def get_file(self, file_id: str, *, fields: Iterable[str] | None = None) -> Mapping[str, Any]:
        return {"created_at": "2026-03-02T09:00:09Z", "parent": {"id": "5"}}

    def list_folder_items(self, folder_id: str, **ignored: Any) -> Listing:
        def fetch(query: Mapping[str, str], kind: type) -> Page:
            number = int(query.get("marker", "0"))
            page = read_page(200, {}, self.pages[number], kind=kind, url="https://box.example")
            return Page(page.entries, number + 1 if number + 1 < len(self.pages) else None)

        return Listing(fetch, path="/2.0/folders/5/items", query={})


def message(trigger: str, at: str, **info: Any) -> dict[str, Any]:
    return {
        "type": "webhook_event",
        "trigger": trigger,
        "created_at": at,
        "additional_info": info or [],
    }


def test_a_webhook_reports_the_end_of_failed_jobs():
    messages = [
        message("DOCGEN_DOCUMENT_GENERATION.STARTED", "2026-03-02T09:00:01Z", job_id="3"),
        message(SUCCEEDED, "2026-03-02T01:00:04-08:00", output_file_id="70"),
        message(FAILED, "2026-03-02T09:00:07Z", job_id="3"),
        message(FAILED, "2026-03-02T09:00:06Z", job_id=3),
        message(FAILED, "2026-03-02T08:59:59Z", job_id="4"),
        message(FAILED, "2026-03-02T09:00:00Z", job_id="5"),
        message(FAILED, "2026-03-02T09:00:00Z", job_id="99"),
        message("FILE.UPLOADED", "2026-03-02T09:00:00Z"),
    ]

    frame = add_webhook_times(jobs(JOBS), messages)

    expected = table(
        """
        job_id  output_file_id  created_at            finished_at           finished_after  finished_before  finished_source  duration_seconds  folder_id
        1       70              2026-03-02T09:00:00Z  2026-03-02T09:00:04Z  -               -                webhook          4                 -
        2       71              2026-03-02T09:00:00Z  -                     -               -                -                -                 -
        3       -               2026-03-02T09:00:00Z  2026-03-02T09:00:06Z  -               -                webhook          6                 -
        4       -               2026-03-02T09:00:00Z  -                     -               -                -                -                 -
        5       -               -                     2026-03-02T09:00:00Z  -               -                webhook          -                 -
        """  # noqa: E501
    )
    assert_frame_equal(frame, expected)


EXPECTED = """
    job_id  output_file_id  created_at            finished_at           finished_after        finished_before       finished_source  duration_seconds  folder_id
    1       70              2026-03-02T09:00:00Z  2026-03-02T09:00:09Z  2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  output_file      9                 5
    2       71              2026-03-02T09:00:00Z  2026-03-02T09:00:08Z  2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  webhook          8                 5
    3       -               2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  2026-03-02T09:00:00Z  2026-03-02T09:00:30Z  observed         30                -
    4       -               2026-03-02T09:00:00Z  2026-03-02T09:00:06Z  -                     -                     webhook          6                 -
    5       -               -                     -                     -                     -                     -                -                 -
"""  # noqa: E501


@pytest.mark.parametrize("order", [("file", "webhook"), ("webhook", "file")])
def test_the_more_exact_source_takes_precedence_in_any_order(order):
    box = Folder(
        b'{"entries": [{"type": "file", "id": "70", "created_at": "2026-03-02T09:00:09Z"}, '
        b'{"type": "file", "id": "71", "created_at": null}]}'
    )
    messages = [
        message(SUCCEEDED, "2026-03-02T09:00:10Z", job_id="1"),
        message(SUCCEEDED, "2026-03-02T09:00:08Z", output_file_id="71"),
        message(FAILED, "2026-03-02T09:00:06Z", job_id="4"),
    ]

    frame = jobs(OBSERVED)
    for source in order:
        if source == "file":
            frame = add_output_times(frame, box, folder_id="5")
        else:
            frame = add_webhook_times(frame, messages)

    assert_frame_equal(frame, table(EXPECTED))


def test_ends_of_a_source_that_is_added_again_replace_its_earlier_ones():
    first, second = (
        [message(FAILED, f"2026-03-02T09:00:0{seconds}Z", job_id="3")] for seconds in (6, 5)
    )

    frame = add_webhook_times(add_webhook_times(jobs(JOBS), first), second)

    assert frame.loc[2, ["duration_seconds", "finished_source"]].tolist() == [5.0, "webhook"]


def test_the_paths_of_the_ids_can_be_changed():
    body = {"trigger": FAILED, "created_at": "2026-03-02T09:00:02Z", "job": {"id": "3"}}

    frame = add_webhook_times(jobs(JOBS), [body], job_field="job.id")

    assert frame["duration_seconds"].dropna().to_dict() == {2: 2.0}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            message(FAILED, "2026-03-02T09:00:02Z"),
            f"A webhook message ({FAILED}) has neither additional_info.job_id nor "
            "additional_info.output_file_id; give the path of either, as job_field= or "
            "file_field=.",
        ),
        (
            {**message(FAILED, "", job_id="3"), "created_at": None},
            "A webhook message has no created_at.",
        ),
        (
            message(FAILED, "soon", job_id="3"),
            "created_at is 'soon', which is neither RFC 3339 with an offset nor seconds since "
            "1970.",
        ),
    ],
)
def test_an_incomplete_message_is_refused_and_named(body, text):
    with pytest.raises(UnreadableReply) as caught:
        add_webhook_times(jobs(JOBS), [body])

    assert str(caught.value) == text


@pytest.mark.parametrize("entries", [[], [{}], [{"id": "7"}]])
def test_no_messages_give_all_columns(entries):
    frame = add_webhook_times(jobs_frame(entries), [])

    box = Folder(b'{"entries": []}')
    assert dict(frame.dtypes) == dict(add_output_times(jobs_frame(entries), box).dtypes)
    assert frame["finished_source"].isna().all()


@pytest.mark.parametrize("column", ["job_id", "output_file_id", "created_at"])
def test_webhook_ends_need_their_columns(column):
    with pytest.raises(MissingColumn) as caught:
        add_webhook_times(jobs(JOBS).drop(columns=column), [])

    assert str(caught.value) == (
        f"add_webhook_times needs the column {column!r}, which this table lacks."
    )


def test_items_other_than_files_are_ignored():
    box = Folder(
        b'{"entries": [{"type": "folder", "id": "70", "created_at": "1999-01-01T00:00:00Z"}]}',
        b'{"entries": []}',
        b'{"entries": [{"type": "web_link", "id": 71}, {"type": "file", "id": "71", "x": [1], '
        b'"created_at": "2026-03-02T09:00:02Z"}]}',
    )

    frame = add_output_times(jobs(JOBS).iloc[1:3], box, folder_id="5")

    assert frame["duration_seconds"].fillna(-1).tolist() == [2.0, -1.0]
