"""Fields in groups as one widget, so that hundreds of them appear at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import traitlets

from docgen_nb.forms.data_paths import ABSENT, label_of
from docgen_nb.forms.fields.inputs import NOT_SET, YES_OR_NO, OnChange, placeholder_of
from docgen_nb.forms.fields.typed_text import TypedText
from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of
from docgen_nb.schema import Field

OnPath = Callable[[str], object]


class YesNoText(TypedText):
    """The choice of yes, no or not set."""

    def __init__(self, field: Field, value: Any) -> None:
        super().__init__(field, value)
        self.text = NOT_SET if value is ABSENT else "Yes" if value else "No"

    def type(self, text: str) -> Any:
        """Take a choice, and return its value."""
        self.text = text
        return YES_OR_NO.get(text, ABSENT)


class _FieldListWidget(BrowserWidget):
    _esm = module_of(Path(__file__).with_name("field_list.js"))
    groups: Any = traitlets.List().tag(sync=True)
    messages: Any = traitlets.Dict().tag(sync=True)
    badges: Any = traitlets.Dict().tag(sync=True)
    folded: Any = traitlets.List().tag(sync=True)
    hidden: Any = traitlets.List().tag(sync=True)


class FieldList:
    """Fields in groups, with one model for all of them.

    Parameters
    ----------
    groups : sequence of (str, str, list)
        The path of each group, its title ("" for no heading), and its fields with their values.
    on_change : callable
        Called with the path and the value after each change.
    on_leave : callable
        Called with the path of a field that a person has left.
    on_fold : callable
        Called with the path of a group whose heading was clicked.
    same : mapping
        By path, the text of the values that empty fields take from the data of all documents.
    """

    def __init__(
        self,
        groups: Sequence[tuple[str, str, Sequence[tuple[Field, Any]]]],
        *,
        on_change: OnChange,
        on_leave: OnPath,
        on_fold: OnPath,
        same: Mapping[str, str],
        places: Mapping[str, str],
    ) -> None:
        self._on_change, self._on_leave, self._on_fold = on_change, on_leave, on_fold
        self._same, self._places = same, places
        self._groups = [
            (path, title, [_typed(field, value) for field, value in fields])
            for path, title, fields in groups
        ]
        self.inputs = {one.field.path: one for _, _, inner in self._groups for one in inner}
        self._emptied = {
            *(field.path for _, _, inner in groups for field, value in inner if value == "")
        }  # in spite of the value for all documents
        self.widget = _FieldListWidget(groups=self._state())
        self.widget.on_msg(self._on_message)

    def _state(self) -> list[dict[str, Any]]:
        return [
            {"id": path, "title": title, "fields": [self._field_state(one) for one in inner]}
            for path, title, inner in self._groups
        ]

    def _field_state(self, typed: TypedText) -> dict[str, Any]:
        field = typed.field
        same, is_emptied = self._same.get(field.path, ""), field.path in self._emptied
        placeholder = f"{same} for all" if same else placeholder_of(field)
        return {
            "path": field.path,
            "place": self._places[field.path],
            "label": label_of(field.path),
            "kind": _kind(typed),
            "text": typed.text,
            "is_optional": not field.required,
            "is_locked": typed.is_locked,
            "placeholder": "Empty in this document" if same and is_emptied else placeholder,
            "same": ("emptied" if is_emptied else "used") if same and field.kind == "text" else "",
            "options": list(field.options),
        }

    def show(self, messages: Mapping[str, str], badges: Mapping[str, str]) -> None:
        """Show messages by path, and a text beside the heading of each group by its path."""
        shown = {}
        for path, one in self.inputs.items():
            message = messages.get(path, "")
            understood = one.understood
            choices = understood.choices if message and message == understood.message else ()
            if message or understood.words:
                words = "" if message else understood.words
                shown[path] = {
                    "words": words,
                    "message": message,
                    "choices": [list(choice) for choice in choices],
                }
        if shown != self.widget.messages:
            self.widget.messages = shown
        own = {path: badges[path] for path, _, _ in self._groups if badges.get(path)}
        if own != self.widget.badges:
            self.widget.badges = own

    def fold(self, paths: Sequence[str]) -> None:
        """Fold the groups with these paths, and unfold the others."""
        self.widget.folded = list(paths)

    def hide(self, paths: Collection[str]) -> None:
        """Hide the fields with these paths, and show the others.

        The page goes on showing a field that has the focus or text.
        """
        self.widget.hidden = [path for path in self.inputs if path in paths]

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        match content:
            case {"action": "type", "path": str(path), "text": str(text)} if path in self.inputs:
                self._emptied.discard(path)
                self._on_change(path, self.inputs[path].type(text))
            case {"action": "empty" | "same" as action, "path": str(path)} if path in self._same:
                self._override(path, is_emptied=action == "empty")
            case {"action": "leave", "path": str(path)} if path in self.inputs:
                self._on_leave(path)
            case {"action": "fold", "path": str(path)}:
                self._on_fold(path)
            case {"action": "refresh"}:
                self.widget.groups = self._state()

    def _override(self, path: str, *, is_emptied: bool) -> None:
        """Leave a field empty in this document, or use the value for all documents again."""
        (self._emptied.add if is_emptied else self._emptied.discard)(path)
        value = "" if is_emptied else ABSENT
        self.inputs[path].begin(value)
        self.widget.groups = self._state()
        self._on_change(path, value)


def _typed(field: Field, value: Any) -> TypedText:
    is_choice = field.kind == "boolean" and (value is ABSENT or isinstance(value, bool))
    return YesNoText(field, value) if is_choice else TypedText(field, value)


def _kind(typed: TypedText) -> str:
    """Return the kind of the input: that of the field, unless it cannot represent the value."""
    kind = typed.field.kind
    if typed.is_locked or (kind == "boolean" and not isinstance(typed, YesNoText)):
        return "text"
    return kind
