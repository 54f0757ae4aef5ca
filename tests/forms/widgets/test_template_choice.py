"""The template that a typed name means."""

import pytest

from docgen_nb.forms.widgets.template_choice import TemplateChoice

NAMES = ("Letter.docx", "letter 2.docx", "Offer v1.2.docx", "OFFER.docx", "Offer.docx", "Bill.docx")


@pytest.fixture
def choice():
    entries = [{"file": {"id": str(at)}, "file_name": name} for at, name in enumerate(NAMES)]
    return TemplateChoice([*entries, {"file": {"id": "9"}, "file_name": "Bill.docx"}])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Letter.docx", "Letter.docx"),
        ("letter", "Letter.docx"),
        (" LETTER 2 ", "letter 2.docx"),
        ("offer v1.2", "Offer v1.2.docx"),
        ("Offer.docx", "Offer.docx"),
        ("Bill.docx (file 9)", "Bill.docx (file 9)"),
    ],
)
def test_capitals_and_the_ending_may_differ_and_what_was_typed_stays(choice, typed, name):
    choice.control.value = typed
    assert choice.names[choice.template_id] == name
    choice.show(choice.template_id)
    assert choice.control.value == typed


@pytest.mark.parametrize("typed", ["", "Lett", "offer", "Bill", "docx"])
def test_what_means_none_or_several_chooses_none(choice, typed):
    choice.control.value = typed
    assert choice.template_id == ""
