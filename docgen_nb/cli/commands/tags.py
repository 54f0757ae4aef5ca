"""`docgen-nb tags`: the tags of a template file, as Box lists them."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from docgen_nb.cli.inputs import add_file, open_template
from docgen_nb.cli.json_output import print_json
from docgen_nb.cli.printable import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_file(parser)
    parser.set_defaults(run=tags)


def tags(arguments: argparse.Namespace) -> int:
    """Print the tags, one per line."""
    template = open_template(arguments.file)
    entries = template.tags()
    if arguments.json:
        print_json(entries)
    elif entries:
        _print_tags(entries)
    else:
        print("No tags.")
    problems = sum(one.severity != "note" for one in template.problems())
    if problems:
        noun = "problem" if problems == 1 else "problems"
        print(f"{problems} {noun}: see docgen-nb check {arguments.file}", file=sys.stderr)
    return 0


def _print_tags(entries: Sequence[dict[str, Any]]) -> None:
    lines = [("type", "tag", "paths")]
    for entry in entries:
        content = " ".join(entry["tag_content"].split())
        paths = ", ".join(entry["json_paths"])
        lines.append((entry["tag_type"], one_line(content), one_line(paths)))
    widths = [max(len(line[column]) for line in lines) for column in (0, 1)]
    for tag_type, content, paths in lines:
        print(f"{tag_type:{widths[0]}}  {content:{widths[1]}}  {paths}")
