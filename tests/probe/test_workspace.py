"""The folder of a probe: what it counts, what it deletes, and how it words what it saw."""

from types import SimpleNamespace

import pytest

from docgen_nb.errors import BadRequest, NotReady
from docgen_nb.probe.language import case
from docgen_nb.probe.state import State
from docgen_nb.probe.wire_questions import duration
from docgen_nb.probe.workspace import Workspace


class Box:
    """A client that notes its calls; tags are there after some of them."""

    def __init__(self, *, not_ready=0):
        self.log, self.not_ready = [], not_ready

    def request(self, method, path, *, query=None, body=None):
        self.log.append(f"{method} {path}")

    def list_tags(self, template_id):
        self.log.append("tags")
        if len(self.log) <= self.not_ready:
            raise NotReady("not yet")
        return [{"tag_content": "{{a}}"}]

    def create_batch(self, body):
        raise BadRequest(status=400, code="bad_request", message="No.")


def workspace(box, **state):
    return Workspace(box, "0", state=State("account", **state), pause=0.0, patience=10.0)


def test_a_folder_is_deleted_once():
    box = Box()
    space = workspace(box, folder_id="5")

    assert [space.remove_folder(), space.remove_folder()] == [[], []]
    assert box.log == ["DELETE /2.0/folders/5"]


def test_tags_that_are_not_ready_are_asked_for_again():
    box = Box(not_ready=2)

    assert workspace(box).first_tags("7") == ([{"tag_content": "{{a}}"}], 0.0)
    assert box.log == ["tags"] * 3


def test_documents_of_a_refused_batch_do_not_count():
    space = workspace(Box(), documents=3)

    with pytest.raises(BadRequest):
        space.send(space.body("7", [{}, {}]))
    assert space.state.documents == 3


def test_a_question_has_the_data_that_its_tags_name():
    assert case({"plain": "{{text}} {{object}}"}).user_input == {
        "text": "Acme Inc",
        "object": {"key": "value"},
    }


def test_the_wait_for_tags_counts_from_a_second_on(monkeypatch):
    times = iter((0.0, 0.4, 5.0))
    clock = SimpleNamespace(monotonic=lambda: next(times), sleep=lambda seconds: None)
    monkeypatch.setattr("docgen_nb.probe.workspace.time", clock)

    assert workspace(Box(not_ready=1)).first_tags("7") == ([{"tag_content": "{{a}}"}], 5.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "at once"),
        (10.0, "within 10 s"),
        (10.5, "within a minute"),
        (60.5, "not within a minute"),
    ],
)
def test_a_wait_has_words(seconds, words):
    assert duration(seconds) == words
