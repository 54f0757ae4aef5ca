"""Cost of `BatchRequest.problems` after a keystroke, compared with full checks of the same data.

Run as `python tests/bench/form_check.py [TAGS]` (300 by default). Everything runs in one process;
each figure is the median CPU time of nine repetitions. Compare the ratios, not the milliseconds.
The peers process all the data again, as a check without a cache must: a new copy of the request,
jsonschema with the template's schema, and json.dumps, which checks nothing.
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

REPETITIONS = 9


def make_tags(count: int) -> list[dict[str, Any]]:
    """Return `count` text tags in groups of ten, and a table of three columns."""
    paths = [(f"part{n // 10}", f"value{n}") for n in range(count)]
    tags = [
        {
            "tag_content": f"{{{{{group}.{name}}}}}",
            "tag_type": "text",
            "json_paths": [group, f"{group}.{name}"],
        }
        for group, name in paths
    ]
    tags.append(
        {
            "tag_content": "{{tablerow item in items}}",
            "tag_type": "table-loop",
            "json_paths": ["items"],
        }
    )
    for name in ("name", "price", "note"):
        tags.append(
            {
                "tag_content": f"{{{{item.{name}}}}}",
                "tag_type": "text",
                "json_paths": ["items", f"items.{name}"],
            }
        )
    return tags


def make_request(tags: list[dict[str, Any]], *, documents: int, rows: int) -> BatchRequest:
    data = [
        {**sample(tags, rows=rows, seed=n), "items": make_items(rows)} for n in range(documents)
    ]
    for number, row in enumerate(data):
        row["part0"] = {**row["part0"], "value0": str(number)}
    return BatchRequest("1", file_name="Order {part0.value0}", rows=data, tags=tags)


def make_items(count: int) -> list[dict[str, str]]:
    return [{"name": f"Item {n}", "price": str(n), "note": "-"} for n in range(count)]


def edit_first_document(request: BatchRequest, text: str) -> None:
    """Change one field of the first document, as the form does after a keystroke."""
    first = request.rows[0]
    changed = {**first, "part0": {**first["part0"], "value1": text}}
    request.rows = [changed, *request.rows[1:]]


def median_ms(request: BatchRequest, action: Callable[[], Any]) -> float:
    """Return the median milliseconds of `action` after a keystroke; the first run is a warm-up."""
    times = []
    for number in range(REPETITIONS + 1):
        edit_first_document(request, f"text {number}")
        begun = time.process_time()
        action()
        times.append(1000 * (time.process_time() - begun))
    return statistics.median(times[1:])


def main(count: int) -> None:
    tags = make_tags(count)
    validator = jsonschema.Draft202012Validator(json_schema(tags))
    print(f"{count} text tags and a table: CPU ms for each keystroke (ratio to problems)\n")
    print(f"{'documents':>9}{'rows each':>10}{'problems':>10}{'new request':>16}", end="")
    print(f"{'jsonschema':>17}{'json.dumps':>16}")
    for documents, rows in ((1, 1000), (20, 50), (100, 10), (1000, 0)):
        request = make_request(tags, documents=documents, rows=rows)
        assert request.problems() == []
        ways: list[Callable[[], Any]] = [
            request.problems,
            lambda request=request: replace(request).problems(),  # has no cache
            lambda request=request: [validator.is_valid(row) for row in request.rows],
            lambda request=request: json.dumps(request.rows),
        ]
        own, *peers = [median_ms(request, way) for way in ways]
        cells = "".join(f"{ms:9.1f} ({ms / own:4.1f})" for ms in peers)
        print(f"{documents:9}{rows:10}{own:10.1f}{cells}")


if __name__ == "__main__":
    main(int((sys.argv[1:2] or ["300"])[0]))
