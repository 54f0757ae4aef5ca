"""Page pictures and text, by pypdfium2."""

from io import BytesIO

import pytest
from PIL import Image
from template.pdf.documents import hard_page
from template.pdf.outside import python

from docgen_nb.template import pdf

WITHOUT_PYPDFIUM2 = """
import sys
sys.modules["pypdfium2"] = None  # as if it were not installed
from docgen_nb.template import pdf
from template.pdf.documents import line
content = pdf.convert(line("x"), engine="office2pdf")
print(pdf.page_count(content))
for look in (pdf.text, pdf.page_pictures):
    try:
        look(content)
    except ImportError as error:
        print(error)
"""


def test_each_page_gives_one_picture_of_its_size():
    pictures = pdf.page_pictures(pdf.convert(hard_page(), engine="office2pdf"), dpi=50)

    sizes = [Image.open(BytesIO(picture)).size for picture in pictures]
    assert sizes == [(425, 550), (550, 425)]  # Letter, then Letter lying


def test_a_picture_shows_what_is_on_the_page():
    (first, _) = pdf.page_pictures(pdf.convert(hard_page(), engine="office2pdf"))

    darkest, lightest = Image.open(BytesIO(first)).convert("L").getextrema()
    assert (darkest < 64, lightest) == (True, 255)


@pytest.mark.parametrize("look", [pdf.text, pdf.page_pictures])
def test_what_is_no_pdf_has_no_pictures_and_no_text(look):
    with pytest.raises(ValueError) as caught:
        look(b"PK")

    reason = "Failed to load document (PDFium: Data format error)."
    assert str(caught.value) == f"This is not a PDF: {reason}"


def test_without_pypdfium2_the_import_error_names_the_extra_and_pages_still_count():
    run = python(WITHOUT_PYPDFIUM2)

    said = 'Page pictures and text need pypdfium2. Run: pip install "docgen-nb[preview]"\n'
    assert (run.stdout, run.stderr) == ("1\n" + said * 2, "")
