"""The explorer without a browser: the tree, where things are used, and what goes wrong."""

import threading

import ipywidgets as widgets
import pytest
from forms.conftest import add_template
from forms.interactions import all_widgets, plain, update

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
    """A client with one answer changed."""

    def __init__(self, box, **answers):
        self._box, self._answers = box, answers

    def __getattr__(self, name):
        return self._answers.get(name) or getattr(self._box, name)


def explorer_of(source, **options):
    return TemplateExplorer(source, blocking=True, poll_seconds=0, **options)


def control(explorer):
    [found] = [w for w in all_widgets(explorer.widget) if isinstance(w, widgets.Combobox)]
    return found


def page(explorer):
    return explorer._page.value


def test_a_local_template_is_a_tree_with_the_places_of_its_tags(tmp_path):
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
        "What the data must have to : object name : text, used 2 times "
        "{{to.name}} in document, paragraph 1 {{to.name}} in document, paragraph 2 "
        "city : text, optional, used once {{to.city :: optional}} in document, paragraph 1 "
    )
    assert control(explorer).layout.display == "none"


def test_bytes_and_an_opened_template_are_shown_too():
    content = samples.template(NOTATION)
    first, second = explorer_of(content), explorer_of(Template(content))
    assert repr(first) == repr(second)
    assert repr(first).startswith("<TemplateExplorer: Template, 3 tags, 0 problems>")


def test_the_parts_are_folded_and_the_tree_is_open():
    found = page(explorer_of(samples.template(NOTATION)))
    assert found.startswith("<details open><summary>What the data must have</summary><ul>")
    for title in ("Sample data", "JSON Schema", "Dataclass"):
        assert f"<details><summary>{title}</summary><pre>" in found
    assert "<details><summary>Problems of the template</summary><p>None.</p></details>" in found


def test_the_problems_of_a_template_are_shown_with_their_places():
    explorer = explorer_of(samples.template(BROKEN))
    [problem] = explorer.contents.problems
    assert f"{problem} (document, paragraph 1)" in plain(page(explorer))
    assert "<details open><summary>Problems of the template</summary>" in page(explorer)
    assert repr(explorer).endswith(f"problem: {problem} (document, paragraph 1)")


def test_a_template_without_tags_says_so():
    explorer = explorer_of(samples.template("no tags"))
    assert "<p>The template has no tags.</p>" in page(explorer)
    assert repr(explorer) == "<TemplateExplorer: Template, 0 tags, 0 problems>"


@pytest.mark.parametrize("source", [b"no template", b""])
def test_a_local_file_that_is_none_is_an_error_at_once(source):
    with pytest.raises(UnreadableTemplate):
        explorer_of(source)


def test_a_path_that_leads_nowhere_is_an_error_at_once(tmp_path):
    with pytest.raises(FileNotFoundError):
        explorer_of(tmp_path / "none.docx")


def test_the_only_template_of_a_service_is_shown(box, letter):
    explorer = explorer_of(box)
    assert explorer.value == letter
    assert explorer.status == "Letter.docx, 4 tags, 0 problems."
    assert "in document, paragraph 1" in plain(page(explorer))


def test_of_several_templates_one_is_chosen(box, letter):
    other = add_template(box, "{{a}}", name="Note.docx")
    explorer = explorer_of(box)
    assert (explorer.status, page(explorer)) == ("Choose a template.", "")
    update(control(explorer), value="Note.docx")
    assert (explorer.value, explorer.status) == (other, "Note.docx, 1 tag, 0 problems.")
    update(control(explorer), value="Not")
    assert (explorer.value, explorer.status, page(explorer)) == ("", "Choose a template.", "")
    explorer.value = letter
    assert explorer.status == "Letter.docx, 4 tags, 0 problems."


def test_a_service_without_templates_says_so(box):
    assert explorer_of(box).status == "There are no templates yet."


def test_a_template_that_is_not_ready_is_waited_for(box, letter):
    answers = iter([NotReady(), NotReady(), list(box.list_tags(letter))])

    def list_tags(template_id):
        answer = next(answers)
        if isinstance(answer, NotReady):
            raise answer
        return answer

    explorer = explorer_of(Wrapped(box, list_tags=list_tags))
    assert explorer.status == "Letter.docx, 4 tags, 0 problems."


def test_without_the_file_the_tags_are_shown_alone(box, letter):
    def download_file(file_id):
        raise NotFound(status=404, code="not_found", message="Not <b>Found</b>")

    explorer = explorer_of(Wrapped(box, download_file=download_file))
    assert explorer.status == (
        "Letter.docx, 4 tags, 0 problems. Places and problems are not known: "
        "NotFound: 404 not_found: Not <b>Found</b>"
    )
    assert "<b>Found" not in explorer._line.value
    assert "Not known: the file of the template could not be read, only its tags." in page(explorer)
    assert "used once {{to.name}} city" in plain(page(explorer))


def test_a_file_with_other_tags_than_the_service_lists_gives_no_places(box, letter):
    other = samples.template("{{other}}")
    explorer = explorer_of(Wrapped(box, download_file=lambda file_id: other))
    assert explorer.status.endswith("the file has other tags than the service lists.")
    assert explorer.contents.places is None


def test_a_template_that_does_not_exist_is_told(box, letter):
    explorer = explorer_of(box, template_id="1")
    assert explorer.status.startswith("NotFound: 404 not_found")
    assert (explorer.contents, control(explorer).value) == (None, "Template 1")
    assert repr(explorer) == f"<TemplateExplorer: {explorer.status}>"


def test_the_template_that_was_chosen_last_is_shown(box, letter):
    other = add_template(box, "{{a}}", name="Note.docx")
    go_on = threading.Event()

    def list_tags(template_id):
        if template_id == letter:
            assert go_on.wait(SECONDS)
        return box.list_tags(template_id)

    explorer = TemplateExplorer(Wrapped(box, list_tags=list_tags), template_id=letter)
    explorer.value = other
    assert explorer.done.wait(SECONDS)
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "docgen-nb explorer":
            thread.join(SECONDS)
    assert explorer.status == "Note.docx, 1 tag, 0 problems."
    assert repr(explorer).endswith("\na: text")


def test_names_and_tags_are_escaped():
    explorer = explorer_of(samples.template('{{a :: default("<img src=x onerror=alert(1)>")}}'))
    assert "<img" not in page(explorer)


def test_closing_ends_the_waiting_and_leaves_other_widgets_open(box, letter):
    def list_tags(template_id):
        raise NotReady

    other = widgets.Text()
    explorer = TemplateExplorer(Wrapped(box, list_tags=list_tags), poll_seconds=SECONDS)
    explorer.close()
    assert explorer.done.wait(SECONDS)
    assert (explorer.widget.comm, other.comm is not None) == (None, True)
