"""help: what a name means, where its numbers come from and where they end, and an example."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import docgen_nb
from docgen_nb.errors import DocGenError
from docgen_nb.lessons.glossary import WORDS
from docgen_nb.lessons.pasteable import pasteable

_HEADING = re.compile(r"^([A-Z][a-z]+)\n-+\n", flags=re.MULTILINE)
_SECTIONS = {
    "Parameters": "Parameters",
    "Attributes": "Attributes",
    "Returns": "Returns",
    "Raises": "Errors",
    "Notes": "Definition, source and limits",
}
_PUBLIC: list[str] = vars(docgen_nb)["__all__"]
# The lesson of each room of the package.
_LESSONS = {
    "client": "07-the-api-call-by-call",
    "connection": "01-one-batch",
    "doctor_checks": "01-one-batch",
    "errors": "07-the-api-call-by-call",
    "forms": "03-the-form",
    "frames": "04-jobs-as-a-table",
    "ledger": "04-jobs-as-a-table",
    "lessons": "exercises/1-templates",
    "metrics": "05-how-fast-how-often",
    "charts": "05-how-fast-how-often",
    "reports": "weekly-report",
    "request": "03-the-form",
    "samples": "01-one-batch",
    "schema": "03-the-form",
    "service": "01-one-batch",
    "submission": "03-the-form",
    "template": "02-templates-and-tags",
    "watching": "weekly-report",
}
_IN_LESSON_SIX = ("failure", "compare", "comparison", "incident", "outcomes", "hours")


@dataclass(frozen=True)
class Help:
    """The help of one name. It shows itself in a notebook.

    ``name`` is how to call it, ``text`` its docstring by section, ``lesson`` a notebook.
    """

    name: str
    signature: str
    summary: str
    sections: dict[str, str]
    example: str
    lesson: str

    def __repr__(self) -> str:
        parts = [f"{self.name}{self.signature}", self.summary]
        parts += [f"{title}:\n{_indented(text)}" for title, text in self.sections.items()]
        if self.example:
            parts.append(f"Example:\n{_indented(self.example)}")
        if self.lesson:
            parts.append(f"Lesson: {self.lesson}.ipynb")
        return "\n\n".join(parts)

    def _repr_markdown_(self) -> str:
        code = f"`{self.name}{self.signature}`"
        parts = [f"**{code}**" if self.signature else f"**{self.name}**", _markdown(self.summary)]
        parts += [f"**{title}**\n\n{_markdown(text)}" for title, text in self.sections.items()]
        if self.example:
            parts.append(f"**Example**\n\n```python\n{self.example}\n```")
        if self.lesson:
            parts.append(f"Lesson: `{self.lesson}.ipynb`")
        return "\n\n".join(parts)


def help(name: Any) -> Help:
    """Return what a name of this package means, with its limits, an example and its lesson.

    Parameters
    ----------
    name : str or object
        ``"throughput"``, ``"Client.list_jobs"``, ``"schema.fields"``, with or without ``dg.``; or
        the thing itself, such as ``dg.throughput``, a client, an error, or a table of jobs. Or a
        word of Doc Gen: ``"template"``, ``"tag"``, ``"batch"``, ``"job"``, ``"user_input"``,
        ``"ledger"``.

    Returns
    -------
    Help
        Shows itself as text or in a notebook. For an unknown name, the names that are near.

    Examples
    --------
    >>> print(help("outcomes").summary.splitlines()[0])
    Return how many jobs have each status, and what share that is.
    >>> help("thruput")
    There is nothing named 'thruput'. Did you mean throughput or draw_throughput?
    """
    path = _path_of(name)
    found = dict(_names()).get(path)
    if found is None:
        return _word(path) or _unknown(path)
    return _of(path, found)


def _word(name: str) -> Help | None:
    """Return the help of a word of Doc Gen, in the singular or plural."""
    for word in (name, name.removesuffix("s")):
        if word in WORDS:
            meaning, lesson = WORDS[word]
            return Word(word, "", meaning, {}, "", lesson)
    return None


def _path_of(name: Any) -> str:
    """Return the name of what is asked for."""
    if isinstance(name, str):
        return name.strip().removeprefix("dg.").removeprefix("docgen_nb.").removesuffix("()")
    columns = set(getattr(name, "columns", ()))
    if {"job_id", "message"} <= columns:
        return "load_failures"
    if {"job_id", "status", "created_at"} <= columns:
        return "load_jobs"
    own = getattr(name, "__func__", name)  # of a bound method
    for path, value in _names():
        if value is own or (inspect.isclass(value) and type(name) is value):
            return path
    return type(name).__name__


def _names() -> Iterator[tuple[str, Any]]:
    """Yield every public name with what it names: those of the package, its rooms, its classes."""
    for name in _PUBLIC:
        value = getattr(docgen_nb, name)
        yield name, value
        if inspect.ismodule(value):
            for inner in getattr(value, "__all__", None) or _errors(value):
                yield f"{name}.{inner}", getattr(value, inner)
    for name in _PUBLIC:
        value = getattr(docgen_nb, name)
        if inspect.isclass(value):
            for inner, method in vars(value).items():
                if not inner.startswith("_") and inspect.getdoc(method):
                    yield f"{name}.{inner}", method


def _errors(module: Any) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, DocGenError | UserWarning)
    ]


def _of(path: str, value: Any) -> Help:
    first, _, rest = (inspect.getdoc(value) or "").partition("\n\n")
    pieces = _HEADING.split(f"{first}\n\n{rest}")
    texts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return Help(
        name=f"dg.{path}",
        signature=_signature(value),
        summary=pieces[0].strip(),
        sections={
            title: texts[section].strip("\n")
            for section, title in _SECTIONS.items()
            if section in texts
        },
        example=pasteable(texts.get("Examples", ""), _called(path)),
        lesson=_lesson(path, value),
    )


def _called(path: str) -> dict[str, str]:
    """Return what to call the names in the example of a name: its own, and all of its room."""
    room = path.partition(".")[0]
    inner = [one.split(".") for one, _ in _names() if one.count(".") == 1]
    inner = [one for one in inner if inspect.ismodule(getattr(docgen_nb, one[0]))]
    inner.sort(key=lambda one: one[0] == room)  # those of its own room win
    return {name: f"dg.{room}.{name}" for room, name in inner} | {
        name: f"dg.{name}" for name in _PUBLIC
    }


def _signature(value: Any) -> str:
    if not callable(value) or (inspect.isclass(value) and issubclass(value, Exception)):
        return ""
    try:
        signature = inspect.signature(value)
    except ValueError:
        return "(...)"
    names = [
        str(one.replace(annotation=one.empty))
        for one in signature.parameters.values()
        if one.name != "self" and not one.name.startswith("_")
    ]
    keywords = [p for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
    if keywords:
        names.insert(len(names) - len(keywords), "*")
    return f"({', '.join(names)})"


def _lesson(path: str, value: Any) -> str:
    module = getattr(value, "__module__", None) or getattr(value, "__name__", "")
    room = str(module).removeprefix("docgen_nb.").partition(".")[0]
    if room in ("metrics", "charts") and any(word in path for word in _IN_LESSON_SIX):
        return "06-what-fails-and-why"
    return _LESSONS.get(room, "")


def _unknown(name: str) -> Help:
    names = [path for path, _ in _names()]
    last = {path.rpartition(".")[2]: path for path in reversed(names)}
    near = [last[one] for one in get_close_matches(name.rpartition(".")[2], last, n=3, cutoff=0.6)]
    asked = f" Did you mean {' or '.join(near)}?" if near else " `dir(dg)` lists all names."
    return Unknown(f"There is nothing named {name[:60]!r}.{asked}")


class Word(Help):
    """The help of a word of Doc Gen, which is not the name of anything to call."""

    def __repr__(self) -> str:
        return super().__repr__().replace("**", "")


class Unknown(Help):
    """The answer for a name that does not exist: the names that are near."""

    def __init__(self, summary: str) -> None:
        super().__init__("", "", summary, {}, "", "")

    def __repr__(self) -> str:
        return self.summary

    def _repr_markdown_(self) -> str:
        return self.summary


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def _markdown(text: str) -> str:
    """Return the text of a docstring as Markdown: its code in single backquotes, lists as lists."""
    text = re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)
    # What a parameter or a column is called begins a paragraph of its own.
    return re.sub(r"^(\w[\w, ]*)( : [^\n]+)?\n    ", r"\n- `\1`\2: ", text, flags=re.MULTILINE)
