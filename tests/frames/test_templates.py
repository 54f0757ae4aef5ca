"""Tests of the tables of templates and tags."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from docgen_nb import connect, samples, wire
from docgen_nb.errors import UnreadableReply
from docgen_nb.frames import tags_frame, templates_frame


def test_templates_of_the_service_become_a_table():
    with connect("local") as box:
        file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
        box.mark_template(file["id"])

        frame = templates_frame(box.list_templates())

    expected = pd.DataFrame({"template_id": [file["id"]], "file_name": ["Letter.docx"]})
    assert_frame_equal(frame, expected.astype("str"))
    assert frame.attrs["source"] == wire.LOCAL_URL


def test_a_template_without_a_name_or_with_a_numeric_id_has_a_row():
    frame = templates_frame([{"file": {"id": 41}, "file_name": None}, {}])

    expected = pd.DataFrame({"template_id": ["41", None], "file_name": [None, None]})
    assert_frame_equal(frame, expected.astype("str"))


def test_tags_become_a_table():
    frame = tags_frame(
        [
            {"tag_content": "{{a.b}}", "tag_type": "text", "json_paths": ["a", "a.b"]},
            {"tag_content": "{{1 + 2}}", "tag_type": "arithmetic", "json_paths": []},
            {"tag_content": "{{?}}", "tag_type": "new"},
        ]
    )

    expected = pd.DataFrame(
        {
            "tag_content": ["{{a.b}}", "{{1 + 2}}", "{{?}}"],
            "tag_type": ["text", "arithmetic", "new"],
            "json_paths": ["a, a.b", "", ""],
        }
    ).astype("str")
    assert_frame_equal(frame, expected)


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (templates_frame, ["template_id", "file_name"]),
        (tags_frame, ["tag_content", "tag_type", "json_paths"]),
    ],
)
def test_no_entries_give_all_columns(make, columns):
    frame = make([])

    assert {name: str(kind) for name, kind in frame.dtypes.items()} == dict.fromkeys(columns, "str")
    assert len(frame) == 0


@pytest.mark.parametrize("make", [templates_frame, tags_frame])
def test_a_whole_reply_is_refused(make):
    with pytest.raises(TypeError) as caught:
        make({"entries": []})

    assert str(caught.value) == (
        f"{make.__name__} takes the entries of a reply, not the reply: reply['entries']."
    )


def test_a_template_whose_file_is_not_an_object_is_refused_and_named():
    with pytest.raises(UnreadableReply) as caught:
        templates_frame([{"file": "41"}])

    assert str(caught.value) == "file of entry None must be an object, not '41'."
