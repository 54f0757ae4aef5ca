"""The bottom of a form: its status, and the problems by cause, each of which leads to its input."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import ipywidgets as widgets
import traitlets

from docgen_nb.forms.display import list_html
from docgen_nb.forms.error_display import trace_html
from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of

MAX_ITEMS = 50  # of one cause


class Item(NamedTuple):
    """A problem: the label of its input, what is wrong, and its number, -1 if it leads nowhere.

    `actions` are its other links: a name for `on_problem`, and the text.
    """

    label: str
    text: str
    number: int
    actions: Sequence[tuple[str, str]] = ()


Causes = Sequence[tuple[str, Sequence[Item]]]


class _BarWidget(BrowserWidget):
    _esm = module_of("bar.js")
    root_class = traitlets.Unicode().tag(sync=True)
    status: Any = traitlets.Dict(
        {"text": "", "sign": "", "detail": "", "advice": "", "trace": ""}
    ).tag(sync=True)
    output = traitlets.Unicode().tag(sync=True)
    causes: Any = traitlets.List().tag(sync=True)
    is_open = traitlets.Bool().tag(sync=True)


class Bar:
    """A line with the status, and above it the problems, folded at first.

    Parameters
    ----------
    root_class : str
        Class of the form, within which inputs are found.
    on_problem : callable
        Called with ``jump`` or the name of another action, and the number of the problem.
    on_output : callable
        Called without arguments when the text about the output was clicked.
    plain : bool
        Show text, for pages that block JavaScript modules.
    """

    def __init__(
        self,
        *,
        root_class: str,
        on_problem: Callable[[str, int], object],
        on_output: Callable[[], object],
        plain: bool,
    ) -> None:
        self._on_problem, self._on_output, self._plain = on_problem, on_output, plain
        self.text, self.is_open = "", False
        self.causes: list[tuple[str, list[Item]]] = []
        self._sign, self._detail, self._advice, self._trace = "", "", "", ""
        self.widget = widgets.HTML() if plain else _BarWidget(root_class=root_class)
        if not plain:
            self.widget.on_msg(self._on_message)

    def show(self, text: str, sign: str = "run", detail: str = "") -> None:
        """Show a status with a sign of `docgen.css`; `detail` sums up the folded problems."""
        self.text, self._sign, self._detail = text, sign, detail
        self._advice = self._trace = ""
        self._draw()

    def show_error(self, text: str, advice: str, trace: str) -> None:
        """Show an error until the next status: what happened, what to do, and a folded traceback.

        Without a traceback, for an error that a person alone can mend, nothing is folded.
        """
        self.text, self._sign, self._detail = text, "error", ""
        self._advice, self._trace = advice, trace
        self._draw()

    def show_causes(self, causes: Causes, *, output: str) -> None:
        """Show problems by cause, and in words what will be made."""
        self.causes = [(cause, list(items)) for cause, items in causes]
        if not self._plain:
            self.widget.output = output
        self._draw()

    def open(self, is_open: bool) -> None:
        """Show or hide the problems."""
        self.is_open = is_open
        self._draw()

    def focus(self, place: str) -> None:
        """Move the focus to the input with a class, as soon as it is on the page."""
        if not self._plain and place:
            self.widget.send({"focus": place})

    def scroll_to_top(self, place: str) -> None:
        """Scroll to the top of the box with a class if that is above the window."""
        if not self._plain:
            self.widget.send({"top": place})

    def _draw(self) -> None:
        if self._plain:
            shown = list_html(_lines(self.causes)) if self.is_open else ""
            fault = trace_html(self._trace) if self._trace else ""
            text = f'<span role="status">{escape(self.text)}</span> {escape(self._advice)}'
            self.widget.value = f"{shown}{text.strip()}{fault}"
            return
        causes = [[cause, [list(one) for one in items[:MAX_ITEMS]]] for cause, items in self.causes]
        status = {
            "text": self.text,
            "sign": self._sign,
            "detail": self._detail,
            "advice": self._advice,
            "trace": self._trace,
        }
        with self.widget.hold_sync():
            if causes != self.widget.causes:
                self.widget.causes = causes
            if status != self.widget.status:
                self.widget.status = status
            self.widget.is_open = self.is_open

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        match content:
            case {"action": "toggle"}:
                self.open(not self.is_open)
            case {"action": "output"}:
                self._on_output()
            case {"action": str(action), "number": int(number)}:
                self._on_problem(action, number)


def _lines(causes: Causes) -> list[str]:
    return [f"{item.label} {item.text}".strip() for _, items in causes for item in items]
