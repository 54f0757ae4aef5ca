"""The first set of exercises: templates and their data."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docgen_nb import samples
from docgen_nb.errors import UnreadableTemplate
from docgen_nb.lessons.exercise import (
    MOST_CHARACTERS,
    Exercise,
    NotTried,
    Wrong,
    in_words,
    require,
    shown,
)
from docgen_nb.template import Template

_MOST_NOTATION = 100_000  # characters
_FORGOTTEN = "Compare each tag with the names in the data, letter by letter."


def _opened(answer: Any) -> Template:
    """Return the template that an answer is: its notation, its bytes, a path, or a Template."""
    require(
        answer,
        (str, bytes, os.PathLike, Template),
        "the text of a template (or a .docx: its bytes or its path)",
    )
    if isinstance(answer, Template):
        return answer
    try:
        return Template(_source(answer))
    except (UnreadableTemplate, OSError) as error:
        raise Wrong(f"The template can't be opened: {in_words(error)}.") from None


def _source(answer: str | bytes | os.PathLike[str]) -> bytes | Path:
    if not isinstance(answer, str):
        return answer if isinstance(answer, bytes) else Path(answer)
    if answer.strip().endswith(".docx") and "\n" not in answer.strip():
        return Path(answer.strip())
    if len(answer) > _MOST_NOTATION:
        raise Wrong(
            f"The text has {len(answer):,} characters; the solution is a few lines long.",
            "Is something repeated that a tag should repeat?",
        )
    if not answer.strip():
        raise Wrong("The text is empty.", "Begin with the text of the task, then add the tags.")
    return samples.template(answer)


def _text(template: Template, data: Mapping[str, Any], *, case: str = "") -> str:
    """Return the text of the document; `Wrong` with the first problem, if it has any."""
    rendered = template.render(data)
    for problem in rendered.errors:
        hint = f"The data has {problem.nearest!r}." if problem.nearest else ""
        raise Wrong(f"{case}{problem}", hint)
    return rendered.text()


def _has(text: str, value: str, *, what: str, case: str = "") -> None:
    if value not in text:
        raise Wrong(f"{case}The document has no {what} {value!r}: it says {_quoted(text)}.")


def _has_not(text: str, value: str, *, why: str, hint: str) -> None:
    if value in text:
        raise Wrong(f"{why}: the document says {_quoted(text)}.", hint)


def _quoted(text: str) -> str:
    line = " / ".join(text.split("\n")).strip(" /")
    return repr(line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…")


# 01a

_BROKEN = """
    Dear {{first name}},
    Your order {{order-id}} leaves us on {{ship_date :: Format(“dd-mmm-yyyy”)}}.
"""


def _judge_repair(answer: Any, _: Any) -> None:
    template = _opened(answer)
    if isinstance(answer, str) and answer.split() == _BROKEN.split():
        hint = "Correct the text in the cell above, run that cell, then run this one again."
        raise NotTried(f"This is the letter as it came. {template.problems()[0]}", hint)
    _no_subtraction(template)
    first = {"first_name": "Ada", "order_id": "A-7", "ship_date": "2026-03-02"}
    other = {"first_name": "Bo", "order_id": "B-9", "ship_date": "2026-12-24"}
    for data, date in ((first, "02-Mar-2026"), (other, "24-Dec-2026")):
        text = _text(template, data)
        if data is other:
            typed = [value for value in ("Ada", "A-7", "02-Mar-2026") if value in text]
            if typed:
                raise Wrong(
                    f"{typed[0]!r} is also in the document of another customer.",
                    "It is typed into the template. Only tags are replaced by data.",
                )
        _has(text, data["first_name"], what="first name")
        _has(text, data["order_id"], what="number of the order")
        _has(text, date, what="date")


def _no_subtraction(template: Template) -> None:
    for tag in template.tags():
        if tag["tag_type"] == "arithmetic" and "-" in tag["tag_content"]:
            raise Wrong(
                f"{tag['tag_content']} is read as a subtraction, one path minus another.",
                "A hyphen can't be part of a name. Which name does the data use?",
            )


# 01b


def _judge_gaps(answer: Any, _: Any) -> None:
    template = _opened(answer)
    for place in ("Hall 3", None):
        for note in ("Bring a friend.", None):
            values = {"name": "Ada", "place": place, "note": note}
            data = {name: value for name, value in values.items() if value is not None}
            gaps = [name for name, value in values.items() if value is None]
            case = f"Without {' and '.join(gaps)}: " if gaps else "With all data: "
            text = _text(template, data, case=case)
            _has(text, "Ada", what="name", case=case)
            _has(text, place or "our office", what="place", case=case)
            if place:
                hint = "The default is for data that is absent. Here the place is given."
                _has_not(text, "our office", why=f"{case}both places are there", hint=hint)
            if note:
                _has(text, note, what="note", case=case)


# 01c


def _judge_table(answer: Any, _: Any) -> None:
    template = _opened(answer)
    if not any(tag["tag_type"] == "table-loop" for tag in template.tags()):
        raise Wrong(
            "No row of a table is repeated in this template.",
            "Notebook 02 repeats rows under the title Tables.",
        )
    for prices in ([20, 22.5], [20, 22.5, 8], [5]):
        names = [f"Item{number}" for number in range(1, len(prices) + 1)]
        items = [{"name": n, "price": p} for n, p in zip(names, prices, strict=True)]
        case = f"With {len(items)} items: " if len(items) > 1 else "With one item: "
        text = _text(template, {"items": items}, case=case)
        lines = text.split("\n")
        for name, price in zip(names, prices, strict=True):
            count = sum(name in line for line in lines)
            if count != 1:
                raise Wrong(f"{case}{name!r} is there {count} times, and not once.")
            _has(text, str(price), what="price", case=case)
        total = f"{sum(prices):g}"
        if not any(total in line for line in lines[-4:]) or (
            len(prices) == 1 and sum(line.count(total) for line in lines) < 2
        ):
            raise Wrong(
                f"{case}the end of the document has no total {total}: {_quoted(text)}.",
                "The total belongs after the rows, and has to follow the prices in the data.",
            )


# 01d


@cache
def _order() -> Template:
    return Template(samples.template(_ORDER))


_ORDER = """
    # Order {{order.id}} of {{order.date :: format(“dd-mmm-yyyy”)}}
    For {{order.customer.name}}{{order.note :: optional}}
    | Product | Price |
    |---|
    | {{tablerow item in order.items}} {{item.name}} | {{item.price}} {{endtablerow}} |
    | Total | {{$sum(order.items.price)}} |
"""


def _judge_data(answer: Any, _: Any) -> None:
    require(answer, Mapping, "a dict with the data")
    for problem in _order().check(answer):
        near = f" The template uses {problem.nearest!r}." if problem.nearest else ""
        raise Wrong(f"{problem}{near}", _ADVICE.get(problem.code, ""))
    items = answer["order"]["items"]
    if len(items) < 2:
        raise Wrong(f"The order has {len(items)} item, and two are asked for.")
    empty = [name for name in ("id", "date") if answer["order"].get(name) in ("", None)]
    if empty:
        raise Wrong(f"order.{empty[0]} is {shown(answer['order'][empty[0]])}: nothing is printed.")


_ADVICE = {
    "missing": "A dot in a path leads into a dict within a dict: `a.b` is the `b` in the dict `a`.",
    "ambiguous_date": "Which is the month? A year in front leaves no doubt.",
    "unused": "Data that no tag uses is a mistake in its name, or superfluous.",
    "not_a_date": "Which ways to write a date does notebook 02 name?",
    "wrong_type": "What does the template do with this value: print it, or repeat rows for it?",
    "not_a_number": "The template adds these values up.",
}

EXERCISES = (
    Exercise(
        id="01a",
        task="Repair a letter",
        judge=_judge_repair,
        hints=(
            "`dg.Template(dg.samples.template(answer_01a)).render(data).text()` is its text.",
            "Which characters may a path have? Two mistakes are in paths, and the third one is "
            "after the `::`.",
            "The paths are exactly the keys of the data, `first_name` and so on; modifiers are "
            "written in lower case.",
        ),
        solution='answer_01a = """\n'
        "    Dear {{first_name}},\n"
        "    Your order {{order_id}} leaves us on {{ship_date :: format(“dd-mmm-yyyy”)}}.\n"
        '"""',
        learned="Names are letters, digits and underscores. A hyphen is a minus sign, and raises "
        "no alarm; modifiers are written in lower case.",
    ),
    Exercise(
        id="01b",
        task="A letter with gaps",
        judge=_judge_gaps,
        hints=(
            "A tag without data stays in the document unless it says what to do then.",
            "Two modifiers after `::` are for this: one leaves nothing, the other prints a text.",
            "The one for the note takes no argument: `{{… :: optional}}`. The one for the place "
            "takes the text in quotes and parentheses: `{{… :: d…(“…”)}}`.",
        ),
        solution='answer_01b = """\n'
        "    Dear {{name}},\n"
        "    We meet at {{place :: default(“our office”)}}.\n"
        "    {{note :: optional}}\n"
        '"""',
        learned="The template decides what absent data means: with `default`, `optional` or a "
        "condition. A tag without any of them stays in the document, and its job ends as "
        "completed_with_error.",
    ),
    Exercise(
        id="01c",
        task="A table with a total",
        judge=_judge_table,
        hints=(
            "How many rows the table has must follow the data, and so must the total.",
            "One tag at the start of the row begins the repetition, one at its end ends it: "
            "`{{tablerow item in …}}` and `{{endtablerow}}`. A function, with a `$`, adds up.",
            "The row: `| {{tablerow item in items}} … | … {{endtablerow}} |`. The last row has "
            "`$sum`, and its argument is a path through the list: list, dot, name.",
        ),
        solution='answer_01c = """\n'
        "    | Item | Price |\n"
        "    |---|\n"
        "    | {{tablerow item in items}} {{item.name}} | {{item.price}} {{endtablerow}} |\n"
        "    | Total | {{$sum(items.price)}} |\n"
        '"""',
        learned="A path through a list, such as items.price, stands for all its values; functions "
        "such as $sum make one of them.",
    ),
    Exercise(
        id="01d",
        task="Data for a template",
        judge=_judge_data,
        hints=(
            "The tree that the start cell shows has every path. Begin with the first branch.",
            "The outermost key is `order`. What the template repeats is a list of dicts, what it "
            "adds up is a number, and a date is best written with the year first.",
            'The shape: `{"order": {"id": …, "date": …, "customer": {…}, "items": [{…}, {…}]}}`.',
        ),
        solution="answer_01d = {\n"
        '    "order": {\n'
        '        "id": "A-7",\n'
        '        "date": "2026-03-02",\n'
        '        "customer": {"name": "Ada"},\n'
        '        "items": [{"name": "Lamp", "price": 45}, {"name": "Chair", "price": 260}],\n'
        "    }\n"
        "}",
        learned="The tags say all that a template needs, so data can be checked before it is sent: "
        "Template.check here, BatchRequest.problems for a batch.",
        start=lambda seed: _order(),
    ),
)
