"""Tests of reading pages as columns, with the next page fetched in the background."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from tables import table

from docgen_nb.client.listing import Listing
from docgen_nb.client.reply import Page, read_page
from docgen_nb.errors import BoxUnavailable, UnreadableReply
from docgen_nb.frames import PageColumns, failures_frame, jobs_frame, read_pages

NOON = pd.Timestamp("2026-03-02T12:00:00Z")
TEXTS = {
    "job_id": [None],
    "batch_id": [None],
    "template_id": [None],
    "template_version_id": [None],
    "status": [None],
    "output_type": [None],
    "output_file_id": [None],
    "output_file_version_id": [None],
    "created_at": [None],
    "created_by_id": [None],
    "enterprise_id": [None],
    "source": [None],
    "external_id": [None],
}


def listing(pages: Iterable[bytes | Exception], *, log: list[str] | None = None) -> Listing:
    """Return a listing of the client over these pages; an exception is raised for its page."""
    replies = list(pages)

    def fetch(query: Mapping[str, str], kind: type) -> Page:
        number = int(query.get("marker", "0"))
        if log is not None:
            log.append(f"{number} by {threading.current_thread().name}")
        if isinstance(replies[number], Exception):
            raise replies[number]
        entries = decoded(replies[number], kind)
        return Page(entries, number + 1 if number + 1 < len(replies) else None)

    return Listing(fetch, path="/2.0/docgen_jobs", query={})


def decoded(content: bytes, kind: type) -> list[Any]:
    return read_page(200, {}, content, kind=kind, url="https://box.example/jobs").entries


def columns(content: bytes) -> PageColumns:
    (page,) = read_pages(listing([content]))
    return page


def page(entries: list[Any], **style: Any) -> bytes:
    return json.dumps({"entries": entries, "limit": 1000}, **style).encode()


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("docgen-pages")]


ids = st.sampled_from(["7", "41", "4000001", "007", 12])
references = st.one_of(st.none(), st.just({}), ids.map(lambda id: {"type": "file", "id": id}))
texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
messages = st.one_of(st.none(), st.lists(st.sampled_from(["No name.", '»é« "a" \\ \n', ""])))
times = st.sampled_from(
    [
        *(None, "2026-03-02T09:00:04Z", "2026-03-02T01:00:04.25-08:00", "1772442004"),
        *("2026-03-02T14:30:04+05:30", 1772442004, "2026-11-01t01:30:00-07:00"),
    ]
)
fields = {
    "id": ids,
    "type": st.just("docgen_job"),
    **dict.fromkeys(("batch", "template_file", "template_file_version"), references),
    **dict.fromkeys(("output_file", "output_file_version"), references),
    **dict.fromkeys(("created_by", "enterprise"), references),
    "status": st.sampled_from([None, "pending", "completed", "failed", "paused"]),
    **dict.fromkeys(("output_type", "source", "external_id"), texts),
    "failures": st.one_of(
        st.none(), st.fixed_dictionaries({}, optional={"errors": messages, "warnings": messages})
    ),
    "created_at": times,
    "next_marker": st.sampled_from(['"next_marker":"9"', {"next_marker": "9"}, [1.5, None]]),
}


@st.composite
def entries_of_any_kind(draw) -> dict[str, Any]:
    entry = draw(st.fixed_dictionaries({}, optional=fields))
    return {name: entry[name] for name in draw(st.permutations(list(entry)))}


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(
    st.lists(entries_of_any_kind(), max_size=7),
    st.integers(1, 8),
    st.sampled_from([{}, {"indent": 2}, {"ensure_ascii": False, "separators": (",", ":")}]),
)
def test_the_table_does_not_depend_on_the_paging(entries, size, style):
    cuts = range(0, max(len(entries), 1), size)
    pages = [page(entries[cut : cut + size], **style) for cut in cuts]

    assert_frame_equal(jobs_frame(listing(pages), read_at=NOON), jobs_frame(entries, read_at=NOON))
    assert_frame_equal(
        failures_frame(listing(pages), read_at=NOON), failures_frame(entries, read_at=NOON)
    )


def test_pages_of_every_kind_make_one_table():
    pages = [
        b'{"entries": [{"created_at": "1772442004", "id": "1", "batch": {"id": "3", "x": []}}]}',
        b'{"next_marker": null, "entries": [{"id": "2", "created_at": null, "batch": null}]}',
        b'{"entries": []}',
        b'{"entries":[{"id":3,"batch":{"id":3},"created_at":"2026-03-02T01:00:04-08:00"}]}',
        b'\n{ "entries" : [ {\n"id" : "\\u0034" } ] }\n',
    ]

    frame = jobs_frame(listing(pages))

    expected = table(
        """
        job_id  batch_id  created_at
        1       3         2026-03-02T09:00:04Z
        2       -         -
        3       3         2026-03-02T09:00:04Z
        4       -         -
        """
    )
    assert_frame_equal(frame[["job_id", "batch_id", "created_at"]], expected)


def test_a_page_has_a_list_per_column():
    parsed = columns(
        page(
            [
                {"id": "7", "batch": {"type": "docgen_batch", "id": "3"}, "status": "paused"},
                {"id": "8", "failures": {"errors": ["a", "b"], "warnings": ["c"]}},
            ]
        )
    )

    missing = {name: [None, None] for name in TEXTS}
    assert parsed.texts == {
        **missing,
        "job_id": ["7", "8"],
        "batch_id": ["3", None],
        "status": ["paused", None],
    }
    assert (parsed.errors, parsed.warnings, len(parsed)) == ([0, 2], [0, 1], 2)
    assert parsed.messages == [(1, "error", "a"), (1, "error", "b"), (1, "warning", "c")]


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    content = (
        b'{"entries": [{"id": "\\ud83d", "failures": {"errors": ["\\ud83d\\ude00 \\ude00"]}}]}'
    )

    assert jobs_frame(listing([content]))["job_id"].tolist() == ["\ufffd"]
    assert failures_frame(listing([content]))["message"].tolist() == ["\U0001f600 \ufffd"]


@pytest.mark.parametrize("entry", [{}, dict.fromkeys(("id", "batch", "failures", "created_at"))])
def test_a_null_or_absent_field_is_missing(entry):
    parsed = columns(page([entry]))

    assert parsed.texts == TEXTS
    assert (parsed.errors, parsed.warnings, parsed.messages) == ([0], [0], [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"entries": [null]}', "An entry of the list is not an object: None"),
        (
            b'{"entries": [{"id": 5, "batch": "3"}]}',
            "batch of entry 5 must be an object, not '3'.",
        ),
        (
            b'{"entries": [{"id": 5, "failures": ["x"]}]}',
            "failures of entry 5 must be an object, not \"['x']\".",
        ),
        (
            b'{"entries": [{"id": 5, "failures": {"errors": "Too large."}}]}',
            "failures.errors of entry 5 must be a list, not 'Too large.'.",
        ),
    ],
)
def test_an_entry_of_the_wrong_kind_is_refused_and_named(content, message):
    with pytest.raises(UnreadableReply) as caught:
        columns(content)

    assert str(caught.value).startswith(message)


def test_the_next_page_is_fetched_while_one_is_used():
    requested = threading.Event()

    def fetch(query: Mapping[str, str], kind: type) -> Page:
        if "marker" in query:
            requested.set()
            return Page(decoded(page([{"id": "2"}]), kind))
        return Page(decoded(page([{"id": "1"}]), kind), "next")

    pages = read_pages(Listing(fetch, path="/2.0/docgen_jobs", query={}))

    assert next(pages).texts["job_id"] == ["1"]
    assert requested.wait(timeout=60)
    assert next(pages).texts["job_id"] == ["2"]
    assert list(pages) == []
    assert threads() == []


def test_closing_the_iterator_ends_the_thread():
    log: list[str] = []
    pages = read_pages(listing([page([{"id": str(number)}]) for number in range(9)], log=log))

    next(pages)
    assert threads() == ["docgen-pages_0"]
    pages.close()

    assert threads() == []
    assert len(log) <= 2


def test_an_error_is_raised_unchanged_after_the_pages_before_it():
    error = BoxUnavailable(status=503, code="unavailable", message="Later.")
    pages = read_pages(listing([page([{"id": "1"}]), error]))

    assert next(pages).texts["job_id"] == ["1"]
    with pytest.raises(BoxUnavailable) as caught:
        next(pages)

    assert caught.value is error
    assert threads() == []


def test_an_error_ends_the_thread():
    pages = [page([{"id": "1"}]), b'{"entries": [7]}', page([{"id": "3"}]), page([{"id": "4"}])]

    with pytest.raises(UnreadableReply):
        jobs_frame(listing(pages))

    assert threads() == []


def test_without_threads_pages_are_fetched_one_after_the_other(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    log: list[str] = []
    pages = read_pages(listing([page([{"id": "1"}]), page([{"id": "2"}])], log=log))

    assert [one.texts["job_id"] for one in pages] == [["1"], ["2"]]
    assert log == ["0 by MainThread", "1 by MainThread"]


WITHOUT_PYARROW = """
import sys
sys.modules["pyarrow"] = None
from docgen_nb.frames import jobs_frame
frame = jobs_frame([
    {"id": "1", "batch": {"id": "3"}, "created_at": "2026-03-02T01:00:04-08:00"},
    {"id": "2", "batch": {"id": "3"}, "created_at": "1772442004"},
    {"id": "3"},
])
assert frame["batch_id"].dtype.storage == "python", frame["batch_id"].dtype
print(frame[["job_id", "batch_id", "created_at"]].to_csv(index=False), end="")
print(*sorted({str(kind) for kind in frame.dtypes}))
print(*sorted({str(kind) for kind in jobs_frame([]).dtypes}))
"""


def test_the_table_is_the_same_without_pyarrow():
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYARROW], capture_output=True, text=True, check=True
    )

    assert process.stdout == (
        "job_id,batch_id,created_at\n"
        "1,3,2026-03-02 09:00:04+00:00\n"
        "2,3,2026-03-02 09:00:04+00:00\n"
        "3,,\n"
        "datetime64[us, UTC] int64 str\n"
        "datetime64[us, UTC] int64 str\n"
    )
