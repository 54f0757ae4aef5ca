"""One line of a checkup."""

from typing import NamedTuple

OK, WARNING, WRONG = "ok", "warning", "wrong"


class Finding(NamedTuple):
    """What a check found: ``state`` is ok, warning or wrong, ``fix`` says what to do about it."""

    check: str
    state: str
    detail: str
    fix: str = ""
