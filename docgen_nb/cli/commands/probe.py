"""`docgen-nb probe`: what a Box account does where Box's documentation says nothing."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from docgen_nb.cli.options.services import add_url, client_of
from docgen_nb.cli.printable import one_line
from docgen_nb.errors import NotWritten, ProbeStopped
from docgen_nb.evidence import DIFFERENT, SAME, WIRE, Evidence, as_json
from docgen_nb.probe import Plan, Probe
from docgen_nb.probe.state import today
from docgen_nb.template import portability

_EPILOG = """\
The file of --json contains only answers: no names, tokens or contents of the account. Pass it, or a
folder of such files, to docgen-nb check --evidence, docgen-nb serve --evidence and
Template.problems(evidence=). While the probe runs, FILE.partial keeps the answers so far: after
Ctrl-C or a kill, the same command continues from there.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--folder",
        metavar="ID",
        default="0",
        help="where the probe creates its folder, which it deletes at the end (default: the root)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before it starts")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the answers to this file")
    add_url(parser)
    parser.set_defaults(run=probe, refuse=parser.error)


def probe(arguments: argparse.Namespace) -> int:
    """Ask an account all questions and print the answers. Return 1 if it was stopped."""
    state = None
    if arguments.json is not None:
        state = arguments.json.with_name(f"{arguments.json.name}.partial")
        if not arguments.json.parent.is_dir():
            raise NotWritten(f"There is no folder {arguments.json.parent} for {arguments.json}.")
    with client_of(arguments) as box:
        asked = Probe(box, folder_id=arguments.folder, state=state, report=_report)
        if not arguments.yes and not _agrees(asked.plan(), url=box.url):
            return 1
        try:
            evidence = asked.run()
        except (ProbeStopped, KeyboardInterrupt) as error:
            _explain_stop(asked, error, arguments.json)
            return 130 if isinstance(error, KeyboardInterrupt) else 1
    print("\n".join(table(evidence)))
    if arguments.json is not None:
        _write(arguments.json, evidence, documents=asked.documents)
    return _report_left(asked)


def _agrees(plan: Plan, *, url: str) -> bool:
    """Say what a probe costs and return whether it may start."""
    _report(
        f"{plan.questions} questions to {url}. They take about {plan.documents} documents, at most "
        f"{plan.most_documents}, in a folder that the probe deletes afterwards."
    )
    if not sys.stdin.isatty():
        _report("Add --yes to start without being asked.")
        return False
    try:
        return input("Start? [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        return False


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _explain_stop(asked: Probe, error: BaseException, file: Path | None) -> None:
    evidence = asked.evidence
    count = len(evidence.wire) + len(evidence.constructs)
    if isinstance(error, ProbeStopped):
        _report(f"docgen-nb probe: {one_line(str(error))}")
        for note in getattr(error.__cause__, "__notes__", ()):
            _report(one_line(note))
    resume = "" if file is None or not count else " Run the same command again to continue."
    _report(f"Stopped with {count} answers and {asked.documents} documents.{resume}")
    _report_left(asked)


def _report_left(asked: Probe) -> int:
    if asked.left:
        _report(f"Not deleted; please delete them yourself: {', '.join(asked.left)}.")
    return int(bool(asked.left))


def _write(path: Path, evidence: Evidence, *, documents: int) -> None:
    try:
        path.write_text(as_json(evidence, date=today(), documents=documents), encoding="utf-8")
    except OSError as error:
        raise NotWritten(f"Cannot write {path}: {error.strerror}.") from error


def table(evidence: Evidence) -> Iterator[str]:
    """Yield a line for each question, differences first: verdict, question, our answer, theirs."""
    rows = []
    for key, answer in evidence.wire.items():
        title, ours = WIRE[key]
        rows.append((SAME if answer.text == ours else DIFFERENT, title, ours, answer.text))
    names = {row["construct"]: row["name"] for row in portability.rows()}
    for key, one in evidence.constructs.items():
        rows.append((one.verdict, names[key], " / ".join(one.ours), " / ".join(one.theirs)))
    rows.sort(key=lambda row: row[0] == SAME)
    header = ("verdict", "question", "ours", "theirs")
    cells = [header, *(tuple(one_line(text)[:60] for text in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    for row in cells:
        padded = (f"{text:<{width}}" for text, width in zip(row, widths, strict=False))
        yield "  ".join([*padded, row[3]]).rstrip()
    different = sum(row[0] != SAME for row in rows)
    yield f"{len(rows)} questions, {different} answered differently from here."
