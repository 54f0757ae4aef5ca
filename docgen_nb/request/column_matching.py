"""Suggestions for the field that each column of a table fills, by the meaning of the names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from docgen_nb.request.column_formats import numbers
from docgen_nb.request.column_words import NAMING, nearness, weight, words_of
from docgen_nb.request.date_texts import readings
from docgen_nb.schema import Field

CERTAIN, LIKELY, UNSURE, NO_MATCH = "Certain", "Likely", "Unsure", "No match"
_LEAST = {CERTAIN: 0.88, LIKELY: 0.6, UNSURE: 0.4}  # scores
_TIE = 0.05
_EXACT = 2.0
_NAMED_BY_GROUP = 0.6  # nearness of "Supplier" to the last word of vendor.company
_NAMED_IN_OTHER_WORDS = 0.8  # and of "Vendor name"
_OUTER = 0.7  # how much less an object counts than the one within it
_WRONG_KIND = 0.3  # taken off if the values are no numbers or dates, as the field needs


@dataclass(frozen=True)
class Suggestion:
    """The field that a column probably fills.

    Attributes
    ----------
    path : str or None
        Path of the field; None for no match.
    certainty : str
        ``Certain``, ``Likely``, ``Unsure`` or ``No match``.
    """

    path: str | None
    certainty: str


def match_columns(
    samples: Mapping[str, Sequence[object]], fields: Iterable[Field]
) -> dict[str, Suggestion]:
    """Return a suggestion for each column.

    Parameters
    ----------
    samples : mapping
        The first values of each column, by its name.
    fields : iterable of Field
        The fields that columns can fill, as from `schema.fields`; those within others as well.

    Returns
    -------
    dict of Suggestion
        By column. No two columns have the same path.

    Examples
    --------
    >>> fields = [Field("firstName", "customer.firstName", "text", True),
    ...           Field("qty", "lines.qty", "number", True)]
    >>> found = match_columns({"First name": ["Ada"], "Qty": ["3"], "Hobby": ["x"]}, fields)
    >>> [(one.path, one.certainty) for one in found.values()]
    [('customer.firstName', 'Certain'), ('lines.qty', 'Certain'), (None, 'No match')]
    """
    known = [_KnownField.of(field) for field in _leaves(fields)]
    by_word: dict[str, list[_KnownField]] = {}
    for field in known:
        for word in field.words:
            by_word.setdefault(word, []).append(field)
    near = _NearFields(by_word)
    scores = {name: _scores(name, values, known, near) for name, values in samples.items()}
    return _assigned(scores)


def _leaves(fields: Iterable[Field]) -> Iterable[Field]:
    """Yield the fields that a cell can fill, each once."""
    seen: set[str] = set()
    for top in fields:
        for field in top.walk():
            if field.kind not in ("object", "records") and field.path not in seen:
                seen.add(field.path)
                yield field


@dataclass(frozen=True)
class _KnownField:
    path: str
    kind: str
    letters: str
    last: tuple[str, ...]  # words of its own name
    outer: tuple[tuple[str, ...], ...]  # words of the objects around it, innermost first
    words: frozenset[str]

    @classmethod
    def of(cls, field: Field) -> "_KnownField":
        *outer, last = (words_of(name) for name in field.path.split("."))
        words = frozenset(word for one in (*outer, last) for word in one)
        inner_first = tuple(reversed(outer))
        return cls(field.path, field.kind, _letters(field.path), last, inner_first, words)


class _NearFields(dict[str, set[str]]):
    """The paths of the fields with a word near another one, by that word; found when asked for."""

    def __init__(self, by_word: Mapping[str, Sequence[_KnownField]]) -> None:
        super().__init__()
        self._by_word = by_word

    def __missing__(self, word: str) -> set[str]:
        near = (fields for one, fields in self._by_word.items() if nearness(word, one))
        self[word] = paths = {field.path for fields in near for field in fields}
        return paths


def _scores(
    name: str, values: Sequence[object], known: Sequence[_KnownField], near: _NearFields
) -> dict[str, float]:
    own, letters, scores = words_of(name), _letters(name), {}
    paths = {path for word in own for path in near[word]}
    for field in known:
        score = _EXACT if letters == field.letters else 0.0
        if not score and field.path in paths:
            score = _score(own, field)
        if score >= _LEAST[UNSURE] and not _fits(values, field.kind):
            score -= _WRONG_KIND
        if score >= _LEAST[UNSURE]:
            scores[field.path] = score
    return scores


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _score(own: Sequence[str], field: _KnownField) -> float:
    """Return the mean of how well a name covers the field's last name, and is covered by all."""
    if not own or not field.last:
        return 0.0
    last = _covered(field.last, dict.fromkeys(own, 1.0))
    if field.last[-1] in NAMING:
        last = max(last, _naming(own, field))
    by = dict.fromkeys(field.last, 1.0)
    for depth, group in enumerate(field.outer):
        by = dict.fromkeys(group, _OUTER**depth) | by
    return (last + max(_covered(own, by), _covered(own[:-1] or own, by) if _names(own) else 0)) / 2


def _names(own: Sequence[str]) -> bool:
    return len(own) > 1 and own[-1] in NAMING


def _naming(own: Sequence[str], field: _KnownField) -> float:
    """Return how well a column names the object around a field: "Supplier" is vendor.company."""
    group = field.outer[0] if field.outer else ()
    nouns = own[:-1] if _names(own) else own
    named = _covered(nouns, dict.fromkeys(group, 1.0)) if group else 0.0
    value = _NAMED_BY_GROUP if nouns is own else _NAMED_IN_OTHER_WORDS
    return value * named if named > _NAMED_BY_GROUP else 0.0


def _covered(words: Sequence[str], by: Mapping[str, float]) -> float:
    """Return how many of the words are near one of others, which count by their values."""
    total = sum(weight(word) for word in words)
    best = (
        weight(word) * max(value * nearness(word, one) for one, value in by.items())
        for word in words
    )
    return sum(best) / total


def _fits(values: Sequence[object], kind: str) -> bool:
    """Return whether half of the texts or more can be values of a kind."""
    texts = [value for value in values if isinstance(value, str) and value]
    if kind not in ("date", "number") or not texts:
        return True
    read = readings if kind == "date" else numbers
    return 2 * sum(bool(read(text)) for text in texts) >= len(texts)


def _assigned(scores: Mapping[str, Mapping[str, float]]) -> dict[str, Suggestion]:
    """Give each column the best field that is left, best pairs first, and of equals the outer."""
    found = dict.fromkeys(scores, Suggestion(None, NO_MATCH))
    pairs = [(score, name, path) for name, own in scores.items() for path, score in own.items()]
    taken: set[str] = set()
    for score, name, path in sorted(pairs, key=lambda pair: (-pair[0], pair[2].count("."))):
        if path not in taken and found[name].path is None:
            taken.add(path)
            rivals = [other for one, other in scores[name].items() if one not in taken]
            is_tie = score < _EXACT and any(other > score - _TIE for other in rivals)
            found[name] = Suggestion(path, UNSURE if is_tie else _certainty(score))
    return found


def _certainty(score: float) -> str:
    return next(name for name, least in _LEAST.items() if score >= least)
