"""A form in the kernel, against a bare box of the same inputs, and what a keystroke costs.

Run as `python tests/bench/forms.py [TAGS] [ROWS]`. One run, one machine, side by side, in seconds
of this process's own time, the median of five: read the ratios, not the seconds.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import comm
import ipywidgets as widgets

from docgen_nb.forms import BatchForm

TIMES = 5
KEYSTROKES = 20


class Silent(comm.DummyComm):  # type: ignore[misc]
    """Takes what goes to the browser and does nothing."""

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        pass


class Box:
    """A service with one template: that many text tags in groups of ten, and one table."""

    url = "http://localhost"

    def __init__(self, count: int) -> None:
        self.paths = [f"part{n // 10}.value{n}" for n in range(count)]
        self._tags = [
            {
                "tag_content": f"{{{{{path}}}}}",
                "tag_type": "text",
                "json_paths": [path.split(".")[0], path],
            }
            for path in self.paths
        ]
        self._tags.append(
            {
                "tag_content": "{{tablerow item in items}}",
                "tag_type": "table-loop",
                "json_paths": ["items"],
            }
        )
        self._tags += [
            {
                "tag_content": f"{{{{item.{name}}}}}",
                "tag_type": "text",
                "json_paths": ["items", f"items.{name}"],
            }
            for name in ("name", "price", "note")
        ]

    def list_templates(self) -> list[dict[str, Any]]:
        return [{"file": {"type": "file", "id": "1"}, "file_name": "Long.docx"}]

    def list_tags(self, _id: str, *, version_id: str | None = None) -> list[dict[str, Any]]:
        return self._tags


def main(tags: int, rows: int) -> None:
    comm.create_comm = Silent
    box = Box(tags)
    bare = median(lambda: bare_box(box.paths))
    form = median(lambda: BatchForm(box, blocking=True))  # type: ignore[arg-type]
    print(f"{tags} text tags and a table{'':12}{'seconds':>10}")
    print(f"{'VBox of the same inputs':40}{bare:>10.3f}")
    print(f"{'BatchForm':40}{form:>10.3f}")
    print(f"{'ratio':40}{form / bare:>10.2f}")
    keystrokes(box, rows)


def median(act: Callable[[], Any]) -> float:
    """The median of some runs, after one that counts for nothing."""
    made, seconds = [act()], []
    for _ in range(TIMES):
        begun = time.process_time()
        made.append(act())
        seconds.append(time.process_time() - begun)
    return statistics.median(seconds)


def bare_box(paths: list[str]) -> Any:
    """What a person would write by hand: an input per tag, and no message anywhere."""
    return widgets.VBox([widgets.Text(description=path) for path in paths])


def keystrokes(box: Box, rows: int) -> None:
    """What it costs, from the letter's arrival to the last message about it."""
    items = [{"name": f"Item {n}", "price": str(n), "note": "-"} for n in range(rows)]
    data: dict[str, Any] = {"items": items}
    for path in box.paths:
        group, name = path.split(".")
        data.setdefault(group, {})[name] = "x"
    form = BatchForm(box, user_input=data, blocking=True)  # type: ignore[arg-type]
    for tab, name in ((0, "the fields seen"), (1, "the JSON seen")):
        form._view.tabs.selected_index = tab
        seconds = [typed(form, box.paths[0], f"text {n}") for n in range(KEYSTROKES)]
        worst = max(seconds) * 1000
        label = f"keystroke with {rows} rows, {name}"
        print(f"{label:44}{statistics.median(seconds) * 1000:>6.1f} ms, at most {worst:.1f} ms")


def typed(form: BatchForm, path: str, text: str) -> float:
    widget = form._view.fields._inputs[path].widget
    message = {"method": "update", "state": {"value": text}, "buffer_paths": []}
    begun = time.process_time()
    widget._handle_msg({"content": {"data": message}, "buffers": []})
    return time.process_time() - begun


if __name__ == "__main__":
    main(int((sys.argv[1:2] or ["300"])[0]), int((sys.argv[2:3] or ["1000"])[0]))
