"""Kernel-side cost of the table editor, compared with plain inputs for the same cells.

Run as `python tests/bench/table.py [ROWS]` (5,000 by default). Everything runs in one process, in
CPU seconds. Compare the ratios, not the seconds. The plain inputs are so slow that only a tenth of
the rows is measured; the figures are multiplied by ten.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import comm
import ipywidgets as widgets

from docgen_nb.forms.table_editor import TableEditor
from docgen_nb.schema import Field

NAMES = ("name", "price", "quantity", "note")
COLUMNS = [
    Field(name, f"items.{name}", "number" if name in ("price", "quantity") else "text", True)
    for name in NAMES
]
PLAIN_SHARE = 10  # only one in ten rows is measured with plain inputs
message_lengths: list[int] = []


class CountingComm(comm.DummyComm):  # type: ignore[misc]
    """Records the length of each message to the browser, in characters."""

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        message_lengths.append(len(json.dumps(data, default=str)))


def main(count: int) -> None:
    comm.create_comm = CountingComm
    rows = [{"name": f"Item {n}", "price": n / 4, "quantity": n, "note": "-"} for n in range(count)]
    widget_trees: list[Any] = []
    editor = measure(lambda: widget_trees.append(TableEditor(COLUMNS, label="Items", rows=rows)))
    plain = measure(lambda: widget_trees.append(plain_box(rows[: count // PLAIN_SHARE])))
    plain = tuple(figure * PLAIN_SHARE for figure in plain)

    print(f"{count} rows of {len(NAMES)} cells{'':14}{'CPU s':>10}{'models':>10}{'characters':>12}")
    print_row("plain inputs in boxes", plain)
    print_row("TableEditor", editor)
    print(
        f"{'ratio':40}"
        + "".join(f"{one / two:>10.4f}" for one, two in zip(editor, plain, strict=True))
    )
    measure_keystrokes(widget_trees[0])


def plain_box(rows: list[dict[str, Any]]) -> Any:
    kinds = {"name": widgets.Text, "note": widgets.Text}
    return widgets.VBox(
        [
            widgets.HBox([kinds.get(key, widgets.FloatText)(value=v) for key, v in row.items()])
            for row in rows
        ]
    )


def measure(action: Callable[[], object]) -> tuple[float, ...]:
    """Return CPU seconds, models created and characters sent."""
    models = len(widgets.widgets.widget._instances)
    message_lengths.clear()
    start = time.process_time()
    action()
    seconds = time.process_time() - start
    return seconds, len(widgets.widgets.widget._instances) - models, sum(message_lengths)


def measure_keystrokes(table: TableEditor) -> None:
    """Time 200 keystrokes in the last row, each followed by reading the table's value."""
    key = table.widget.get_state()["rows_sent"]["rows"][-1][0]
    table.on_change(lambda: table.value)
    times = []
    message_lengths.clear()
    for number in range(200):
        order = {"do": "type", "row": key, "column": 1, "text": f"{number}x"}
        message = {"content": {"data": {"method": "custom", "content": order}}, "buffers": []}
        start = time.process_time()
        table.widget._handle_msg(message)
        times.append(time.process_time() - start)
    times.sort()
    print(f"\nkeystroke, then reading the value: median {times[100] * 1000:.2f} ms, ", end="")
    per_key = sum(message_lengths) / 200
    print(f"maximum {times[-1] * 1000:.2f} ms, {per_key:.0f} characters to the browser")


def print_row(name: str, figures: tuple[float, ...]) -> None:
    seconds, models, characters = figures
    print(f"{name:40}{seconds:>10.3f}{models:>10.0f}{characters:>12.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
