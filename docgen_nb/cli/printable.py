"""Text of others, such as a server, for a terminal: without characters that control it."""

import re

# C0 and C1 controls, and what reverses or hides text; json.dumps leaves C1 and these as they are.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_OF_LINES = re.compile(_CONTROLS.pattern.replace(r"\x1f", r"\x08\x0b-\x1f"))


def one_line(text: str) -> str:
    r"""Return a text with its control characters as escapes, in one line.

    >>> print(one_line("a\nb\x1b[2J"))
    a\nb\x1b[2J
    """
    return _CONTROLS.sub(_escape, text)


def lines(text: str) -> str:
    """Return a text of several lines with its other control characters as escapes."""
    return _OF_LINES.sub(_escape, text)


def in_json(text: str) -> str:
    """Return JSON with the control characters in its texts as escapes of JSON."""
    return _OF_LINES.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
