"""BatchRequest: the body that Box takes, and what is to be looked at before it is sent."""

import json
from decimal import Decimal

import pytest

from docgen_nb import samples, wire
from docgen_nb.connection import connect
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem

NAME_TAG = {"tag_content": "{{name}}", "tag_type": "text", "json_paths": ["name"]}


def request(*rows, **changes):
    """A request that lacks nothing but what a test takes away."""
    return BatchRequest(**{"template_id": "11", "rows": list(rows) or [{}], **changes})


def told(found):
    return [(problem.code, problem.path, str(problem), problem.severity) for problem in found]


def test_the_body_is_box_s():
    found = request({"a": 1}, {"a": 2}, folder_id="22", output_type="pdf", file_name="Letter {a}")
    assert found.body() == {
        "file": {"type": "file", "id": "11"},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "22"},
        "output_type": "pdf",
        "document_generation_data": [
            {"generated_file_name": "Letter 1", "user_input": {"a": 1}},
            {"generated_file_name": "Letter 2", "user_input": {"a": 2}},
        ],
    }


def test_a_version_is_named_only_if_one_is_chosen():
    assert "file_version" not in request().body()
    assert request(template_version_id="33").body()["file_version"] == {
        "type": "file_version",
        "id": "33",
    }


def test_the_service_takes_the_body_and_makes_the_documents():
    with connect("local") as box:
        file = box.upload_file(samples.letter_template(), name="Letter.docx")
        box.mark_template(file["id"])
        rows = [{**samples.letter(), "name": name} for name in ("Ada", "Bob")]
        found = BatchRequest(
            file["id"], file_name="Letter to {name}", rows=rows, tags=box.list_tags(file["id"])
        )
        assert found.problems() == []
        box.create_batch(found.body())
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
def test_braces_in_the_file_name_stand_for_the_data(pattern, name):
    row = {
        "order": {"id": 7},
        "to": "Ada",
        "list": [1],
        "empty": None,
        "no": False,
        "amount": Decimal("5060.50"),
    }
    assert request(row, file_name=pattern).file_names() == [name]


def test_what_lacks_nothing_has_no_problems():
    assert request({"name": "Ada"}, tags=[NAME_TAG]).problems() == []


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
            ("no_rows", "rows", "There are no data, so there would be no document."),
        ),
        ({"file_name": " "}, ("file_name", "file_name", "The file name is empty.")),
        (
            {"file_name": "a/b"},
            (
                *("file_name", "file_name"),
                "The file name 'a/b' holds a slash, a backslash or a control character.",
            ),
        ),
        (
            {"file_name": "a "},
            (
                *("file_name", "file_name"),
                "The file name 'a ' is empty, a dot name, or begins or ends with a blank.",
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
                "The data hold NaN, an infinity or a circle; JSON has none.",
            ),
        ),
        (
            {"rows": [{"a": "x" * wire.MAX_USER_INPUT_BYTES}]},
            (
                *("too_large", "rows[0]"),
                "The data have 100 KB as JSON; Box takes at most 100 KB.",
            ),
        ),
    ],
)
def test_what_box_would_refuse_is_an_error(changes, expected):
    assert told(request(**changes).problems()) == [(*expected, "error")]


def test_a_value_that_is_no_json_is_an_error():
    [problem] = request({"a": object()}).problems()
    assert (problem.code, problem.path, problem.severity) == ("no_json", "rows[0]", "error")
    assert str(problem) == (
        "The data cannot be sent as JSON: Encoding objects of type object is unsupported."
    )


CIRCLE = {}
CIRCLE["a"] = CIRCLE


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"a": None, "b": "null NaN Infinity"}, None),
        ({"a": [{"b": float("nan")}]}, "hold NaN, an infinity or a circle; JSON has none"),
        ({"a": Decimal("NaN")}, "hold NaN, an infinity or a circle; JSON has none"),
        ({"a": Decimal("-Infinity")}, "hold NaN, an infinity or a circle; JSON has none"),
        (CIRCLE, "hold NaN, an infinity or a circle; JSON has none"),
        (
            {("a", "b"): 1},
            "cannot be sent as JSON: Only dicts with str-like or number-like keys are supported",
        ),
        (
            {"a": "\ud800"},
            "cannot be sent as JSON: 'utf-8' codec can't encode character '\\ud800' in position "
            "0: surrogates not allowed",
        ),
    ],
    ids=["null", "NaN", "decimal NaN", "infinity", "circle", "key", "half a character"],
)
def test_what_json_has_not_is_told_and_nothing_else(row, message):
    expected = [] if message is None else [("no_json", "rows[0]", f"The data {message}.", "error")]
    assert told(request(row).problems()) == expected


def test_data_just_under_the_limit_are_no_problem():
    row = {"a": "é" * ((wire.MAX_USER_INPUT_BYTES - len('{"a":""}')) // 2)}
    assert len(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()) == 100 * 1024
    assert request(row).problems() == []
    row["a"] += "x"
    assert [problem.code for problem in request(row).problems()] == ["too_large"]


def test_file_names_that_are_alike_are_a_warning():
    rows = [{"a": "x"}, {"a": "X"}, {"a": "y"}]
    assert told(request(*rows, file_name="Letter {a}").problems()) == [
        (
            *("same_name", "file_name"),
            "2 documents share their file name with another; a path in braces, such as "
            "{order.id}, tells them apart.",
            "warning",
        )
    ]


def test_a_file_name_that_asks_for_what_is_not_there_is_a_warning():
    assert told(request({}, file_name="Order {order.id}").problems()) == [
        (
            *("name_unfilled", "file_name"),
            "The data lack 'order.id', which the file name asks for.",
            "warning",
        )
    ]


def test_data_are_checked_against_the_tags_document_by_document():
    found = request({"name": "Ada"}, {"nmae": "Bob"}, file_name="{nmae}{name}", tags=[NAME_TAG])
    assert [p for p in told(found.problems()) if p[0] in ("missing", "unused")] == [
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


def test_a_problem_of_the_only_document_has_no_number():
    [problem] = request({}, tags=[NAME_TAG]).problems()
    assert problem == Problem(
        "missing",
        "The tag 'name' was not provided in the input data.",
        "rows[0].name",
        tag="{{name}}",
    )


def test_without_tags_the_data_are_not_checked():
    assert request({"anything": 1}).problems() == []
    assert [p.code for p in request({"anything": 1}, tags=[]).problems()] == ["unused"]


def test_tags_given_as_a_listing_are_read_once():
    walks = []

    def listing():
        walks.append(1)
        yield NAME_TAG

    found = request({"name": "Ada"}, tags=listing())
    assert found.problems() == found.problems() == []
    assert walks == [1]
