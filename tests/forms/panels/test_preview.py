"""The preview without a browser: words with marks, pages, and which request wins."""

import threading

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, plain
from tools import require

from docgen_nb import samples
from docgen_nb.errors import UnreadableTemplate
from docgen_nb.forms.panels.preview import Preview
from docgen_nb.template import Template

SECONDS = 60
NOTATION = "Dear {{name}}, {{text}}"


@pytest.fixture
def template():
    return Template(samples.template(NOTATION))


def texts(preview):
    return [w.value for w in all_widgets(preview.widget) if isinstance(w, widgets.HTML)]


def status(preview):
    return plain(texts(preview)[0])


def shown(preview, row):
    preview.value = row
    assert preview.done.wait(SECONDS)
    return texts(preview)


def test_the_words_are_shown_with_signs_at_what_is_filled_and_what_is_missing(template):
    preview = Preview(template, pages=False)
    assert status(preview) == "Nothing to show yet."
    _, problems, document = shown(preview, {"name": "Zoë & Ada <3", "more": 1})
    assert status(preview) == "1 place with missing data."
    assert plain(problems) == (
        "The tag 'text' was not provided in the input data. (document, paragraph 1) "
        "The tag 'more' was provided but not used in the template."
    )
    assert "Dear <u>Zoë &amp; Ada &lt;3</u>, <mark" in document
    assert ">⚠ {{text}}</mark>" in document
    assert repr(preview) == ("<Preview: 2 problems>\nDear [Zoë & Ada <3], [missing: {{text}}]")
    assert preview.value == {"name": "Zoë & Ada <3", "more": 1}


def test_of_a_function_only_the_missing_places_are_marked(template):
    preview = Preview(lambda row: template.render(row), pages=False, blocking=True)
    _, _, document = shown(preview, {"name": "Ada"})
    assert plain(document).endswith("Dear Ada, ⚠ {{text}}")
    assert "<u>" not in document


def test_the_last_request_wins(template):
    begun, go_on, rendered = threading.Event(), threading.Event(), []

    def render(row):
        rendered.append(row["name"])
        begun.set()
        assert go_on.wait(SECONDS)
        return template.render(row)

    preview = Preview(render, pages=False)
    preview.value = {"name": "first"}
    assert begun.wait(SECONDS)
    for name in ("second", "third", "last"):
        preview.value = {"name": name}
    go_on.set()
    assert preview.done.wait(SECONDS)
    assert rendered == ["first", "last"]
    assert "Dear last" in plain(texts(preview)[2])


def test_a_fault_is_shown_and_the_next_request_is_carried_out(template):
    def render(row):
        if not row:
            raise UnreadableTemplate("no_zip", "The file is <b>no</b> .docx.")
        return template.render(row)

    preview = Preview(render, pages=False)
    shown(preview, {})
    assert status(preview) == "UnreadableTemplate: The file is <b>no</b> .docx."
    assert "<b>no</b>" not in "".join(texts(preview))
    shown(preview, {"name": "Ada", "text": "."})
    assert status(preview) == "All is filled."


def test_a_fault_that_nobody_foresaw_loses_no_request(template):
    def render(row):
        if not row:
            raise KeyError("odd")
        return template.render(row)

    preview = Preview(render, pages=False, blocking=True)
    with pytest.raises(KeyError):
        preview.value = {}
    assert preview.done.is_set()
    assert status(preview) == "KeyError: 'odd'"
    shown(preview, {"name": "Ada"})
    assert status(preview) == "1 place with missing data."


def test_pages_are_shown_as_pictures_with_words_for_who_does_not_see_them(template):
    require("libreoffice")
    preview = Preview(template, pages=True)
    _, _, document = shown(preview, {"name": "Ada"})
    assert status(preview) == "1 place with missing data. 1 page."
    assert document.count("<img ") == 1
    assert 'alt="Page 1 of 1; its words are below the pages"' in document
    assert "<summary>The words</summary>" in document


def test_without_a_converter_the_words_stay_and_it_is_said_why(template, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", str(tmp_path / "none"))
    preview = Preview(template, pages=True)
    _, _, document = shown(preview, {"name": "Ada", "text": "."})
    assert status(preview).startswith("All is filled. There are no pages to show: ")
    assert "<u>Ada</u>" in document
    assert Preview(template)._pages is False


def test_a_closed_preview_makes_nothing_more(template):
    made, other = [], widgets.Text()
    preview = Preview(lambda row: made.append(row) or template.render(row), pages=False)
    preview.close()
    preview.value = {"name": "Ada"}
    assert preview.done.is_set()
    assert (made, preview.widget.comm, other.comm is not None) == ([], None, True)
