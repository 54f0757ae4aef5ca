"""Values printed without modifiers, and pictures in base64."""

import zipfile
from io import BytesIO

import pytest

from docgen_nb import samples
from docgen_nb.template import Template
from docgen_nb.template.render.image_data import InvalidPicture, read_picture

GIF = "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="


@pytest.mark.parametrize("text", [GIF, GIF.rstrip("="), f"{GIF[:8]}\r\n {GIF[8:]}\t"])
def test_base64_may_lack_padding_and_contain_blanks(text):
    assert read_picture(text) == read_picture(GIF)


@pytest.mark.parametrize("character", ["-", "_", "\0", "\u00e9", "="])
def test_base64_with_other_characters_is_refused(character):
    with pytest.raises(InvalidPicture) as caught:
        read_picture(f"{GIF[:8]}{character}{GIF[9:]}")

    assert str(caught.value) == "is not valid base64"


def test_text_that_looks_like_a_placeholder_stays_text():
    notation = "docgen0123456789abcdef:0; {{a}} docgen:1; {{b}} ;"

    document = Template(samples.template(notation)).render({"a": "x", "b": "<b>y</b>"})

    assert document.text() == "docgen0123456789abcdef:0; x docgen:1; y ;"


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 17])
def test_neighboring_values_of_an_object_are_printed_in_order(count):
    names = [f"n{number}" for number in range(count)]
    template = Template(samples.template(" ".join(f"{{{{o.{name}}}}}" for name in names) + " end"))
    values = ["a & b", 7, 2.50, "plain", True, "x" * 41, 1 << 70, "l < m"]
    data = {name: values[number % 8] for number, name in enumerate(names)}

    document = template.render({"o": data})

    texts = ["a & b", "7", "2.5", "plain", "true", "x" * 41, str(1 << 70), "l < m"]
    expected = " ".join(texts[number % 8] for number in range(count))
    assert document.text() == f"{expected} end"
    assert document.errors == []


@pytest.mark.parametrize("owner", [None, "text", 5, {}])
def test_members_of_something_that_is_not_an_object_are_missing(owner):
    template = Template(samples.template("{{o.a}} and {{o.b}}."))

    document = template.render({"o": owner})

    assert document.text() == "{{o.a}} and {{o.b}}."
    assert [str(error) for error in document.errors] == [
        "The tag 'o.a' was not provided in the input data.",
        "The tag 'o.b' was not provided in the input data.",
    ]


def test_the_content_types_of_a_document_with_a_picture_are_valid():
    logo = "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs" + "=" + "\n" * 20

    content = Template(samples.template("{{logo}}")).render({"logo": logo}).content

    with zipfile.ZipFile(BytesIO(content)) as document:
        assert document.testzip() is None
        assert b'Extension="gif"' in document.read("[Content_Types].xml")
