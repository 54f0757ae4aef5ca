"""The destination folder of the documents."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.errors import NotFound
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.panels.login_prompt import LoginPrompt
from docgen_nb.forms.widgets.status_line import StatusLine

MAX_FOLDERS = 1000
ROOT_NAME = "All files"


class FolderChoice:
    """A folder browser; the open folder is the destination, with nothing to confirm.

    `on_choice` is called with the id and the path of each folder that is opened.
    """

    def __init__(
        self,
        login: LoginPrompt,
        folder_id: str,
        *,
        on_choice: Callable[[str, str], None],
        wrap: Wrap,
    ) -> None:
        self._login, self._on_choice = login, on_choice
        self._folder_id, self._subfolders = folder_id, dict[str, str]()
        self._parent_id = wire.ROOT_FOLDER_ID
        self.up = widgets.Button(description="Up", tooltip="Open the parent folder")
        self.subfolder = widgets.Combobox(
            description="Open folder", placeholder="Choose a folder in this folder"
        )
        self.name = widgets.Text(description="New folder", placeholder="Name of the new folder")
        self.create = widgets.Button(description="Create and open")
        for control in (self.subfolder, self.name):
            control.style.description_width = "7em"
        self._status = StatusLine()
        rows = [widgets.HBox([self.up, self.subfolder]), widgets.HBox([self.name, self.create])]
        self.widget = widgets.VBox([self._status.widget, *rows])
        self.up.on_click(wrap(lambda _: self._open(self._parent_id)))
        self.subfolder.observe(wrap(self._on_subfolder), "value")
        self.create.on_click(wrap(lambda _: self._create()))
        self._open_first(folder_id)

    def _open_first(self, folder_id: str) -> None:
        """Open the destination, or the root folder if it does not exist any more."""
        try:
            self._show(folder_id)
        except NotFound:
            self._open(wire.ROOT_FOLDER_ID)
            gone = f"The {name_of(folder_id)} does not exist any more."
            self._status.show(f"{gone} Documents go to {ROOT_NAME}.")

    def _on_subfolder(self, change: Mapping[str, Any]) -> None:
        if change["new"] in self._subfolders:
            self._open(self._subfolders[change["new"]])

    def _open(self, folder_id: str) -> None:
        self._on_choice(folder_id, self._show(folder_id))

    def _show(self, folder_id: str) -> str:
        """Show a folder and its subfolders; return its path."""
        client = self._login.client
        folder = client.get_folder(folder_id, fields=["name", "parent", "path_collection"])
        items = client.list_folder_items(folder_id, limit=MAX_FOLDERS)
        self._subfolders = {one["name"]: one["id"] for one in items if one["type"] == "folder"}
        self._folder_id = folder_id
        self._parent_id = (folder.get("parent") or {}).get("id") or wire.ROOT_FOLDER_ID
        self.up.disabled = folder_id == wire.ROOT_FOLDER_ID
        self.subfolder.value = ""
        self.subfolder.options = sorted(self._subfolders, key=str.casefold)
        path = path_of(folder)
        self._status.show(f"Documents go to {path}.")
        return path

    def _create(self) -> None:
        name = self.name.value.strip()
        if not name:
            self._status.show("Enter a name for the new folder.")
            return
        folder = self._login.client.create_folder(name, parent_id=self._folder_id)
        self.name.value = ""
        self._open(str(folder["id"]))


def name_of(folder_id: str) -> str:
    """Return a name for a folder that was not read."""
    return ROOT_NAME if folder_id == wire.ROOT_FOLDER_ID else f"folder {folder_id}"


def path_of(folder: Entry) -> str:
    """Return the names of a folder and its parents, separated by slashes.

    >>> path_of({"id": "0", "name": ""}), path_of({"id": "5", "name": "March"})
    ('All files', 'March')
    """
    if str(folder.get("id")) == wire.ROOT_FOLDER_ID:
        return ROOT_NAME
    parents = (folder.get("path_collection") or {}).get("entries") or ()
    names = [ROOT_NAME if str(one["id"]) == wire.ROOT_FOLDER_ID else one["name"] for one in parents]
    return " / ".join([*names, str(folder.get("name"))])
