"""TemplateExplorer without a browser: the tree, the places of tags, and errors."""

import threading

import ipywidgets as widgets
import pytest
from forms.conftest import add_template
from forms.interactions import all_widgets, html, plain, update

from docgen_nb import samples
from docgen_nb.errors import NotFound, NotReady, UnreadableTemplate
from docgen_nb.forms.panels.template_explorer import TemplateExplorer
from docgen_nb.template import Template

SECONDS = 10
NOTATION = """
Dear {{to.name}} of {{to.city :: optional}},
{{to.name}}
"""
BROKEN = "Dear {{to.name}}, {{if a}}"


class Wrapped:
    """A client with some of its methods replaced."""

    def __init__(self, box, **methods):
        self._box, self._methods = box, methods

    def __getattr__(self, name):
        return self._methods.get(name) or getattr(self._box, name)


def explorer_of(source, **options):
    return TemplateExplorer(source, blocking=True, poll_seconds=0, **options)


def control(explorer):
    [match] = [w for w in all_widgets(explorer.widget) if isinstance(w, widgets.Combobox)]
    return match


def page(explorer):
    return html(explorer)[1]


def test_a_local_template_is_shown_as_a_tree_with_the_places_of_its_tags(tmp_path):
    path = tmp_path / "Letter.docx"
    path.write_bytes(samples.template(NOTATION))
    for source in (path, str(path)):
        explorer = explorer_of(source)
        assert repr(explorer) == (
            "<TemplateExplorer: Letter.docx, 3 tags, 0 problems>\n"
            "to: object\n"
            "  name: text\n"
            "  city: text, optional"
        )
    assert explorer.status == "Letter.docx, 3 tags, 0 problems."
    assert plain(page(explorer)).startswith(
        "Data to : object name : text, used 2 times "
        "{{to.name}} in document, paragraph 1 {{to.name}} in document, paragraph 2 "
        "city : text, optional, used once {{to.city :: optional}} in document, paragraph 1 "
    )
    assert control(explorer).layout.display == "none"


def test_bytes_and_an_opened_template_are_shown():
    content = samples.template(NOTATION)
    first, second = explorer_of(content), explorer_of(Template(content))
    assert repr(first) == repr(second)
    assert repr(first).startswith("<TemplateExplorer: Template, 3 tags, 0 problems>")


def test_only_the_tree_is_open():
    html = page(explorer_of(samples.template(NOTATION)))
    assert html.startswith("<details open><summary>Data</summary><ul>")
    for title in ("Sample data", "JSON Schema", "Dataclass"):
        assert f"<details><summary>{title}</summary><pre>" in html
    assert "<details><summary>Problems</summary><p>None</p></details>" in html


def test_the_problems_of_a_template_are_shown_with_their_places():
    explorer = explorer_of(samples.template(BROKEN))
    [problem] = explorer.contents.problems
    assert f"{problem} (document, paragraph 1)" in plain(page(explorer))
    assert "<details open><summary>Problems</summary>" in page(explorer)
    assert repr(explorer).endswith(f"problem: {problem} (document, paragraph 1)")


def test_a_template_without_tags():
    explorer = explorer_of(samples.template("no tags"))
    assert "<p>The template has no tags.</p>" in page(explorer)
    assert repr(explorer) == "<TemplateExplorer: Template, 0 tags, 0 problems>"


@pytest.mark.parametrize("source", [b"not a template", b""])
def test_an_unreadable_local_file_raises_at_once(source):
    with pytest.raises(UnreadableTemplate):
        explorer_of(source)


def test_a_missing_local_file_raises_at_once(tmp_path):
    with pytest.raises(FileNotFoundError):
        explorer_of(tmp_path / "none.docx")


def test_the_only_template_of_a_service_is_shown(box, letter):
    explorer = explorer_of(box)
    assert explorer.value == letter
    assert explorer.status == "Letter.docx, 4 tags, 0 problems."
    assert "in document, paragraph 1" in plain(page(explorer))


def test_a_person_chooses_one_of_several_templates(box, letter):
    other = add_template(box, "{{a}}", name="Note.docx")
    explorer = explorer_of(box)
    assert (explorer.status, page(explorer)) == ("Choose a template.", "")
    update(control(explorer), value="Note.docx")
    assert (explorer.value, explorer.status) == (other, "Note.docx, 1 tag, 0 problems.")
    update(control(explorer), value="Not")
    assert (explorer.value, explorer.status, page(explorer)) == ("", "Choose a template.", "")
    explorer.value = letter
    assert explorer.status == "Letter.docx, 4 tags, 0 problems."


def test_a_service_without_templates(box):
    assert explorer_of(box).status == "There are no templates."


def test_the_explorer_waits_for_tags_that_are_not_ready(box, letter):
    answers = iter([NotReady(), NotReady(), list(box.list_tags(letter))])

    def list_tags(template_id):
        answer = next(answers)
        if isinstance(answer, NotReady):
            raise answer
        return answer

    explorer = explorer_of(Wrapped(box, list_tags=list_tags))
    assert explorer.status == "Letter.docx, 4 tags, 0 problems."


def test_without_the_file_only_the_tags_are_shown(box, letter):
    def download_file(file_id):
        raise NotFound(status=404, code="not_found", message="Not <b>Found</b>")

    explorer = explorer_of(Wrapped(box, download_file=download_file))
    assert explorer.status == (
        "Letter.docx, 4 tags, 0 problems. Places and problems are unknown: "
        "NotFound: 404 not_found: Not <b>Found</b>"
    )
    assert "<b>Found" not in html(explorer)[0]
    assert "Unknown: only the tags of the template could be read, not its file." in page(explorer)
    assert "used once {{to.name}} city" in plain(page(explorer))


def test_a_file_with_other_tags_gives_no_places(box, letter):
    other = samples.template("{{other}}")
    explorer = explorer_of(Wrapped(box, download_file=lambda file_id: other))
    assert explorer.status.endswith("the tags in the file differ from those of the service.")
    assert explorer.contents.places is None


def test_a_missing_template_is_reported(box, letter):
    explorer = explorer_of(box, template_id="1")
    gone = "This template was deleted, or this account may not see it. Choose another one."
    assert explorer.status == gone
    assert (explorer.contents, control(explorer).value) == (None, "Template 1")
    assert repr(explorer) == f"<TemplateExplorer: {explorer.status}>"


def test_the_template_chosen_last_is_shown(box, letter):
    other = add_template(box, "{{a}}", name="Note.docx")
    resume = threading.Event()

    def list_tags(template_id):
        if template_id == letter:
            assert resume.wait(SECONDS)
        return box.list_tags(template_id)

    explorer = TemplateExplorer(Wrapped(box, list_tags=list_tags), template_id=letter)
    explorer.value = other
    assert explorer.done.wait(SECONDS)
    resume.set()
    for thread in threading.enumerate():
        if thread.name == "docgen-nb tags":
            thread.join(SECONDS)
    assert explorer.status == "Note.docx, 1 tag, 0 problems."
    assert repr(explorer).endswith("\na: text")


def test_names_and_tags_are_escaped():
    explorer = explorer_of(samples.template('{{a :: default("<img src=x onerror=alert(1)>")}}'))
    assert "<img" not in page(explorer)


def test_closing_stops_waiting_and_leaves_other_widgets_open(box, letter):
    def list_tags(template_id):
        raise NotReady

    other = widgets.Text()
    explorer = TemplateExplorer(Wrapped(box, list_tags=list_tags), poll_seconds=SECONDS)
    explorer.close()
    assert explorer.done.wait(SECONDS)
    assert (explorer.widget.comm, other.comm is not None) == (None, True)
