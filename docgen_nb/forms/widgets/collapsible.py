"""Collapsible sections of a form; each is built when it is first opened."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.display import close_tree
from docgen_nb.forms.error_display import Wrap

Build = Callable[[], Any]


class CollapsibleSections:
    """Buttons that open and collapse sections, one at a time.

    `on_open` is called with the name of each section that is opened.

    Attributes
    ----------
    buttons : dict
        The button of each section, by the name of the section.
    content : widget
        The box that shows the open section.

    Not an Accordion: its headings are not buttons, and the keyboard does not reach them.
    """

    def __init__(
        self, sections: Mapping[str, Build], *, on_open: Callable[[str], None], wrap: Wrap
    ) -> None:
        self._sections, self._on_open = sections, on_open
        self._built: dict[str, Any] = {}
        self._is_collapsing = False
        self.open_section = ""
        self.buttons = {
            name: widgets.ToggleButton(description=f"▸ {name}", layout={"width": "auto"})
            for name in sections
        }
        for name, button in self.buttons.items():
            button.observe(wrap(partial(self._toggle, name)), "value")
        self.content = widgets.VBox()

    def _toggle(self, name: str, change: Mapping[str, Any]) -> None:
        if self._is_collapsing:
            return
        if self.open_section:
            self._collapse(self.open_section)
        if not change["new"]:
            return
        if name not in self._built:
            try:
                self._built[name] = self._sections[name]()
            except BaseException:
                self._collapse(name)  # so that a person can try again
                raise
        self.open_section = name
        self.buttons[name].description = f"▾ {name}"
        self.content.children = [self._built[name]]
        self._on_open(name)

    def collapse(self) -> None:
        """Collapse the open section, if there is one."""
        if self.open_section:
            self._collapse(self.open_section)

    def _collapse(self, name: str) -> None:
        self._is_collapsing, self.open_section = True, ""
        try:
            self.buttons[name].value = False
        finally:
            self._is_collapsing = False
        self.buttons[name].description = f"▸ {name}"
        self.content.children = []

    def close(self) -> None:
        """Close the collapsed sections, which are in no box."""
        close_tree(*(box for name, box in self._built.items() if name != self.open_section))
