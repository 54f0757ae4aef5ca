"""Kernel-side cost of a form, compared with a plain VBox of the same inputs, and of a keystroke.

Run as `python tests/bench/forms.py [TAGS] [ROWS]` (300 tags and 1,000 rows by default). Everything
runs in one process; each figure is the median CPU time of five repetitions. Compare the ratios, not
the seconds.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import comm
import ipywidgets as widgets

sys.path.pop(0)  # this folder, in which this file is another module `forms`
sys.path.insert(0, str(Path(__file__).parent.parent))
from forms.interactions import fill, show_data_as

from docgen_nb.forms import BatchForm

REPETITIONS = 5
KEYSTROKES = 20


class SilentComm(comm.DummyComm):  # type: ignore[misc]
    """Discards messages to the browser."""

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        pass


class FakeClient:
    """A client whose service has one template: text tags in groups of ten, and one table."""

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
    comm.create_comm = SilentComm
    client = FakeClient(tags)
    plain = median(lambda: plain_box(client.paths))
    form = median(lambda: BatchForm(client, blocking=True))  # type: ignore[arg-type]
    print(f"{tags} text tags and a table{'':12}{'CPU s':>10}")
    print(f"{'VBox of the same inputs':40}{plain:>10.3f}")
    print(f"{'BatchForm':40}{form:>10.3f}")
    print(f"{'ratio':40}{form / plain:>10.2f}")
    measure_keystrokes(client, rows)


def median(action: Callable[[], Any]) -> float:
    """Return the median CPU seconds of `action`, after one warm-up run."""
    results, seconds = [action()], []  # keeps the widgets alive, so that none is freed meanwhile
    for _ in range(REPETITIONS):
        begun = time.process_time()
        results.append(action())
        seconds.append(time.process_time() - begun)
    return statistics.median(seconds)


def plain_box(paths: list[str]) -> Any:
    """Return what a person would write by hand: one input for each tag, without messages."""
    return widgets.VBox([widgets.Text(description=path) for path in paths])


def measure_keystrokes(client: FakeClient, rows: int) -> None:
    """Measure from the arrival of the letter to the last message that it causes."""
    items = [{"name": f"Item {n}", "price": str(n), "note": "-"} for n in range(rows)]
    data: dict[str, Any] = {"items": items}
    for path in client.paths:
        group, name = path.split(".")
        data.setdefault(group, {})[name] = "x"
    form = BatchForm(client, user_input=data, blocking=True)  # type: ignore[arg-type]
    for name in ("Fields", "JSON and code"):
        show_data_as(form, name)
        seconds = [keystroke_seconds(form, client.paths[0], f"text {n}") for n in range(KEYSTROKES)]
        worst = max(seconds) * 1000
        label = f"keystroke with {rows} rows, {name}"
        print(f"{label:44}{statistics.median(seconds) * 1000:>6.1f} ms, maximum {worst:.1f} ms")


def keystroke_seconds(form: BatchForm, path: str, text: str) -> float:
    begun = time.process_time()
    fill(form, path, text)
    return time.process_time() - begun


if __name__ == "__main__":
    main(int((sys.argv[1:2] or ["300"])[0]), int((sys.argv[2:3] or ["1000"])[0]))
