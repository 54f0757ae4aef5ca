"""Preview without a browser: text with highlights, pages, and which data is rendered."""

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


class Observed(Template):
    """A template that calls a function before it renders."""

    def __init__(self, content, before):
        super().__init__(content)
        self._before = before

    def render(self, row):
        self._before(row)
        return super().render(row)


def observed(before):
    return Observed(samples.template(NOTATION), before)


@pytest.fixture
def template():
    return Template(samples.template(NOTATION))


def texts(preview):
    return [w.value for w in all_widgets(preview.widget) if isinstance(w, widgets.HTML)]


def show(preview, row):
    preview.value = row
    assert preview.done.wait(SECONDS)
    return texts(preview)


def test_the_text_is_shown_with_highlights_for_filled_and_missing_data(template):
    preview = Preview(template, pages=False)
    assert preview.status == "No data to show yet."
    _, problems, document = show(preview, {"name": "Zoë & Ada <3", "more": 1})
    assert preview.status == "Data is missing in 1 place."
    assert plain(problems) == (
        "The tag 'text' was not provided in the input data. (document, paragraph 1) "
        "The tag 'more' was provided but not used in the template."
    )
    assert "Dear <u>Zoë &amp; Ada &lt;3</u>, <mark" in document
    assert ">⚠ {{text}}</mark>" in document
    assert repr(preview) == ("<Preview: 2 problems>\nDear [Zoë & Ada <3], [missing: {{text}}]")
    assert preview.value == {"name": "Zoë & Ada <3", "more": 1}


def test_of_the_data_set_during_rendering_only_the_latest_is_rendered():
    began, resume, rendered = threading.Event(), threading.Event(), []

    def wait(row):
        rendered.append(row["name"])
        began.set()
        assert resume.wait(SECONDS)

    preview = Preview(observed(wait), pages=False)
    preview.value = {"name": "first"}
    assert began.wait(SECONDS)
    for name in ("second", "third", "last"):
        preview.value = {"name": name}
    resume.set()
    assert preview.done.wait(SECONDS)
    assert rendered == ["first", "last"]
    assert "Dear [last]" in repr(preview)


def test_an_error_is_shown_and_later_data_is_rendered():
    def reject_empty(row):
        if not row:
            raise UnreadableTemplate("no_zip", "The file is <b>not</b> a .docx file.")

    preview = Preview(observed(reject_empty), pages=False)
    show(preview, {})
    assert preview.status == "UnreadableTemplate: The file is <b>not</b> a .docx file."
    assert "<b>not</b>" not in "".join(texts(preview))
    show(preview, {"name": "Ada", "text": "."})
    assert preview.status == "No missing data."


def test_an_unexpected_error_is_raised_and_later_data_is_rendered():
    def fail_on_empty(row):
        if not row:
            raise KeyError("name")

    preview = Preview(observed(fail_on_empty), pages=False, blocking=True)
    with pytest.raises(KeyError):
        preview.value = {}
    assert preview.done.is_set()
    assert preview.status == "KeyError: 'name'"
    show(preview, {"name": "Ada"})
    assert preview.status == "Data is missing in 1 place."


def test_pages_are_shown_as_pictures_with_their_text_below(template):
    require("libreoffice")
    preview = Preview(template, pages=True)
    pale = []
    preview.widget.observe(
        lambda change: pale.append("docgen-stale" in change["new"]), "_dom_classes"
    )
    _, _, document = show(preview, {"name": "Ada"})
    assert preview.status == "Data is missing in 1 place. 1 page."
    assert pale == [True, False]  # until the pages show this data
    assert document.count("<img ") == 1
    assert 'alt="Page 1 of 1; its text is below the pages"' in document
    assert "<summary>Document text</summary>" in document


def test_without_a_converter_the_text_stays_and_the_status_says_why(
    template, monkeypatch, tmp_path
):
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", str(tmp_path / "none"))
    preview = Preview(template, pages=True)
    _, _, document = show(preview, {"name": "Ada", "text": "."})
    assert preview.status.startswith("No missing data. Can't show pages: ")
    assert "<u>Ada</u>" in document
    by_default = Preview(template, blocking=True)
    show(by_default, {"name": "Ada", "text": "."})
    assert by_default.status == "No missing data."


def test_a_closed_preview_renders_nothing():
    rendered, other = [], widgets.Text()
    preview = Preview(observed(rendered.append), pages=False)
    preview.close()
    preview.value = {"name": "Ada"}
    assert preview.done.is_set()
    assert (rendered, preview.widget.comm, other.comm is not None) == ([], None, True)
