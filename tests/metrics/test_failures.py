"""Why jobs fail: messages by pattern, checked by hand and by properties."""

import time
from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics import failure_messages, unseen_failure_messages
from pandas.testing import assert_frame_equal

from docgen_nb.errors import MissingColumn
from docgen_nb.metrics import failure_reasons
from docgen_nb.metrics.messages.patterns import pattern

LACKS_ID = "The tag 'order.id' was not provided in the input data."
LACKS_NAME = "The tag 'order.name' was not provided in the input data."
UNUSED = "The tag 'order.note' was provided but not used in the template."
SLOW_61, SLOW_62 = "The document took 61 seconds.", "The document took 62 seconds."
NINE, TEN = pd.Timestamp("2026-03-02T09:00Z"), pd.Timestamp("2026-03-02T10:00Z")
COLUMNS = ["job_id", "template_id", "severity", "message", "created_at"]


def failures(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS)
    texts = dict.fromkeys(COLUMNS[:4], "str")
    return table.astype({**texts, "created_at": "datetime64[us, UTC]"})


SEVEN = failures(
    ("1", "7", "error", SLOW_61, NINE),
    ("1", "7", "error", SLOW_62, NINE),
    ("2", "7", "error", SLOW_61, TEN),
    ("2", "7", "error", LACKS_ID, TEN),
    ("3", "8", "error", LACKS_NAME, pd.NaT),
    ("3", "8", "warning", UNUSED, pd.NaT),
    ("3", "8", "warning", UNUSED, pd.NaT),
)


def reasons_table(*rows: tuple, first: str = "pattern") -> pd.DataFrame:
    names = ["pattern", "tag", "severity", "messages", "jobs", "share"]
    names += ["example", "example_job_id", "first_at", "last_at"]
    names = names if first == "pattern" else [first, *names]
    times = dict.fromkeys(["first_at", "last_at"], "datetime64[us, UTC]")
    texts = dict.fromkeys([first, "pattern", "tag", "severity", "example", "example_job_id"], "str")
    return pd.DataFrame(rows, columns=names).astype({**texts, **times})


TOOK = "The document took <number> seconds."
LACKS = "The tag '<tag>' was not provided in the input data."
NOT_USED = "The tag '<tag>' was provided but not used in the template."


def test_messages_of_one_pattern_are_one_row_and_a_job_counts_once():
    expected = reasons_table(
        (TOOK, None, "error", 3, 2, 2 / 3, SLOW_61, "1", NINE, TEN),
        (LACKS, "order.id", "error", 1, 1, 1 / 3, LACKS_ID, "2", TEN, TEN),
        (LACKS, "order.name", "error", 1, 1, 1 / 3, LACKS_NAME, "3", pd.NaT, pd.NaT),
        (NOT_USED, "order.note", "warning", 2, 1, 1.0, UNUSED, "3", pd.NaT, pd.NaT),
    )
    assert_frame_equal(failure_reasons(SEVEN), expected)


def test_shares_by_template_are_of_the_jobs_of_each_template():
    expected = reasons_table(
        ("7", TOOK, None, "error", 3, 2, 1.0, SLOW_61, "1", NINE, TEN),
        ("7", LACKS, "order.id", "error", 1, 1, 0.5, LACKS_ID, "2", TEN, TEN),
        ("8", LACKS, "order.name", "error", 1, 1, 1.0, LACKS_NAME, "3", pd.NaT, pd.NaT),
        ("8", NOT_USED, "order.note", "warning", 2, 1, 1.0, UNUSED, "3", pd.NaT, pd.NaT),
        first="template_id",
    )
    assert_frame_equal(failure_reasons(SEVEN, by="template"), expected)


def test_attrs_hold_the_number_of_jobs_with_messages():
    assert failure_reasons(SEVEN, time_zone="Europe/Berlin").attrs == {
        "created_from": "2026-03-02T10:00:00+01:00",
        "created_to": "2026-03-02T11:00:00+01:00",
        "read_at": None,
        "time_zone": "Europe/Berlin",
        "jobs": 3,
    }


def test_no_messages_give_an_empty_table():
    assert_frame_equal(failure_reasons(SEVEN.iloc[:0]), failure_reasons(SEVEN).iloc[:0])
    by_hour = failure_reasons(SEVEN, by="hour")
    assert_frame_equal(failure_reasons(SEVEN.iloc[:0], by="hour"), by_hour.iloc[:0])


def test_jobs_with_an_unknown_creation_time_are_in_no_hour():
    reasons = failure_reasons(SEVEN, by="hour", time_zone="Asia/Kolkata")

    assert reasons[["hour", "tag", "jobs"]].fillna("-").values.tolist() == [
        [14, "-", 1],
        [15, "-", 1],
        [15, "order.id", 1],
    ]
    assert reasons.attrs["jobs"] == 2


def test_missing_messages_and_unknown_severities_are_counted():
    odd = failures(
        ("1", "7", "notice", None, NINE),
        ("2", "7", "notice", " ", NINE),
        ("3", "7", None, "Hm.", NINE),
    )

    reasons = failure_reasons(odd)

    assert reasons[["severity", "pattern", "jobs"]].fillna("-").values.tolist() == [
        ["-", "Hm.", 1],
        ["notice", "(no message)", 2],
    ]


@pytest.mark.parametrize(
    ("message", "expected", "tag"),
    [
        (LACKS_ID, LACKS, "order.id"),
        (UNUSED, NOT_USED, "order.note"),
        (
            "The tag 'date :: format(\"x\")' asks for the format 'x y', which is unknown.",
            "The tag '<tag>' asks for the format '<name>', which is unknown.",
            'date :: format("x")',
        ),
        (
            "The tag 'lines' is a text in the input data, where a list is needed.",
            "The tag '<tag>' is a text in the input data, where a list is needed.",
            "lines",
        ),
        (
            "The tag 'sum' has the value '12 a', which is no number; it stays as it is.",
            "The tag '<tag>' has the value '<name>', which is no number; it stays as it is.",
            "sum",
        ),
        (
            "The loop over 'lines' was stopped: one document may have 100000 turns.",
            "The loop over '<tag>' was stopped: one document may have <number> turns.",
            "lines",
        ),
        (
            "The calculation 'a / b' has no result for this input data.",
            "The calculation '<tag>' has no result for this input data.",
            "a / b",
        ),
        (
            "The template could not be read: its part 'word/document.xml' is damaged.",
            "The template could not be read: its part '<name>' is damaged.",
            None,
        ),
        (
            "The document could not be converted to PDF.",
            "The document could not be converted to PDF.",
            None,
        ),
        (
            "The part 'word/media/image1.png' has 90000000 bytes; the limit is 1,000,000.",
            "The part '<name>' has <number> bytes; the limit is <number>.",
            None,
        ),
        (
            "The tag 'customer's name' was not provided in the input data.",
            "The tag '<tag>' was not provided in the input data.",
            "customer's name",
        ),
        ("The file's header isn't a header.", "The file's header isn't a header.", None),
        ("{{ order.id }} is unknown", "{{<tag>}} is unknown", "order.id"),
        ("Tag “a.b” and tag `c`", "Tag “<tag>” and tag `<tag>`", "a.b"),
        (
            "Job 3f2504e0-4f89-11d3-9a0c-0305e82c3301 at 2026-03-02T09:00:00Z: https://x.test/7.",
            "Job <id> at <time>: <url>.",
            None,
        ),
        ("Two\n lines  of -5.25", "Two lines of <number>", None),
        (None, "(no message)", None),
    ],
)
def test_a_pattern_keeps_the_wording_and_replaces_what_varies(message, expected, tag):
    assert pattern(message) == (expected, tag)


@pytest.mark.parametrize(
    ("message", "tag"),
    [
        ("Unresolved placeholders {c,a}", "a, c"),
        ("Unresolved placeholders {a,c}", "a, c"),
        ("The tags 'order.id' and 'b' have no value.", "b, order.id"),
        ("No value for order.items[0].name", "order.items[0].name"),
        ("Missing tags: total, date", "date, total"),
        ("May not 'upload' to folder 7", None),
    ],
)
def test_the_tags_of_a_list_are_in_the_order_of_their_names(message, tag):
    assert pattern(message)[1] == tag


def confused(messages: dict[str, list[str]]) -> tuple[list[set[str]], list[str]]:
    """Return the reasons that share a pattern, and those with more than one."""
    patterns = {reason: {pattern(one)[0] for one in ones} for reason, ones in messages.items()}
    by_pattern = defaultdict(set)
    for reason, found in patterns.items():
        for text in found:
            by_pattern[text].add(reason)
    merged = [reasons for reasons in by_pattern.values() if len(reasons) > 1]
    return merged, [reason for reason, found in patterns.items() if len(found) > 1]


def test_each_reason_has_one_pattern():
    assert sum(map(len, failure_messages.MESSAGES.values())) >= 136
    assert confused(failure_messages.MESSAGES) == ([], [])
    assert sum(map(len, failure_messages.MORE.values())) >= 89
    assert confused(failure_messages.MORE) == ([], [])


@pytest.mark.parametrize(
    ("unseen", "messages"),
    [(unseen_failure_messages.MESSAGES, 100), (unseen_failure_messages.LATER, 81)],
)
def test_of_messages_written_after_the_rules_few_are_confused(unseen, messages):
    assert sum(map(len, unseen.values())) == messages
    merged, split = confused(unseen)
    assert len(merged) <= 3
    assert len(split) <= 5


@pytest.mark.parametrize(
    "text",
    [
        "'",
        "a.",
        "1.",
        "a-1",
        "\\\\ a",
        "/a",
        "{a,",
        "tag a, ",
        "1x",
        "(a, ",
        "aB",
        "a@",
        "x:1 ",
        "\ue000",
    ],
)
def test_a_hostile_message_takes_no_longer_than_its_length_allows(text):
    began = time.process_time()
    pattern(text * 100_000)
    assert time.process_time() - began < 5


ROWS = st.lists(
    st.tuples(
        st.sampled_from("123"),
        st.sampled_from("78"),
        st.sampled_from(["error", "warning"]),
        st.sampled_from([LACKS_ID, LACKS_NAME, SLOW_61, SLOW_62]),
        st.sampled_from([NINE, TEN]),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_counts_equal_those_from_every_single_row(rows):
    table = failures(*rows)

    reasons = failure_reasons(table, by="template")

    assert reasons["messages"].sum() == len(rows)
    for row in reasons.itertuples():
        of_group = [r for r in rows if (r[1], r[2]) == (row.template_id, row.severity)]
        tag = None if pd.isna(row.tag) else row.tag
        alike = [r for r in of_group if pattern(r[3]) == (row.pattern, tag)]
        assert row.messages == len(alike)
        assert row.jobs == len({r[0] for r in alike})
        assert row.share == row.jobs / len({r[0] for r in of_group})
        assert row.example in {r[3] for r in alike}
        assert row.example_job_id == min(r[0] for r in alike if r[3] == row.example)
        assert (row.first_at, row.last_at) == (min(r[4] for r in alike), max(r[4] for r in alike))


@pytest.mark.parametrize("column", ["job_id", "severity", "message", "created_at"])
def test_a_missing_column_is_named(column):
    with pytest.raises(MissingColumn) as caught:
        failure_reasons(SEVEN.drop(columns=column))

    assert (caught.value.columns, caught.value.function) == ((column,), "failure_reasons")


def test_a_list_instead_of_a_table_is_refused():
    with pytest.raises(TypeError) as caught:
        failure_reasons([{"message": "x"}])

    assert str(caught.value) == "failure_reasons takes a table of messages or a ledger, not list."
