"""BatchForm: a template's fields as a form that sends one document and follows it."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import partial
from pathlib import PurePath
from typing import Any, Protocol

from docgen_nb import wire
from docgen_nb.errors import BoxUnavailable, DocGenError, NotReady, Unreachable
from docgen_nb.forms.fields import shown, text_fields, value_at, with_text
from docgen_nb.forms.form_view import FormView
from docgen_nb.forms.guard import guarded
from docgen_nb.forms.progress import in_words, is_finished
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem

ROW = "rows[0]."
NEVER_SENT = ("no_json", "too_large")  # faults of the data that Box would refuse
NO_TEMPLATES = "There are no templates yet: upload a Word file and mark it as a template."
READING = "Reading the tags of the template."
NOT_READY = "Box is still reading the template; its fields come when it is done."


class Box(Protocol):
    """What the form asks of a client."""

    def list_templates(self) -> Iterable[Mapping[str, Any]]:
        """The templates."""
        ...

    def list_tags(self, template_id: str, /) -> Iterable[Mapping[str, Any]]:
        """The tags of a template; NotReady while Box reads it."""
        ...

    def create_batch(self, body: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Send a batch."""
        ...

    def list_batch_jobs(self, batch_id: str, /) -> Iterable[Mapping[str, Any]]:
        """The jobs of a batch."""
        ...


class BatchForm:
    """A form for one document of a template: fill, generate, watch.

    It is a view of ``form.request``, a `BatchRequest` that holds all that is chosen and typed.
    ``form.widget`` is the ipywidgets box to put into other boxes; the form holds it rather than
    being one, so that its own names (`value`, `problems`, `jobs`) cannot clash with a widget's.

    Parameters
    ----------
    box : Client
        As from `connect`, or any object with ``list_templates``, ``list_tags``, ``create_batch``
        and ``list_batch_jobs``.
    template_id : str, optional
        The template to begin with; by default the only one there is, or none.
    user_input : mapping, optional
        Data to begin with. What has no field, such as the rows of a table, is sent as it is.
    folder_id : str
        Where the document goes.
    blocking : bool
        Do all work in the callback instead of in the background: for nbclient, and for notebooks
        such as Colab that show nothing that happens after a cell has ended.
    poll_seconds : float
        Pause between two looks at the jobs of a batch.

    Attributes
    ----------
    request : BatchRequest
        The state of the form.
    batch_id : str or None
        The batch that was sent last.
    jobs : list of dicts
        Its jobs as they were seen last.
    done : threading.Event
        Set when sending and following have ended, well or not.

    Raises
    ------
    NotFound
        If there is no such template.
    ApiError, Unreachable
        If the templates or tags cannot be had. Later faults are shown in the form.

    Examples
    --------
    >>> class Box:
    ...     def list_templates(self):
    ...         return [{"file": {"type": "file", "id": "11"}, "file_name": "Letter.docx"}]
    ...     def list_tags(self, template_id):
    ...         return [{"tag_content": "{{to}}", "tag_type": "text", "json_paths": ["to"]}]
    >>> form = BatchForm(Box(), user_input={"to": "Ada"})
    >>> form
    <BatchForm: Letter.docx as docx>
      to: Ada
      Ready to generate.
    """

    def __init__(
        self,
        box: Box,
        *,
        template_id: str | None = None,
        user_input: Mapping[str, Any] | None = None,
        folder_id: str = wire.ROOT_FOLDER_ID,
        blocking: bool = False,
        poll_seconds: float = 0.5,
    ) -> None:
        self._box = box
        self._blocking = blocking or sys.platform == "emscripten"  # no threads there
        self._poll_seconds = poll_seconds
        self.request = BatchRequest(folder_id=folder_id, rows=[deepcopy(dict(user_input or {}))])
        self._suggested = self.request.file_name
        self.batch_id: str | None = None
        self.jobs: list[Mapping[str, Any]] = []
        self.done = threading.Event()
        self._closed = threading.Event()
        self._working = threading.Lock()
        self._asked = False  # whether Generate was pressed: from then on all messages show
        self._touched: set[str] = set()
        self._names = _template_names(box.list_templates())
        if template_id is None and len(self._names) == 1:
            template_id = next(iter(self._names))
        elif template_id is not None:
            self._names.setdefault(template_id, f"Template {template_id}")
        self._view = FormView(self._names.values(), on_text=self._guard(self._on_text))
        self._choose(template_id or "")
        if template_id is not None and not self._read_tags():
            self._start(self._guard(self._wait_for_tags))
        self._observe()

    @property
    def widget(self) -> Any:
        """The ipywidgets box that shows the form."""
        return self._view.widget

    @property
    def value(self) -> dict[str, Any]:
        """The data as they will be sent, the ``user_input``. Setting it redraws the form."""
        return deepcopy(self.request.rows[0])

    @value.setter
    def value(self, user_input: Mapping[str, Any]) -> None:
        self.request.rows = [deepcopy(dict(user_input))]
        self._redraw()

    @property
    def problems(self) -> list[Problem]:
        """What is missing or worth a look before sending; always current."""
        return self.request.problems()

    @property
    def status(self) -> str:
        """The line beside the button: what is missing, how far it is, or what went wrong."""
        return self._view.words

    def generate(self) -> None:
        """Send the request and follow it, as the button does.

        Nothing is sent while something needed is missing, unless the box is ticked that lets it
        go on without, nor while the batch before is still being sent or followed.
        """
        self._asked = True
        if not self._show_problems():
            self._run(partial(self._send, self.request.body()))

    def follow(self, batch_id: str) -> None:
        """Show how far a batch is, whoever sent it, until all its jobs are finished.

        Does nothing while the form is sending or following already.
        """
        self._run(partial(self._follow, batch_id, count=0))

    def close(self) -> None:
        """Stop following and close all widgets of this form."""
        self._closed.set()
        self._view.close()

    def __repr__(self) -> str:
        row = self.request.rows[0]
        name = self._names.get(self.request.template_id, "no template")
        values = [f"  {path}: {shown(value_at(row, path))}" for path in self._view.fields.paths]
        head = f"<BatchForm: {name} as {self.request.output_type}>"
        return "\n".join([head, *values, f"  {self.status}"])

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {**self.widget._repr_mimebundle_(**options), "text/plain": repr(self)}

    # What a person does

    def _observe(self) -> None:
        for control, act in (
            (self._view.template.control, self._on_template),
            (self._view.output_type.control, self._on_output_type),
            (self._view.file_name.control, self._on_file_name),
            (self._view.go_on, lambda _: self._show_problems()),
        ):
            control.observe(self._guard(act), "value")
        self._view.button.on_click(self._guard(lambda _: self.generate()))

    def _guard(self, act: Callable[..., object]) -> Callable[..., None]:
        return guarded(act, show=lambda text, trace: self._view.show_fault(text, trace))

    def _on_template(self, change: Mapping[str, Any]) -> None:
        chosen = [key for key, name in self._names.items() if name == change["new"]]
        self._choose(chosen[0] if chosen else "")
        if chosen:
            self._start(self._guard(self._wait_for_tags))

    def _on_output_type(self, change: Mapping[str, Any]) -> None:
        self.request.output_type = change["new"]
        self._show_problems()

    def _on_file_name(self, change: Mapping[str, Any]) -> None:
        self.request.file_name = change["new"]
        self._show_problems()

    def _on_text(self, path: str, text: str) -> None:
        self._touched.add(path)
        self.request.rows = [with_text(self.request.rows[0], path, text)]
        self._show_problems()

    # The template and its tags

    def _choose(self, template_id: str) -> None:
        name = self._names.get(template_id, "")
        self.request.template_id, self.request.tags = template_id, None
        self._view.template.control.value = name or self._view.template.control.value
        if name and self.request.file_name == self._suggested:  # not typed by a person
            self.request.file_name = self._suggested = PurePath(name).stem
        self._view.file_name.control.value = self.request.file_name
        self._asked = False
        self._redraw()

    def _read_tags(self) -> bool:
        """Read the tags of the template chosen; False if Box does not have them yet."""
        template_id = self.request.template_id
        try:
            tags = list(self._box.list_tags(template_id))
        except NotReady:
            self._view.say(NOT_READY)
            return False
        if template_id == self.request.template_id:  # no other was chosen meanwhile
            self.request.tags = tags
            self._redraw()
        return True

    def _wait_for_tags(self) -> None:
        while not self._read_tags():
            if self._closed.wait(self._poll_seconds):
                return

    # What is shown

    def _redraw(self) -> None:
        self._touched.clear()
        self._view.fields.draw(text_fields(self.request.tags or ()), self.request.rows[0])
        self._show_problems()

    def _show_problems(self) -> list[Problem]:
        """Show what is missing or worth a look; return what keeps the request from being sent."""
        problems = self.problems
        obstacles = self._obstacles(problems)
        messages, notes = self._placed(problems)
        self._view.fields.say(messages)
        self._view.file_name.say(messages.get("file_name", ""))
        self._view.note(notes)
        self._view.offer_to_go_on(self._asked and any(map(_may_be_missing, problems)))
        if not self._working.locked():
            self._view.say(self._at_rest(obstacles))
        return obstacles

    def _placed(self, problems: Iterable[Problem]) -> tuple[dict[str, str], list[str]]:
        """Return the messages that stand below an input, and those that stand by themselves."""
        messages, notes, fields = {}, [], set(self._view.fields.paths)
        for problem in problems:
            path = problem.path.removeprefix(ROW)
            if path in fields:
                if self._asked or path in self._touched:
                    messages[path] = _in_words(problem)
            elif path == "file_name":
                messages[path] = problem.message
            elif path != "template_id":
                notes.append(_in_words(problem))
        return messages, notes

    def _at_rest(self, obstacles: Iterable[Problem]) -> str:
        if not self._names:
            return NO_TEMPLATES
        if not self.request.template_id:
            return "Choose a template."
        if self.request.tags is None:
            return READING
        paths = [problem.path for problem in obstacles]
        needed = [path.removeprefix(ROW) for path in paths if path.startswith(ROW)]
        if needed:
            return f"Still needed: {', '.join(dict.fromkeys(needed))}."
        return "Not to be sent like this: see above." if paths else "Ready to generate."

    def _obstacles(self, problems: Iterable[Problem]) -> list[Problem]:
        if self.request.template_id and self.request.tags is None:
            return [Problem("no_tags", READING, "template_id")]
        return [
            problem
            for problem in problems
            if problem.severity == "error"
            and not (self._view.go_on.value and _may_be_missing(problem))
        ]

    # Sending and following, in the background: a worker sets traits and nothing else

    def _start(self, act: Callable[[], None]) -> None:
        if self._blocking:
            act()
        else:
            threading.Thread(target=act, name="docgen-nb form", daemon=True).start()

    def _run(self, act: Callable[[], None]) -> None:
        """Do one piece of work, unless another is still being done."""
        if not self._working.acquire(blocking=False):
            return
        self.done.clear()
        self.batch_id, self.jobs = None, []
        self._view.button.disabled = True
        self._view.clear_fault()
        self._start(partial(self._work, act))

    def _work(self, act: Callable[[], None]) -> None:
        try:
            self._guard(act)()
        finally:
            self._view.button.disabled = False
            self._working.release()
            self.done.set()

    def _send(self, body: Mapping[str, Any]) -> None:
        self._view.say("Sending.")
        try:
            batch = self._box.create_batch(body)
        except (BoxUnavailable, Unreachable) as error:
            error.add_note("The batch may exist all the same: look at the list of jobs.")
            raise
        try:
            self._follow(str(batch["id"]), count=len(body["document_generation_data"]))
        except DocGenError as error:
            error.add_note(f"Batch {batch['id']} was sent; follow() goes on with it.")
            raise

    def _follow(self, batch_id: str, *, count: int) -> None:
        self.batch_id = batch_id
        self._view.progress.start()
        while True:
            jobs = [dict(job) for job in self._box.list_batch_jobs(batch_id)]
            self.jobs = sorted(jobs, key=lambda job: (len(job["id"]), job["id"]))
            count = max(count, len(jobs))
            self._view.progress.show(self.jobs, count=count)
            self._view.say(in_words(self.jobs, count=count))
            if len(jobs) == count and all(map(is_finished, jobs)):
                return
            if self._closed.wait(self._poll_seconds):
                return


def _template_names(templates: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a name for each template id; a name that comes twice is told apart by its id."""
    found = {str(entry["file"]["id"]): str(entry["file_name"]) for entry in templates}
    counts = Counter(found.values())
    names = {
        key: name if counts[name] == 1 else f"{name} (file {key})" for key, name in found.items()
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))


def _in_words(problem: Problem) -> str:
    return f"{problem} (Near to it: {problem.nearest}.)" if problem.nearest else str(problem)


def _may_be_missing(problem: Problem) -> bool:
    """Return whether a document can be made in spite of this: only data are missing."""
    in_data = problem.path.startswith("rows[") and problem.code not in NEVER_SENT
    return problem.severity == "error" and in_data
