"""doctor: check the service, the credentials and this computer, and say what to do."""

import textwrap
from collections.abc import Callable, Sequence
from html import escape

import pandas as pd

from docgen_nb import wire
from docgen_nb.client import Client
from docgen_nb.connection import connect
from docgen_nb.doctor_checks.finding import WRONG, Finding
from docgen_nb.doctor_checks.machine import check_machine
from docgen_nb.doctor_checks.service import check_service, of_no_client
from docgen_nb.errors import DocGenError

_WIDTH = 100  # characters of a line
_COLORS = {"ok": "#2e7d32", "warning": "#b26a00", "wrong": "#c62828"}


class Checkup(Sequence[Finding]):
    """The findings of `doctor`, shown as a table with what to do below each problem."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = tuple(findings)

    def __len__(self) -> int:
        return len(self._findings)

    def __getitem__(self, at: "int | slice") -> "Finding | Checkup":  # type: ignore[override]
        return Checkup(self._findings[at]) if isinstance(at, slice) else self._findings[at]

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong; there may be warnings."""
        return all(one.state != WRONG for one in self._findings)

    def frame(self) -> pd.DataFrame:
        """Return the findings as a table: ``check``, ``state``, ``detail`` and ``fix`` (str)."""
        return pd.DataFrame(self._findings, columns=list(Finding._fields), dtype="str")

    def __repr__(self) -> str:
        return "\n".join(line for one in self._findings for line in _lines(one))

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in Finding._fields)
        rows = "".join(map(_row_html, self._findings))
        return f"<table><tr>{head}</tr>{rows}</table>"


def _lines(finding: Finding) -> list[str]:
    fix = f"\nFix: {finding.fix}" if finding.fix else ""
    label = f"{finding.state:<8} {finding.check:<12} "
    width = _WIDTH - len(label)
    rest = [
        line
        for text in f"{finding.detail}{fix}".splitlines()
        for line in textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    ]
    return [
        f"{label if not at else ' ' * len(label)}{line}" for at, line in enumerate(rest or [""])
    ]


def _row_html(finding: Finding) -> str:
    style = "text-align: left; vertical-align: top; white-space: normal"
    color = f"{style}; font-weight: bold; color: {_COLORS[finding.state]}"
    cells = (
        f'<td style="{color if name == "state" else style}">{escape(text)}</td>'
        for name, text in finding._asdict().items()
    )
    return f"<tr>{''.join(cells)}</tr>"


def doctor(box: Client | None = None, *, folder_id: str = wire.ROOT_FOLDER_ID) -> Checkup:
    """Check whether Doc Gen can work here, and say what to do where it can't.

    It reads only: a call for the user, the templates and the folder each. Nothing is raised for
    what is wrong.

    Parameters
    ----------
    box : Client, optional
        As from `connect`. By default `connect` makes one, from the environment or the login file.
    folder_id : str
        The folder of the documents; by default the user's root folder.

    Returns
    -------
    Checkup
        One finding per check, with ``check``, ``state`` (ok, warning or wrong), ``detail`` and
        ``fix``: address, credentials, token, scope, Doc Gen, box-version, folder, clock, PDF,
        fonts, widgets, disk. Checks that need a sign-in are left out without one. `frame` returns
        them as a table.

    Examples
    --------
    >>> with connect("local") as box:
    ...     checkup = doctor(box)
    >>> print(checkup[0])
    Finding(check='address', state='ok', detail='http://docgen.local answers; from url=', fix='')
    """
    if box is not None:
        return check_up(lambda: box, folder_id=folder_id)
    return check_up(connect, folder_id=folder_id, closes=True)


def check_up(open_client: Callable[[], Client], *, folder_id: str, closes: bool = False) -> Checkup:
    """Return the findings about a client that may not open; `closes` closes it afterwards."""
    try:
        box = open_client()
    except (DocGenError, ImportError, ValueError) as error:
        return Checkup([of_no_client(error), *check_machine()])
    try:
        return Checkup([*check_service(box, folder_id=folder_id), *check_machine()])
    finally:
        if closes:
            box.close()
