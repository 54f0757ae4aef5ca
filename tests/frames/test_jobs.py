"""Tests of the table of jobs: columns, dtypes, times, loading and ends."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import docx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from tables import jobs, table

from docgen_nb import wire
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.errors import MissingColumn, NotFound, UnreadableReply
from docgen_nb.frames import add_output_times, jobs_frame, load_jobs
from docgen_nb.service import LocalDocGen

NOON = pd.Timestamp("2026-03-02T12:00:00Z")
DTYPES = {
    "job_id": "str",
    "batch_id": "str",
    "template_id": "str",
    "template_version_id": "str",
    "status": "str",
    "output_type": "str",
    "output_file_id": "str",
    "output_file_version_id": "str",
    "created_at": "datetime64[us, UTC]",
    "created_by_id": "str",
    "enterprise_id": "str",
    "source": "str",
    "external_id": "str",
    "errors": "int64",
    "warnings": "int64",
    "read_at": "datetime64[us, UTC]",
}
FULL = {
    "id": "12",
    "type": "docgen_job",
    "batch": {"type": "docgen_batch", "id": "3"},
    "template_file": {"type": "file", "id": "41"},
    "template_file_version": {"type": "file_version", "id": "410"},
    "status": "completed_with_error",
    "output_type": "docx",
    "output_file": {"type": "file", "id": "70"},
    "output_file_version": {"type": "file_version", "id": "700"},
    "failures": {"errors": ["The tag 'a' was not provided.", "So was 'b'."], "warnings": ["'c'"]},
    "external_id": "row 5",
    "created_at": "2026-03-02T01:00:04-08:00",
    "created_by": {"type": "user", "id": "8"},
    "enterprise": {"type": "enterprise", "id": "9"},
    "source": "api",
}
STANDARD = {
    "id": "13",
    "type": "docgen_job",
    "batch": {"type": "docgen_batch", "id": "3"},
    "template_file": {"type": "file", "id": "41"},
    "template_file_version": {"type": "file_version", "id": "410"},
    "status": "pending",
    "output_type": "pdf",
    "output_file": None,
    "output_file_version": None,
    "failures": None,
}


class Service:
    """A fake client: lists of entries, and a log of calls."""

    def __init__(
        self,
        *,
        everything: Iterable[Mapping[str, Any]] = (),
        selected: Iterable[Mapping[str, Any]] = (),
        folders: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.everything, self.selected = list(everything), list(selected)
        self.folders = dict(folders or {})
        self.log: list[str] = []

    def list_jobs(self, *, limit: int | None = None) -> Iterator[Mapping[str, Any]]:
        assert limit == 1000
        for entry in self.everything:
            self.log.append(f"job {entry['id']}")
            yield entry

    def list_batch_jobs(self, batch_id: str, *, limit: int) -> list[Mapping[str, Any]]:
        self.log.append(f"batch {batch_id}")
        return self.selected

    def list_template_jobs(self, template_id: str, *, limit: int) -> list[Mapping[str, Any]]:
        self.log.append(f"template {template_id}")
        return self.selected

    def get_file(self, file_id: str, *, fields: Iterable[str]) -> Mapping[str, Any]:
        self.log.append(f"file {file_id}")
        assert set(fields) == {"created_at", "parent"}
        for folder_id, files in self.folders.items():
            if file_id in files:
                parent = {"type": "folder", "id": folder_id} if folder_id else None
                return {"type": "file", "created_at": files[file_id], "parent": parent}
        raise NotFound(status=404, code="not_found", message="Not Found")

    def list_folder_items(
        self, folder_id: str, *, fields: Iterable[str], limit: int
    ) -> Iterator[Mapping[str, Any]]:
        self.log.append(f"folder {folder_id}")
        if folder_id not in self.folders:
            raise NotFound(status=404, code="not_found", message="Not Found")
        assert set(fields) == {"created_at"}
        yield {"type": "folder", "id": "70", "created_at": "1999-01-01T00:00:00Z"}
        for file_id, created_at in self.folders[folder_id].items():
            yield {"type": "file", "id": file_id, "created_at": created_at}


def created_at(*values: Any) -> list[pd.Timestamp]:
    return list(jobs_frame([{"created_at": value} for value in values])["created_at"])


def test_each_field_of_the_full_form_has_its_column():
    frame = jobs_frame([FULL], read_at=NOON)

    expected = pd.DataFrame(
        {
            "job_id": ["12"],
            "batch_id": ["3"],
            "template_id": ["41"],
            "template_version_id": ["410"],
            "status": ["completed_with_error"],
            "output_type": ["docx"],
            "output_file_id": ["70"],
            "output_file_version_id": ["700"],
            "created_at": [pd.Timestamp("2026-03-02T09:00:04Z")],
            "created_by_id": ["8"],
            "enterprise_id": ["9"],
            "source": ["api"],
            "external_id": ["row 5"],
            "errors": [2],
            "warnings": [1],
            "read_at": [NOON],
        }
    ).astype(DTYPES)
    assert_frame_equal(frame, expected)


def test_fields_that_the_standard_form_lacks_are_missing():
    frame = jobs_frame([STANDARD], read_at=NOON)

    missing = set(frame.columns[frame.iloc[0].isna()])
    assert missing == {
        *("output_file_id", "output_file_version_id", "created_at", "created_by_id"),
        *("enterprise_id", "source", "external_id"),
    }
    assert frame.loc[0, ["errors", "warnings"]].tolist() == [0, 0]


@pytest.mark.parametrize("entries", [[], [FULL], [STANDARD], [{}], [FULL, STANDARD, {}]])
def test_columns_and_types_never_depend_on_the_data(entries):
    assert {name: str(kind) for name, kind in jobs_frame(entries).dtypes.items()} == DTYPES
    assert list(jobs_frame(entries).columns) == list(DTYPES)


@pytest.mark.parametrize(
    ("failures", "counts"),
    [
        (None, [0, 0]),
        ({}, [0, 0]),
        ({"errors": None, "warnings": ["w"]}, [0, 1]),
        ({"errors": ["e", "f"]}, [2, 0]),
        ({"warnings": ["w"]}, [0, 1]),
    ],
)
def test_failures_may_be_null_or_lack_a_list(failures, counts):
    frame = jobs_frame([{**FULL, "failures": failures}])

    assert frame.loc[0, ["errors", "warnings"]].tolist() == counts


def test_failures_may_be_absent():
    frame = jobs_frame([{"id": "1"}])

    assert frame.loc[0, ["errors", "warnings"]].tolist() == [0, 0]


def test_an_unknown_status_is_kept():
    assert jobs_frame([{"status": "paused"}]).loc[0, "status"] == "paused"


def test_ids_are_text_even_if_the_service_sends_numbers():
    frame = jobs_frame([{"id": 12}, {"id": "013"}])

    assert frame["job_id"].tolist() == ["12", "013"]


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T09:00:04Z",
        "2026-03-02t09:00:04z",
        "2026-03-02T09:00:04+00:00",
        "2026-03-02T01:00:04-08:00",
        "2026-03-02T14:30:04+05:30",
        "2026-03-02 10:00:04+0100",
        "1772442004",
        "1772442004.0",
        1772442004,
    ],
)
def test_a_time_may_have_any_offset_or_be_seconds_since_1970(value):
    assert created_at(value) == [pd.Timestamp("2026-03-02T09:00:04Z")]


def test_one_column_may_mix_the_forms_of_times():
    times = created_at("2026-03-02T01:00:04.25-08:00", None, "1772442004")

    assert times == [
        pd.Timestamp("2026-03-02T09:00:04.250Z"),
        pd.NaT,
        pd.Timestamp("2026-03-02T09:00:04Z"),
    ]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), max_size=6))
def test_a_time_has_the_same_value_in_each_form(moments):
    moments = [moment.replace(microsecond=0, tzinfo=UTC) for moment in moments]

    assert created_at(*(m.isoformat() for m in moments)) == moments
    assert created_at(*(str(int(m.timestamp())) for m in moments)) == moments


@pytest.mark.parametrize(
    "value",
    ["soon", "", "2026-03-02T09:00:04", "2026-03-02", "2026-13-02T09:00:04Z", "1772442004000"],
)
def test_a_text_that_is_not_a_time_is_refused_and_named(value):
    with pytest.raises(UnreadableReply) as caught:
        created_at("2026-03-02T09:00:04Z", value)

    assert str(caught.value) == (
        f"created_at is {value!r}, which is neither RFC 3339 with an offset nor seconds since 1970."
    )


def test_a_whole_reply_is_refused():
    with pytest.raises(TypeError) as caught:
        jobs_frame({"entries": []})

    assert str(caught.value) == (
        "jobs_frame takes the entries of a reply, not the reply: reply['entries']."
    )


def test_a_reading_without_time_zone_is_refused():
    with pytest.raises(ValueError) as caught:
        jobs_frame([], read_at=datetime(2026, 3, 2, 12))

    assert (
        str(caught.value) == "read_at=2026-03-02T12:00:00 has no time zone; add one, such as UTC."
    )


def test_read_at_is_in_utc_and_now_unless_given():
    given_at = jobs_frame([{}], read_at=datetime.fromisoformat("2026-03-02T13:00:00+01:00"))
    before = pd.Timestamp.now("UTC").floor("s")
    now = jobs_frame([{}])

    assert given_at.loc[0, "read_at"] == NOON
    assert before <= now.loc[0, "read_at"] <= pd.Timestamp.now("UTC")
    assert now.loc[0, "read_at"] == now.loc[0, "read_at"].floor("s")


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([FULL, STANDARD, {}]), max_size=5), st.integers(0, 5))
def test_a_table_of_two_lists_is_the_two_tables(entries, cut):
    parts = [jobs_frame(part, read_at=NOON) for part in (entries[:cut], entries[cut:])]

    whole = jobs_frame(entries, read_at=NOON)
    assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_load_jobs_lists_all_jobs():
    box = Service(everything=[FULL, STANDARD])

    frame = load_jobs(box)

    assert frame["job_id"].tolist() == ["12", "13"]
    assert box.log == ["job 12", "job 13"]


@pytest.mark.parametrize(
    ("chosen", "first_call"),
    [
        ({"batch": "3"}, "batch 3"),
        ({"batch": {"type": "docgen_batch", "id": "3"}}, "batch 3"),
        ({"template": "41"}, "template 41"),
        (
            {"template": {"file": {"type": "file", "id": "41"}, "file_name": "a.docx"}},
            "template 41",
        ),
        ({"template": {"type": "file", "id": "41"}}, "template 41"),
    ],
)
def test_load_jobs_adds_the_times_and_stops_when_all_jobs_are_known(chosen, first_call):
    others = [{"id": str(number), "created_at": "2026-03-02T10:00:00Z"} for number in (99, 11)]
    box = Service(
        everything=[others[0], {**FULL, "id": "13"}, FULL, others[1]],
        selected=[{**STANDARD, "id": "12"}, STANDARD],
    )

    frame = load_jobs(box, **chosen)

    columns = ["job_id", "status", "created_at", "created_by_id", "enterprise_id", "source"]
    expected = table(
        """
        job_id  status   created_at            created_by_id  enterprise_id  source
        12      pending  2026-03-02T09:00:04Z  8              9              api
        13      pending  2026-03-02T09:00:04Z  8              9              api
        """
    )
    assert_frame_equal(frame[columns], expected)
    assert box.log == [first_call, "job 99", "job 13", "job 12"]


def test_a_job_that_the_full_list_lacks_has_no_creation_time():
    box = Service(everything=[FULL], selected=[STANDARD])

    frame = load_jobs(box, batch="3")

    assert frame["job_id"].tolist() == ["13"]
    assert frame["created_at"].isna().all()
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == DTYPES


def test_what_the_entry_of_a_job_says_itself_is_kept():
    own = {**STANDARD, "created_by": {"type": "user", "id": "7"}}
    box = Service(everything=[{**FULL, "id": own["id"]}], selected=[own])

    frame = load_jobs(box, batch="3")

    assert frame.loc[0, ["created_by_id", "source"]].tolist() == ["7", "api"]


def test_a_job_without_an_id_is_looked_for_nowhere():
    box = Service(everything=[FULL], selected=[{**STANDARD, "id": None}])

    frame = load_jobs(box, batch="3")

    assert frame["job_id"].isna().tolist() == [True]
    assert box.log == ["batch 3"]


def test_load_jobs_of_an_empty_batch_takes_one_call():
    box = Service(everything=[FULL])

    frame = load_jobs(box, batch="3")

    assert len(frame) == 0
    assert box.log == ["batch 3"]


def test_load_jobs_refuses_an_object_without_an_id():
    with pytest.raises(TypeError) as raised:
        load_jobs(Service(), batch=3.5)

    assert str(raised.value) == "batch must be an id, an entry or an object with an id: 3.5"


def test_load_jobs_refuses_a_batch_and_a_template():
    with pytest.raises(ValueError) as caught:
        load_jobs(Service(), batch="3", template="41")

    assert str(caught.value) == "load_jobs takes a batch or a template, not both."


FIVE = """
    job_id  output_file_id  created_at
    1       70              2026-03-02T09:00:00Z
    2       71              2026-03-02T09:00:00Z
    3       -               2026-03-02T09:00:00Z
    4       72              -
    5       73              2026-03-02T09:00:00Z
"""


def test_ends_come_from_one_listing_per_folder():
    box = Service(
        folders={
            "5": {"70": "2026-03-02T01:00:04-08:00", "71": "2026-03-02T09:00:00Z"},
            "6": {"72": "2026-03-02T09:00:09Z"},
        }
    )

    frame = add_output_times(jobs(FIVE), box)

    expected = table(
        """
        job_id  output_file_id  created_at            finished_at           finished_after  finished_before  finished_source  duration_seconds  folder_id
        1       70              2026-03-02T09:00:00Z  2026-03-02T09:00:04Z  -               -                output_file      4                 5
        2       71              2026-03-02T09:00:00Z  2026-03-02T09:00:00Z  -               -                output_file      0                 5
        3       -               2026-03-02T09:00:00Z  -                     -               -                -                -                 -
        4       72              -                     2026-03-02T09:00:09Z  -               -                output_file      -                 6
        5       73              2026-03-02T09:00:00Z  -                     -               -                -                -                 -
        """  # noqa: E501
    )
    assert_frame_equal(frame, expected)
    assert box.log == ["file 70", "folder 5", "file 72", "folder 6", "file 73"]


def test_a_known_folder_saves_the_lookup():
    box = Service(folders={"5": {"70": "2026-03-02T09:00:04Z", "71": "2026-03-02T09:00:05Z"}})

    frame = add_output_times(jobs(FIVE).iloc[:2], box, folder_id="5")

    assert frame["duration_seconds"].tolist() == [4.0, 5.0]
    assert box.log == ["folder 5"]


def test_a_folder_that_does_not_exist_is_an_error():
    with pytest.raises(NotFound) as caught:
        add_output_times(jobs(FIVE), Service(), folder_id="5")

    assert str(caught.value) == "404 not_found: Not Found"


def test_a_file_in_an_inaccessible_folder_still_has_its_time():
    box = Service(folders={"": {"70": "2026-03-02T09:00:04Z"}})

    frame = add_output_times(jobs(FIVE).iloc[:1], box)

    assert frame["duration_seconds"].tolist() == [4.0]
    assert frame["folder_id"].isna().all()
    assert box.log == ["file 70"]


def test_a_folder_is_listed_once_even_if_its_list_lacks_a_file():
    class Moving(Service):
        def list_folder_items(self, folder_id, **ignored):
            self.log.append(f"folder {folder_id}")
            return []

    box = Moving(folders={"5": {"70": "2026-03-02T09:00:04Z", "71": "2026-03-02T09:00:05Z"}})

    frame = add_output_times(jobs(FIVE).iloc[:2], box)

    assert frame["duration_seconds"].tolist() == [4.0, 5.0]
    assert box.log == ["file 70", "folder 5", "file 71"]


def test_a_file_older_than_its_job_gives_no_end():
    box = Service(folders={"5": {"70": "2026-03-02T08:59:59Z"}})

    frame = add_output_times(jobs(FIVE).iloc[:1], box)

    assert frame["finished_at"].isna().all()
    assert frame["finished_source"].isna().all()
    assert frame["duration_seconds"].isna().all()
    assert frame["folder_id"].tolist() == ["5"]


def test_a_deleted_document_keeps_its_folder_and_an_end_before_the_creation_no_duration():
    known = {"folder_id": "5", "finished_at": pd.Timestamp("2026-03-02T08:59:59Z")}

    frame = add_output_times(jobs(FIVE).iloc[:1].assign(**known), Service())

    assert frame["folder_id"].tolist() == ["5"]
    assert frame["duration_seconds"].isna().all()


def test_no_jobs_give_all_columns_without_a_call():
    box = Service()

    frame = add_output_times(jobs_frame([]), box, folder_id="5")

    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        **DTYPES,
        "finished_at": "datetime64[us, UTC]",
        "finished_after": "datetime64[us, UTC]",
        "finished_before": "datetime64[us, UTC]",
        "finished_source": "str",
        "duration_seconds": "float64",
        "folder_id": "str",
    }
    assert box.log == []


def test_the_jobs_are_not_changed_and_the_result_has_their_index():
    given_table = jobs(FIVE).set_axis(list("abcde"))
    before = given_table.copy()
    box = Service(folders={"5": {"71": "2026-03-02T09:00:03Z"}})

    frame = add_output_times(given_table, box)

    assert_frame_equal(given_table, before)
    assert frame["duration_seconds"].dropna().to_dict() == {"b": 3.0}


@pytest.mark.parametrize("column", ["output_file_id", "created_at"])
def test_output_times_require_their_columns(column):
    with pytest.raises(MissingColumn) as caught:
        add_output_times(jobs(FIVE).drop(columns=column), Service())

    assert str(caught.value) == (
        f"add_output_times needs the column {column!r}, which this table lacks."
    )


# On the embedded service, through the client


@pytest.fixture
def local() -> Iterator[LocalDocGen]:
    """Start a service that renders one job per request, so that no test waits."""
    with LocalDocGen(workers=0) as service:
        yield service


@pytest.fixture
def box(local: LocalDocGen) -> Iterator[Client]:
    with (
        local.session() as session,
        Client(wire.LOCAL_URL, token_source=GivenToken("any"), session=session) as client,
    ):
        yield client


def letter() -> bytes:
    document = docx.Document()
    document.add_paragraph("Dear {{name}}")
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def send(box: Client, *, template_id: str, folder_id: str, rows: list[dict[str, Any]]) -> str:
    body = {
        "file": {"type": "file", "id": template_id},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": folder_id},
        "output_type": "docx",
        "document_generation_data": [
            {"generated_file_name": f"letter {number}", "user_input": row}
            for number, row in enumerate(rows)
        ],
    }
    return box.create_batch(body)["id"]


@pytest.fixture
def batches(box: Client) -> list[str]:
    """Send batches of two and three jobs, each to its own folder, and finish them."""
    template_id = box.upload_file(letter(), name="letter.docx")["id"]
    box.mark_template(template_id)
    folders = [box.create_folder(name)["id"] for name in ("first", "second")]
    ids = [
        send(box, template_id=template_id, folder_id=folders[0], rows=[{"name": "A"}] * 3),
        send(box, template_id=template_id, folder_id=folders[1], rows=[{"name": "B"}, {}]),
    ]
    for _ in range(5):
        box.get_me()
    return ids


def test_the_jobs_of_the_service_become_a_table(box, batches):
    frame = load_jobs(box)

    assert frame["batch_id"].tolist() == [batches[0]] * 3 + [batches[1]] * 2
    assert sorted(frame["status"]) == ["completed"] * 4 + ["completed_with_error"]
    assert frame["errors"].sum() == 1
    columns = set(frame.columns[frame.isna().any()])
    assert columns == {"external_id"}


def test_a_batch_has_its_creation_times(box, batches):
    frame = load_jobs(box, batch=batches[0])

    assert len(frame) == 3
    every = load_jobs(box).set_index("job_id")
    assert frame["created_at"].tolist() == every.loc[frame["job_id"], "created_at"].tolist()


class Paged:
    """A list of one job a page, the oldest first."""

    def __init__(self) -> None:
        self.read = 0

    def list_batch_jobs(self, batch_id: str, *, limit: int) -> list[Mapping[str, Any]]:
        return [{"id": "5", "status": "failed"}, {"id": "500", "status": "failed"}]

    def list_jobs(self, *, limit: int) -> "Paged":
        return self

    def pages(self, kind: type) -> Iterator[list[Mapping[str, Any]]]:
        for number in range(1000):
            self.read += 1
            yield [{"id": str(number), "created_at": "2026-03-02T09:00:04Z"}]


def test_creation_times_that_take_more_than_ten_calls_are_missing_with_a_warning():
    box = Paged()
    with pytest.warns(UserWarning, match="not read") as warnings:
        frame = load_jobs(box, batch="1")

    assert frame["created_at"].notna().tolist() == [True, False]
    assert box.read == 9  # and one for the list of the batch
    assert [str(warning.message) for warning in warnings] == [
        "The creation times of 1 jobs were not read: that takes more than 10 calls here. A ledger "
        "reads them once for all: dg.Ledger(PATH).sync(box)."
    ]


def test_the_ends_of_all_jobs_take_two_calls_a_folder(box, batches, local):
    calls: list[str] = []
    jobs_before = load_jobs(box)

    frame = add_output_times(jobs_before, Recorded(box, calls))

    assert calls == ["get_file", "list_folder_items"] * 2
    assert frame["finished_source"].tolist() == ["output_file"] * 5
    assert frame["duration_seconds"].between(0, 60).all()
    assert frame.groupby("batch_id")["folder_id"].nunique().tolist() == [1, 1]


def test_a_document_in_the_trash_has_an_end_and_a_deleted_one_has_none(box, batches, local):
    before = load_jobs(box)
    file_id = before.loc[0, "output_file_id"]
    box.delete_file(file_id)
    assert add_output_times(before, box)["finished_source"].tolist() == ["output_file"] * 5

    with local.session() as session:  # the client has no method for this
        headers = {"Authorization": "Bearer local"}
        address = f"http://docgen.local/2.0/files/{file_id}/trash"
        assert session.delete(address, headers=headers).status_code == 204
    frame = add_output_times(before, box)

    assert frame["finished_source"].isna().tolist() == [True, False, False, False, False]


class Recorded:
    """Passes calls on to the client and records the names of the methods."""

    def __init__(self, box: Client, calls: list[str]) -> None:
        self.box, self.calls = box, calls

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self.box, name)


@pytest.mark.parametrize("box", ["jobs.csv", None, [{"id": "1"}]])
def test_what_is_no_client_is_refused_with_the_way_to_read_it(box):
    with pytest.raises(TypeError, match=f"not from {type(box).__name__}. Saved tables are read"):
        load_jobs(box)
