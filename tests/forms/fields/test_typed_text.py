"""What texts typed for a field are understood as; nothing is guessed."""

from decimal import Decimal

import pytest

from docgen_nb.forms.fields.typed_text import TypedText, understand
from docgen_nb.schema import Field

DAY = Field("due", "due", "date", True, format="dd/mm/yyyy")
PRICE = Field("price", "price", "number", True)


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("2026-08-18", "2026-08-18", "Tuesday 18 August 2026"),
        ("18-08-2026", "2026-08-18", "Tuesday 18 August 2026"),
        ("18-Aug-2026", "2026-08-18", "Tuesday 18 August 2026"),
        ("03/04/2027", "2027-04-03", "Saturday 3 April 2027"),  # as the template prints it
    ],
)
def test_a_date_with_one_reading_becomes_iso_and_is_shown_in_words(text, value, words):
    understood = understand(DAY, text)
    assert (understood.value, understood.words, understood.message) == (value, words, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("03-04-2027", "Is the day or the month first in 03-04-2027?"),
        ("31-02-2027", "February 2027 has 28 days."),
        ("next tuesday", "Enter a date such as 2026-03-31."),
    ],
)
def test_any_other_date_is_asked_for_and_kept_as_typed(text, message):
    understood = understand(DAY, text)
    assert (understood.value, understood.message) == (text, message)


def test_the_answers_to_a_question_are_dates_in_words():
    assert understand(DAY, "03-04-2027").choices == (
        ("Saturday 3 April 2027", "2027-04-03"),
        ("Thursday 4 March 2027", "2027-03-04"),
    )


def test_a_decimal_comma_is_read_and_shown_and_a_doubtful_one_asked_for():
    assert understand(PRICE, "39,90").value == Decimal("39.90")
    assert understand(PRICE, "39,90").words == "Read as 39.90"
    assert understand(PRICE, "1,250").message == "Is the comma in 1,250 the decimal sign?"
    assert [label for label, _ in understand(PRICE, "1,250").choices] == [
        "Thousands: 1250",
        "Decimal: 1.250",
    ]


@pytest.mark.parametrize("text", ["$18", "€ 18"])
def test_a_text_of_the_data_with_a_number_is_asked_about_and_stays_until_then(text):
    typed = TypedText(PRICE, text)
    assert typed.understood.message == f"The data has the text “{text}” instead of a number."
    assert typed.understood.choices == (("Change to 18", "18"),)
    assert typed.understood.value == text
    assert (typed.type("18"), typed.understood.message) == (18, "")
    assert TypedText(PRICE, "18").understood.message == ""
    assert TypedText(PRICE, "n/a").understood.message == "Enter a number such as 1234.5."


def test_a_number_of_the_data_is_never_asked_about():
    typed = TypedText(PRICE, Decimal("1.250"))
    assert (typed.text, typed.understood.message) == ("1.250", "")
    assert typed.type("2") == 2
    assert typed.type("1.250") == Decimal("1.250")
    assert typed.understood.message == ""


def test_the_answer_to_a_question_is_not_asked_about_again():
    typed = TypedText(PRICE, None)
    assert typed.type("1,255") == "1,255"
    [_, (label, answer)] = typed.understood.choices
    assert (label, answer) == ("Decimal: 1.255", "1.255")
    assert typed.type(answer) == 1.255
    assert typed.understood.message == ""
