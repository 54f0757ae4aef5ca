"""Raw pages become columns: as the plain way does it, fetched ahead, and leaving no thread."""

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
from docgen_nb.errors import BoxUnavailable, UnreadableReply
from docgen_nb.frames import failures_frame, jobs_frame, page_columns, read_pages

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
    """A listing of the client over these pages; an exception is raised in place of a page."""
    found = list(pages)

    def fetch(query: Mapping[str, str]) -> tuple[bytes, str]:
        number = int(query.get("marker", "0"))
        if log is not None:
            log.append(f"{number} by {threading.current_thread().name}")
        page = found[number]
        if isinstance(page, Exception):
            raise page
        return page, str(number + 1) if number + 1 < len(found) else ""

    return Listing(fetch, path="/2.0/docgen_jobs", query={})


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
@settings(deadline=None, max_examples=150)
@given(
    st.lists(entries_of_any_kind(), max_size=7),
    st.integers(1, 8),
    st.sampled_from([{}, {"indent": 2}, {"ensure_ascii": False, "separators": (",", ":")}]),
)
def test_any_paging_gives_the_table_of_the_entries(entries, size, style):
    cuts = range(0, max(len(entries), 1), size)
    pages = [page(entries[cut : cut + size], **style) for cut in cuts]

    assert_frame_equal(jobs_frame(listing(pages), read_at=NOON), jobs_frame(entries, read_at=NOON))
    assert_frame_equal(
        failures_frame(listing(pages), read_at=NOON), failures_frame(entries, read_at=NOON)
    )


def test_pages_of_every_kind_stand_in_one_table():
    pages = [
        b'{"entries": [{"created_at": "1772442004", "id": "1", "batch": {"id": "3", "x": []}}]}',
        b'{"next_marker": null, "entries": [{"id": "2", "created_at": null, "batch": null}]}',
        b'{"entries": []}',
        b'{"entries":[{"id":3,"batch":{"id":3},"created_at":"2026-03-02T01:00:04-08:00"}]}',
        b'\n{ "entries" : [ {\n"id" : "\\u0034" } ] }\n',
    ]

    found = jobs_frame(listing(pages))

    expected = table(
        """
        job_id  batch_id  created_at
        1       3         2026-03-02T09:00:04Z
        2       -         -
        3       3         2026-03-02T09:00:04Z
        4       -         -
        """
    )
    assert_frame_equal(found[["job_id", "batch_id", "created_at"]], expected)


def test_a_page_becomes_a_list_a_column():
    found = page_columns(
        page(
            [
                {"id": "7", "batch": {"type": "docgen_batch", "id": "3"}, "status": "paused"},
                {"id": "8", "failures": {"errors": ["a", "b"], "warnings": ["c"]}},
            ]
        )
    )

    missing = {name: [None, None] for name in TEXTS}
    assert found.texts == {
        **missing,
        "job_id": ["7", "8"],
        "batch_id": ["3", None],
        "status": ["paused", None],
    }
    assert (found.errors, found.warnings, len(found)) == ([0, 2], [0, 1], 2)
    assert found.messages == [(1, "error", "a"), (1, "error", "b"), (1, "warning", "c")]


def test_half_a_surrogate_pair_becomes_the_sign_for_what_is_no_text():
    content = (
        b'{"entries": [{"id": "\\ud83d", "failures": {"errors": ["\\ud83d\\ude00 \\ude00"]}}]}'
    )

    assert jobs_frame(listing([content]))["job_id"].tolist() == ["\ufffd"]
    assert failures_frame(listing([content]))["message"].tolist() == ["\U0001f600 \ufffd"]


@pytest.mark.parametrize("entry", [{}, dict.fromkeys(("id", "batch", "failures", "created_at"))])
def test_what_is_null_or_not_there_is_missing(entry):
    found = page_columns(page([entry]))

    assert found.texts == TEXTS
    assert (found.errors, found.warnings, found.messages) == ([0], [0], [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "A page of the list is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"", "A page of the list is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[" * 200_000, "A page of the list is no JSON: maximum recursion depth exceeded"),
        (
            b'{"entries": [{"id": "\xff"}]}',
            "A page of the list is no JSON: 'utf-8' codec can't decode byte 0xff in position 21",
        ),
        (b"[]", "A page of the list has no entries: []"),
        (b'{"entries": null}', "A page of the list has no entries: {'entries': None}"),
        (b'{"entries": [null]}', "An entry of the list is no object: None"),
        (
            b'{"entries": [{"id": 5, "batch": "3"}]}',
            "batch of entry 5 is '3', where an object is needed.",
        ),
        (
            b'{"entries": [{"id": 5, "failures": ["x"]}]}',
            "failures of entry 5 is \"['x']\", where an object is needed.",
        ),
        (
            b'{"entries": [{"id": 5, "failures": {"errors": "Too large."}}]}',
            "failures.errors of entry 5 is 'Too large.', where a list is needed.",
        ),
    ],
)
def test_what_is_no_page_of_jobs_is_refused_and_named(content, message):
    with pytest.raises(UnreadableReply) as caught:
        page_columns(content)

    assert str(caught.value).startswith(message)


def test_the_next_page_travels_while_one_is_used():
    asked = threading.Event()

    def fetch(query: Mapping[str, str]) -> tuple[bytes, str]:
        if "marker" in query:
            asked.set()
            return page([{"id": "2"}]), ""
        return page([{"id": "1"}]), "next"

    pages = read_pages(Listing(fetch, path="/2.0/docgen_jobs", query={}))

    assert next(pages).texts["job_id"] == ["1"]
    assert asked.wait(timeout=60)
    assert next(pages).texts["job_id"] == ["2"]
    assert list(pages) == []
    assert threads() == []


def test_a_walk_that_is_given_up_leaves_no_thread():
    log: list[str] = []
    pages = read_pages(listing([page([{"id": str(number)}]) for number in range(9)], log=log))

    next(pages)
    assert threads() == ["docgen-pages_0"]
    pages.close()

    assert threads() == []
    assert len(log) <= 2


def test_an_error_of_a_page_comes_as_it_is_after_the_pages_before():
    error = BoxUnavailable(status=503, code="unavailable", message="Later.")
    pages = read_pages(listing([page([{"id": "1"}]), error]))

    assert next(pages).texts["job_id"] == ["1"]
    with pytest.raises(BoxUnavailable) as caught:
        next(pages)

    assert caught.value is error
    assert threads() == []


def test_a_table_that_fails_leaves_no_thread():
    pages = [page([{"id": "1"}]), b'{"entries": [7]}', page([{"id": "3"}]), page([{"id": "4"}])]

    with pytest.raises(UnreadableReply):
        jobs_frame(listing(pages))

    assert threads() == []


def test_without_threads_page_follows_page(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    log: list[str] = []
    pages = read_pages(listing([page([{"id": "1"}]), page([{"id": "2"}])], log=log))

    assert [one.texts["job_id"] for one in pages] == [["1"], ["2"]]
    assert log == ["0 by MainThread", "1 by MainThread"]


WITHOUT_PYARROW = """
import sys
sys.modules["pyarrow"] = None
from docgen_nb.frames import jobs_frame, page_columns
found = jobs_frame([
    {"id": "1", "batch": {"id": "3"}, "created_at": "2026-03-02T01:00:04-08:00"},
    {"id": "2", "batch": {"id": "3"}, "created_at": "1772442004"},
    {"id": "3"},
])
assert found["batch_id"].dtype.storage == "python", found["batch_id"].dtype
print(found[["job_id", "batch_id", "created_at"]].to_csv(index=False), end="")
print(*sorted({str(kind) for kind in found.dtypes}))
print(*sorted({str(kind) for kind in jobs_frame([]).dtypes}))
"""


def test_the_table_is_the_same_where_pyarrow_is_not_installed():
    found = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYARROW], capture_output=True, text=True, check=True
    )

    assert found.stdout == (
        "job_id,batch_id,created_at\n"
        "1,3,2026-03-02 09:00:04+00:00\n"
        "2,3,2026-03-02 09:00:04+00:00\n"
        "3,,\n"
        "datetime64[us, UTC] int64 str\n"
        "datetime64[us, UTC] int64 str\n"
    )
