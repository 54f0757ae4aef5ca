"""The table editor in the kernel, against a box of plain inputs for the same cells.

Run as `python tests/bench/table.py [ROWS]`. One run, one machine, side by side, in seconds of
this process's own time: read the ratios, not the seconds. The plain box has a tenth of the rows,
because it is so slow, and its figures are multiplied by ten.
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
PART = 10
sent: list[int] = []


class Counting(comm.DummyComm):  # type: ignore[misc]
    """Counts the letters that go to the browser."""

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        sent.append(len(json.dumps(data, default=str)))


def main(count: int) -> None:
    comm.create_comm = Counting
    rows = [{"name": f"Item {n}", "price": n / 4, "quantity": n, "note": "-"} for n in range(count)]
    made: list[Any] = []
    editor = measured(lambda: made.append(TableEditor(COLUMNS, label="Items", rows=rows)))
    plain = measured(lambda: made.append(plain_box(rows[: count // PART])))
    plain = tuple(figure * PART for figure in plain)

    print(f"{count} rows of {len(NAMES)} cells{'':14}{'seconds':>10}{'models':>10}{'letters':>12}")
    row("plain inputs in boxes", plain)
    row("TableEditor", editor)
    print(
        f"{'ratio':40}"
        + "".join(f"{one / two:>10.4f}" for one, two in zip(editor, plain, strict=True))
    )
    keystrokes(made[0])


def plain_box(rows: list[dict[str, Any]]) -> Any:
    kinds = {"name": widgets.Text, "note": widgets.Text}
    return widgets.VBox(
        [
            widgets.HBox([kinds.get(key, widgets.FloatText)(value=v) for key, v in row.items()])
            for row in rows
        ]
    )


def measured(act: Callable[[], object]) -> tuple[float, ...]:
    """Return seconds, models and letters sent."""
    models = len(widgets.widgets.widget._instances)
    sent.clear()
    start = time.process_time()
    act()
    seconds = time.process_time() - start
    return seconds, len(widgets.widgets.widget._instances) - models, sum(sent)


def keystrokes(table: TableEditor) -> None:
    """Time keys typed one after the other into the last row, and reading the value after each."""
    key = table.widget.get_state()["rows_sent"]["rows"][-1][0]
    table.on_change(lambda: table.value)
    times = []
    sent.clear()
    for number in range(200):
        order = {"do": "type", "row": key, "column": 1, "text": f"{number}x"}
        message = {"content": {"data": {"method": "custom", "content": order}}, "buffers": []}
        start = time.process_time()
        table.widget._handle_msg(message)
        times.append(time.process_time() - start)
    times.sort()
    print(f"\na key, with the value read: median {times[100] * 1000:.2f} ms, ", end="")
    print(f"slowest {times[-1] * 1000:.2f} ms, {sum(sent) / 200:.0f} letters to the browser")


def row(name: str, figures: tuple[float, ...]) -> None:
    seconds, models, letters = figures
    print(f"{name:40}{seconds:>10.3f}{models:>10.0f}{letters:>12.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
