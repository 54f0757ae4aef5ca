"""BatchRequest: the body that Box accepts, and the problems to correct before sending."""

import json
from decimal import Decimal

import pandas as pd
import pytest

from docgen_nb import samples, wire
from docgen_nb.connection import connect
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem

NAME_TAG = {"tag_content": "{{name}}", "tag_type": "text", "json_paths": ["name"]}


def request(*rows, **changes):
    """A valid request, except for what a test changes."""
    return BatchRequest(**{"template_id": "11", "rows": list(rows) or [{}], **changes})


def facts(problems):
    return [(one.code, one.path, str(one), one.severity) for one in problems]


def test_the_body_is_as_documented_by_box():
    options = {"folder_id": "22", "output_type": "pdf", "file_name": "Letter {a}"}
    assert request({"a": 1}, {"a": 2}, **options).body() == {
        "file": {"type": "file", "id": "11"},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "22"},
        "output_type": "pdf",
        "document_generation_data": [
            {"generated_file_name": "Letter 1", "user_input": {"a": 1}},
            {"generated_file_name": "Letter 2", "user_input": {"a": 2}},
        ],
    }


def test_the_body_names_a_version_only_if_one_is_chosen():
    assert "file_version" not in request().body()
    assert request(template_version_id="33").body()["file_version"] == {
        "type": "file_version",
        "id": "33",
    }


def test_the_service_generates_documents_from_the_body():
    with connect("local") as box:
        file = box.upload_file(samples.letter_template(), name="Letter.docx")
        box.mark_template(file["id"])
        rows = [{**samples.letter(), "name": name} for name in ("Ada", "Bob")]
        letters = BatchRequest(
            file["id"], file_name="Letter to {name}", rows=rows, tags=box.list_tags(file["id"])
        )
        assert letters.problems() == []
        box.create_batch(letters.body())
        box.service.finish()
        names = sorted(item["name"] for item in box.list_folder_items("0"))
        assert names == ["Letter to Ada.docx", "Letter to Bob.docx", "Letter.docx"]
        assert [job["status"] for job in box.list_jobs()] == ["completed", "completed"]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("Order", "Order"),
        ("{order.id}", "7"),
        ("{order.id} for {to}", "7 for Ada"),
        ("{order.nothing}", "{order.nothing}"),
        ("{order}", "{order}"),
        ("{list}", "{list}"),
        ("{to.more}", "{to.more}"),
        ("{empty}", "{empty}"),
        ("{no}", "False"),
        ("{amount}", "5060.50"),
        ("{} {", "{} {"),
    ],
)
def test_paths_in_braces_are_replaced_in_the_file_name(pattern, name):
    row = {
        "order": {"id": 7},
        "to": "Ada",
        "list": [1],
        "empty": None,
        "no": False,
        "amount": Decimal("5060.50"),
    }
    assert request(row, file_name=pattern).file_names() == [name]


def test_a_complete_request_has_no_problems():
    assert request({"name": "Ada"}, tags=[NAME_TAG], file_name="a" * 255).problems() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"template_id": ""}, ("no_template", "template_id", "No template is chosen.")),
        ({"folder_id": ""}, ("no_folder", "folder_id", "No destination folder is chosen.")),
        (
            {"output_type": "odt"},
            ("output_type", "output_type", "The output type is 'odt'; it must be docx or pdf."),
        ),
        (
            {"rows": []},
            ("no_rows", "rows", "Add the data of at least one document."),
        ),
        ({"file_name": " "}, ("file_name", "file_name", "The file name is empty.")),
        (
            {"file_name": "a/b"},
            (
                *("file_name", "file_name"),
                "The file name 'a/b' contains a slash, a backslash or a control character.",
            ),
        ),
        (
            {"file_name": "a\\b"},
            (
                *("file_name", "file_name"),
                "The file name 'a\\\\b' contains a slash, a backslash or a control character.",
            ),
        ),
        (
            {"file_name": "a\x1fb"},
            (
                *("file_name", "file_name"),
                "The file name 'a\\x1fb' contains a slash, a backslash or a control character.",
            ),
        ),
        (
            {"file_name": "a "},
            (
                *("file_name", "file_name"),
                "The file name 'a ' is empty, is '.' or '..', or starts or ends with a space.",
            ),
        ),
        (
            {"file_name": "a" * 256},
            (
                *("file_name", "file_name"),
                f"The file name '{'a' * 60}' is longer than 255 characters.",
            ),
        ),
        (
            {"rows": [{"a": float("inf")}]},
            (
                *("no_json", "rows[0]"),
                "The data cannot be sent: data.a is inf, which JSON cannot hold.",
            ),
        ),
        (
            {"rows": [{"a": "x" * wire.MAX_USER_INPUT_BYTES}]},
            (
                *("too_large", "rows[0]"),
                "The data is 100 KB as JSON; Box accepts at most 100 KB.",
            ),
        ),
    ],
)
def test_what_box_rejects_is_an_error(changes, expected):
    assert facts(request(**changes).problems()) == [(*expected, "error")]


CIRCULAR = {}
CIRCULAR["a"] = CIRCULAR


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"a": None, "b": "null NaN Infinity"}, None),
        ({"a": [{"b": float("nan")}]}, "data.a[0].b is nan, which JSON cannot hold"),
        ({"a": Decimal("NaN")}, "data.a is NaN, which JSON cannot hold"),
        ({"a": Decimal("-Infinity")}, "data.a is -Infinity, which JSON cannot hold"),
        (CIRCULAR, "An object contains itself, which JSON cannot hold"),
        ({"a": 1j}, "complex cannot be sent as JSON: 1j"),
        ({("a", "b"): 1}, "tuple cannot be sent as JSON: ('a', 'b')"),
        (
            {"a": "\ud800"},
            "'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
        ),
    ],
    ids=["null", "NaN", "decimal NaN", "infinity", "circle", "type", "key", "lone surrogate"],
)
def test_data_that_json_cannot_hold_is_an_error(row, reason):
    message = f"The data cannot be sent: {reason}."
    expected = [] if reason is None else [("no_json", "rows[0]", message, "error")]
    assert facts(request(row).problems()) == expected


def test_a_number_that_json_lacks_is_not_taken_for_null():
    letter = request({"a": None})
    assert letter.problems() == []

    letter.rows[0]["a"] = float("nan")

    assert [problem.code for problem in letter.problems()] == ["no_json"]


def test_data_at_the_limit_of_size_is_accepted():
    row = {"a": "é" * ((wire.MAX_USER_INPUT_BYTES - len('{"a":""}')) // 2)}
    assert len(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()) == 100 * 1024
    assert request(row).problems() == []
    row["a"] += "x"
    assert [problem.code for problem in request(row).problems()] == ["too_large"]


def test_a_request_keeps_copies_of_what_it_is_set_to_and_gives_copies():
    row = {"order": {"id": 1}}
    letter = request()
    letter.update({"rows": [row]})
    row["order"]["id"] = 2
    letter.as_dict()["rows"][0]["order"]["id"] = 3

    assert letter.rows == [{"order": {"id": 1}}]


@pytest.mark.parametrize("pair", [("x", "X"), ("Zoë", "Zoe\u0308")])
def test_equal_file_names_are_a_warning(pair):
    rows = [*({"a": name} for name in pair), {"a": "y"}]
    assert facts(request(*rows, file_name="Letter {a}").problems()) == [
        (
            *("same_name", "file_name"),
            "2 documents have the same file name. Add a field, such as {order.id}.",
            "warning",
        )
    ]


def test_a_path_in_the_file_name_that_the_data_lacks_is_a_warning():
    assert facts(request({}, file_name="Order {order.id}").problems()) == [
        (
            *("name_unfilled", "file_name"),
            "The file name uses 'order.id', which is not in the data.",
            "warning",
        )
    ]


def test_the_data_of_each_document_is_checked_against_the_tags():
    letters = request({"name": "Ada"}, {"nmae": "Bob"}, file_name="{nmae}{name}", tags=[NAME_TAG])
    assert [p for p in facts(letters.problems()) if p[0] in ("missing", "unused")] == [
        (
            *("missing", "rows[1].name"),
            "Document 2: The tag 'name' was not provided in the input data.",
            "error",
        ),
        (
            *("unused", "rows[1].nmae"),
            "Document 2: The tag 'nmae' was provided but not used in the template.",
            "warning",
        ),
    ]


def test_a_problem_of_a_single_document_has_no_number():
    [problem] = request({}, tags=[NAME_TAG]).problems()
    assert problem == Problem(
        "missing",
        "The tag 'name' was not provided in the input data.",
        "rows[0].name",
        tag="{{name}}",
    )


def test_data_is_not_checked_without_tags():
    assert request({"anything": 1}).problems() == []
    assert [p.code for p in request({"anything": 1}, tags=[]).problems()] == ["unused"]


def test_a_listing_of_tags_is_read_once():
    reads = []

    def listing():
        reads.append(1)
        yield NAME_TAG

    letter = request({"name": "Ada"}, tags=listing())
    assert letter.problems() == []
    letter.rows.append({})
    assert "rows[1].name" in [one.path for one in letter.problems()]
    assert reads == [1]


# Data that is the same for all documents


def test_common_data_is_in_each_document_and_overridden_by_its_own():
    letters = request(
        {"order": {"id": 1}},
        {"order": {"id": 2, "terms": "now"}, "lines": [2]},
        common={"logo": "x", "lines": [1], "order": {"terms": "30 days"}},
        file_name="{order.id} {order.terms}",
    )
    assert [one["user_input"] for one in letters.body()["document_generation_data"]] == [
        {"logo": "x", "lines": [1], "order": {"terms": "30 days", "id": 1}},
        {"logo": "x", "lines": [2], "order": {"terms": "now", "id": 2}},
    ]
    assert letters.file_names() == ["1 30 days", "2 now"]
    assert letters.rows == [
        {"order": {"id": 1}},
        {"order": {"id": 2, "terms": "now"}, "lines": [2]},
    ]
    assert BatchRequest(**letters.as_dict()) == letters


def test_objects_within_objects_of_common_data_are_merged():
    letters = request({"a": {"b": {"c": 1}}}, common={"a": {"b": {"d": 2}}})

    assert letters.documents() == [{"a": {"b": {"d": 2, "c": 1}}}]


def test_common_data_is_checked_with_each_document():
    letters = request({}, {"name": "Bob"}, tags=[NAME_TAG], file_name="{name}")
    assert [one.code for one in letters.problems()] == ["name_unfilled", "missing"]

    letters.common = {"name": "Ada"}
    assert letters.problems() == []
    letters.common["name"] = float("nan")
    assert [one.code for one in letters.problems() if one.path == "rows[0]"] == ["no_json"]
    letters.common["name"] = "x" * wire.MAX_USER_INPUT_BYTES
    assert [one.code for one in letters.problems() if one.path == "rows[0]"] == ["too_large"]


def test_common_data_is_in_the_code():
    letters = request({"to": "Ada"}, common={"logo": "x"})
    assert "    common={'logo': 'x'},\n" in letters.as_python()
    assert "common" not in request({"to": "Ada"}).as_python()
    assert '"logo": "x"' in letters.as_curl()


def test_a_data_frame_is_refused_with_the_function_that_converts_it():
    with pytest.raises(TypeError) as raised:
        BatchRequest("11", rows=pd.DataFrame({"name": ["Ada"]}))
    assert str(raised.value) == (
        "rows is a DataFrame. Convert it to a list with one dict per document: "
        "rows=dg.rows_from_table(table, tags=box.list_tags(template_id))."
    )


def test_each_document_has_an_id_of_its_own_data():
    request = BatchRequest("1", external_id="x-{id}", rows=[{"id": "A"}, {"id": 7}])
    assert request.external_ids() == ["x-A", "x-7"]
    assert BatchRequest("1", rows=[{"id": "A"}]).external_ids() == []
