"""The choice of a template by its name."""

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import ipywidgets as widgets

from docgen_nb.client_protocol import Entry
from docgen_nb.forms.widgets.layout import LABEL_WIDTH
from docgen_nb.request import same_name


class TemplateChoice:
    """An input to choose a template by its name."""

    def __init__(self, templates: Iterable[Entry]) -> None:
        self.names = names_by_id(templates)
        # Not a Dropdown: on pages that block JavaScript modules, where `suppress_shortcuts` has no
        # effect, the letter x typed in one would cut the notebook cell.
        self.control: Any = widgets.Combobox(
            description="Template",
            options=list(self.names.values()),
            placeholder="Type a name, or choose from the list",
            style={"description_width": LABEL_WIDTH},
            layout={"width": "auto"},
        ).add_class("docgen-template")

    def first(self, template_id: str | None) -> str | None:
        """Return the template to begin with: the given one, else the only one."""
        if template_id is None and len(self.names) == 1:
            return next(iter(self.names))
        if template_id is not None:
            self.add(template_id)
        return template_id

    @property
    def template_id(self) -> str:
        """The id of the template whose name was entered, "" if no template has that name.

        If none has it exactly, capital letters and the ending, such as .docx, may differ.
        """
        entered = self.control.value
        for key, name in self.names.items():
            if name == entered:
                return key
        meant = same_name(entered.strip())
        like = [
            key
            for key, name in self.names.items()
            if meant in (same_name(name), same_name(PurePath(name).stem))
        ]
        return like[0] if len(like) == 1 else ""

    def add(self, template_id: str, name: str = "") -> None:
        """Add a template to the list, unless it is there."""
        self.names.setdefault(template_id, name or f"Template {template_id}")
        self.control.options = list(self.names.values())

    def show(self, template_id: str) -> None:
        """Show which template is chosen; an unknown name that was typed stays."""
        if self.template_id != template_id:  # else what was typed stays, as more may follow
            self.control.value = self.names.get(template_id, "") or self.control.value


def names_by_id(templates: Iterable[Entry]) -> dict[str, str]:
    """Return the name of each template by its id, sorted; equal names get their ids added.

    >>> names_by_id([{"file": {"id": "11"}, "file_name": "Letter.docx"}])
    {'11': 'Letter.docx'}
    """
    names = {str(entry["file"]["id"]): str(entry["file_name"]) for entry in templates}
    counts = Counter(names.values())
    unique = {
        key: name if counts[name] == 1 else f"{name} (file {key})" for key, name in names.items()
    }
    return dict(sorted(unique.items(), key=lambda pair: pair[1].casefold()))
