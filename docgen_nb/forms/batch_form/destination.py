"""Where the documents go: a folder to be found by browsing, or a new one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.widgets.collapsible import line, say_line

MOST_FOLDERS = 1000
TOP = "All files"


class Folders(Protocol):
    """What browsing asks of a client."""

    def get_folder(self, folder_id: str, /, *, fields: Iterable[str]) -> Mapping[str, Any]:
        """One folder."""
        ...

    def list_folder_items(self, folder_id: str, /, *, limit: int) -> Iterable[Mapping[str, Any]]:
        """What is in it."""
        ...

    def create_folder(self, name: str, /, *, parent_id: str) -> Mapping[str, Any]:
        """Make one in it."""
        ...


class FolderChoice:
    """One folder is open; its folders can be opened, or a new one made in it.

    The folder that is open is the destination: there is nothing to confirm.
    """

    def __init__(
        self,
        box: Folders,
        folder_id: str,
        *,
        chosen: Callable[[str, str], None],
        guard: Callable[[Callable[..., object]], Callable[..., None]],
    ) -> None:
        self._box, self._chosen = box, chosen
        self._folder_id, self._inside = folder_id, dict[str, str]()
        self._above = wire.ROOT_FOLDER_ID
        self.up = widgets.Button(description="Up", tooltip="Open the folder above")
        self.inside = widgets.Combobox(
            description="Open folder", placeholder="choose a folder in this one"
        )
        self.name = widgets.Text(description="New folder", placeholder="its name")
        self.make = widgets.Button(description="Make and open")
        for control in (self.inside, self.name):
            control.style.description_width = "7em"
        self._where = line()
        rows = [widgets.HBox([self.up, self.inside]), widgets.HBox([self.name, self.make])]
        self.widget = widgets.VBox([self._where, *rows])
        self.up.on_click(guard(lambda _: self._open(self._above)))
        self.inside.observe(guard(self._on_inside), "value")
        self.make.on_click(guard(lambda _: self._make()))
        self._look(folder_id)

    def _on_inside(self, change: Mapping[str, Any]) -> None:
        if change["new"] in self._inside:
            self._open(self._inside[change["new"]])

    def _open(self, folder_id: str) -> None:
        self._chosen(folder_id, self._look(folder_id))

    def _look(self, folder_id: str) -> str:
        """Show a folder and what is in it; returns its path."""
        folder = self._box.get_folder(folder_id, fields=["name", "parent", "path_collection"])
        items = self._box.list_folder_items(folder_id, limit=MOST_FOLDERS)
        self._inside = {one["name"]: one["id"] for one in items if one["type"] == "folder"}
        self._folder_id = folder_id
        self._above = (folder.get("parent") or {}).get("id") or wire.ROOT_FOLDER_ID
        self.up.disabled = folder_id == wire.ROOT_FOLDER_ID
        self.inside.value, self.inside.options = "", sorted(self._inside, key=str.casefold)
        path = path_of(folder)
        say_line(self._where, f"Documents go to {path}.")
        return path

    def _make(self) -> None:
        name = self.name.value.strip()
        if not name:
            say_line(self._where, "A new folder needs a name.")
            return
        made = self._box.create_folder(name, parent_id=self._folder_id)
        self.name.value = ""
        self._open(str(made["id"]))


def name_of(folder_id: str) -> str:
    """Return what a folder is called as long as nobody has looked it up."""
    return TOP if folder_id == wire.ROOT_FOLDER_ID else f"folder {folder_id}"


def path_of(folder: Mapping[str, Any]) -> str:
    """Return the names of a folder and those above it, with slashes between.

    >>> path_of({"id": "0", "name": ""}), path_of({"id": "5", "name": "March"})
    ('All files', 'March')
    """
    if str(folder.get("id")) == wire.ROOT_FOLDER_ID:
        return TOP
    above = (folder.get("path_collection") or {}).get("entries") or ()
    names = [TOP if str(one["id"]) == wire.ROOT_FOLDER_ID else one["name"] for one in above]
    return " / ".join([*names, str(folder.get("name"))])
