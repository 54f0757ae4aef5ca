"""The rows of a submission: what is wrong with them, what of them is sent, and in which request."""

import itertools

import pytest

from docgen_nb.request import BatchRequest
from docgen_nb.submission.checked_rows import MAX_REQUEST_BYTES, CheckedRows


def tag(path):
    return {"tag_content": f"{{{{{path}}}}}", "tag_type": "text", "json_paths": [path]}


@pytest.fixture
def checked():
    """Return a function that checks rows; the files are closed at the end."""
    opened = []

    def check(*rows, label="", **changes):
        given = {"template_id": "11", "folder_id": "5", "file_name": "Letter {id}"} | changes
        opened.append(CheckedRows(BatchRequest(**given), label=label))
        opened[-1].add(rows)
        return opened[-1]

    yield check
    for one in opened:
        one.close()


def test_only_an_error_excludes_a_row(checked):
    rows = checked(
        {"name": "Ada", "id": 1}, {"name": "Bo", "id": 2, "age": 3}, {"id": 4}, tags=[tag("name")]
    )

    assert [(one.row, one.severity, one.path) for one in rows.problems] == [
        (1, "warning", "age"),
        (2, "error", "name"),
    ]
    assert list(rows.good()) == [0, 1]


@pytest.mark.parametrize("pair", [("a", "A"), ("Zoë", "Zoe\u0308")])
def test_names_that_differ_in_case_or_the_form_of_accents_alone_are_the_same(checked, pair):
    rows = checked(*({"id": name} for name in pair), {"id": "b"})

    assert [(one.row, one.code, one.message) for one in rows.problems] == [
        (None, "same_name", "1 document has the file name of another one.")
    ]


@pytest.mark.parametrize(
    ("file_name", "sent"),
    [
        ("Letter {number}", {"order": {"id": 1, "no": 7}}),
        ("Letter {order.no}", {"order": {"id": 1}, "number": 9}),
        ("Letter {order.id}", {"order": {"id": 1, "no": 7}, "number": 9}),
        ("Letter {order}", {"order": {"id": 1, "no": 7}, "number": 9}),
    ],
)
def test_what_only_the_file_name_uses_is_not_sent(checked, file_name, sent):
    row = {"order": {"id": 1, "no": 7}, "number": 9}

    rows = checked(row, file_name=file_name, tags=[tag("order.id")])

    assert rows.document(0)["user_input"] == sent
    assert row == {"order": {"id": 1, "no": 7}, "number": 9}


def test_a_row_is_another_one_for_another_destination_or_label(checked):
    changes = [
        {},
        {"template_id": "12"},
        {"folder_id": "6"},
        {"output_type": "pdf"},
        {"label": "again"},
    ]

    hashes = [next(checked({"id": 1}, **one).hashes())[1] for one in changes]

    assert len(set(hashes)) == len(changes)
    assert next(checked({"id": 1}, template_version_id="3").hashes())[1] == hashes[0]


def test_a_request_has_at_most_so_many_documents_and_bytes(checked):
    rows = checked(*({"id": number, "text": "x" * 95_000} for number in range(45)))

    records = list(rows.records(chunk=100, keep_data=True))
    sizes = [
        sum(len(one.data) for one in of_chunk)
        for _, of_chunk in itertools.groupby(records, key=lambda one: one.chunk)
    ]

    assert len(sizes) == 2
    assert MAX_REQUEST_BYTES - 95_100 < sizes[0] <= MAX_REQUEST_BYTES
    few = [
        one.chunk
        for one in checked({"id": 1}, {"id": 2}, {"id": 3}).records(chunk=2, keep_data=False)
    ]
    assert few == [0, 0, 1]
