"""What `BatchRequest.problems` costs after a keystroke, against others that look at the same data.

Run as `python tests/bench/form_check.py [TAGS]`. One run, one process, its own time, the median of
nine: read the ratios, not the milliseconds. The peers look at all data again, as a check without a
memory must: the same request made anew, jsonschema with the template's schema, and json.dumps,
which checks nothing at all.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema

from docgen_nb.request import BatchRequest
from docgen_nb.schema import json_schema, sample

TIMES = 9


def tags(count: int) -> list[dict[str, Any]]:
    """That many text tags in groups of ten, and a table of three columns."""
    paths = [(f"part{n // 10}", f"value{n}") for n in range(count)]
    found = [
        {
            "tag_content": f"{{{{{group}.{name}}}}}",
            "tag_type": "text",
            "json_paths": [group, f"{group}.{name}"],
        }
        for group, name in paths
    ]
    found.append(
        {
            "tag_content": "{{tablerow item in items}}",
            "tag_type": "table-loop",
            "json_paths": ["items"],
        }
    )
    for name in ("name", "price", "note"):
        found.append(
            {
                "tag_content": f"{{{{item.{name}}}}}",
                "tag_type": "text",
                "json_paths": ["items", f"items.{name}"],
            }
        )
    return found


def request(known: list[dict[str, Any]], *, documents: int, rows: int) -> BatchRequest:
    data = [{**sample(known, rows=rows, seed=n), "items": items(rows)} for n in range(documents)]
    for number, row in enumerate(data):
        row["part0"] = {**row["part0"], "value0": str(number)}
    return BatchRequest("1", file_name="Order {part0.value0}", rows=data, tags=known)


def items(count: int) -> list[dict[str, str]]:
    return [{"name": f"Item {n}", "price": str(n), "note": "-"} for n in range(count)]


def press(found: BatchRequest, text: str) -> None:
    """One letter more in a field of the first document, as the form takes it."""
    first = found.rows[0]
    changed = {**first, "part0": {**first["part0"], "value1": text}}
    found.rows = [changed, *found.rows[1:]]


def median(found: BatchRequest, act: Callable[[], Any]) -> float:
    """Milliseconds after a keystroke; the first one counts for nothing."""
    times = []
    for number in range(TIMES + 1):
        press(found, f"text {number}")
        begun = time.process_time()
        act()
        times.append(1000 * (time.process_time() - begun))
    return statistics.median(times[1:])


def main(count: int) -> None:
    known = tags(count)
    validator = jsonschema.Draft202012Validator(json_schema(known))
    print(f"{count} text tags and a table; ms of CPU time for a keystroke (x problems)\n")
    print(f"{'documents':>9}{'rows each':>10}{'problems':>10}{'anew':>16}", end="")
    print(f"{'jsonschema':>17}{'json.dumps':>16}")
    for documents, rows in ((1, 1000), (20, 50), (100, 10), (1000, 0)):
        found = request(known, documents=documents, rows=rows)
        assert found.problems() == []
        ways: list[Callable[[], Any]] = [
            found.problems,
            lambda found=found: replace(found).problems(),  # it remembers nothing
            lambda found=found: [validator.is_valid(row) for row in found.rows],
            lambda found=found: json.dumps(found.rows),
        ]
        own, *peers = [median(found, way) for way in ways]
        cells = "".join(f"{ms:9.1f} ({ms / own:4.1f})" for ms in peers)
        print(f"{documents:9}{rows:10}{own:10.1f}{cells}")


if __name__ == "__main__":
    main(int((sys.argv[1:2] or ["300"])[0]))
