"""ImageField and Preview in JupyterLab."""

import re
from random import Random

import pytest
from forms.fields.test_image_field import png
from playwright.sync_api import expect
from tools import require

from browser.axe import violations
from browser.own_notebook import write_notebook

FORM = """
import ipywidgets as widgets
from docgen_nb import samples
from docgen_nb.forms.fields.image import ImageField
from docgen_nb.forms.panels.preview import Preview
from docgen_nb.schema import Field
from docgen_nb.template import Template

logo = ImageField(Field("logo", "order.logo", "image", True))
template = Template(samples.template("Dear {{name}},\\n\\nsee {{order.logo}} and {{text}}"))
preview = Preview(template, pages=PAGES)

def show():
    order = {} if logo.value is None else {"order": {"logo": logo.value}}
    preview.value = {"name": "Zoë <Müller>", **order}

logo.on_change(show)
show()
widgets.VBox([logo.widget, preview.widget]).add_class("docgen-form")
"""


def noise(side):
    """A picture that compression cannot reduce."""
    return png(width=side, height=side, pixels=Random(1).randbytes(side * side * 3))


@pytest.fixture
def opened(notebook, lab, request):
    code = FORM.replace("PAGES", str(request.param))
    notebook.open(write_notebook(lab, f"image-{request.param}.ipynb", code))
    notebook.run_all()
    assert notebook.errors() == []
    return notebook


def upload(notebook, name, content):
    with notebook.page.expect_file_chooser() as chosen:
        notebook.form.get_by_role("button", name="Upload order.logo").click()
    chosen.value.set_files({"name": name, "mimeType": "image/png", "buffer": content})


@pytest.mark.parametrize("opened", [False], indirect=True)
def test_pictures_are_uploaded_rejected_and_reduced_and_the_text_follows(opened, shots, tmp_path):
    form = opened.form
    expect(form.get_by_text("Data is missing in 2 places.")).to_be_visible()
    upload(opened, "logo.png", png(width=120, height=40))
    expect(form.get_by_role("img", name="Picture for order.logo")).to_be_visible()
    expect(form.get_by_text("PNG, 120 x 40 pixels.")).to_be_visible()
    expect(form.get_by_text("Data is missing in 1 place.")).to_be_visible()
    expect(form.locator("u", has_text="Zoë <Müller>")).to_be_visible()
    expect(form.locator("mark")).to_have_text("⚠ {{text}}")

    upload(opened, "photo.png", png(extra=200_000))
    expect(
        form.get_by_text("'photo.png' needs 260.5 KB, but only 100.0 KB are left for it.")
    ).to_be_visible()
    expect(form.get_by_role("img", name="Picture for order.logo")).to_be_visible()
    form.screenshot(path=shots / "image-refused.png")
    assert violations(opened.page, ".docgen-form") == []

    photo = noise(500)
    assert len(photo) > 700_000
    upload(opened, "photo.png", photo)
    form.get_by_role("button", name="Reduce size").click()
    expect(form.get_by_text(re.compile(r"^JPEG, \d+ x \d+ pixels\. Uses \d"))).to_be_visible()
    expect(form.get_by_text("but only")).to_have_count(0)
    upload(opened, "film.png", b"x" * 12_000_000)
    expect(form.get_by_text("'film.png' needs 15.3 MB, but only 100.0 KB")).to_be_visible()
    form.get_by_role("button", name="Reduce size").click()
    expect(form.get_by_text("Can't reduce 'film.png'")).to_be_visible()
    expect(form.get_by_role("img", name="Picture for order.logo")).to_be_visible()

    path = tmp_path / "other.png"
    path.write_bytes(png(width=60, height=60))
    form.get_by_label("order.logo", exact=True).fill(str(path))
    opened.page.keyboard.press("Enter")
    expect(form.get_by_text("PNG, 60 x 60 pixels.")).to_be_visible()
    form.get_by_role("button", name="Remove order.logo").click()
    expect(form.get_by_text("Data is missing in 2 places.")).to_be_visible()
    expect(form.get_by_role("img")).to_have_count(0)
    opened.go_dark()
    form.screenshot(path=shots / "preview-dark.png")
    assert violations(opened.page, ".docgen-form") == []


@pytest.mark.parametrize("opened", [True], indirect=True)
def test_pages_follow_the_text(opened, shots):
    require("libreoffice")
    form = opened.form
    page = form.get_by_role("img", name=re.compile(r"^Page 1 of 1; its text is below the pages$"))
    expect(page).to_be_visible(timeout=60_000)
    upload(opened, "logo.png", png(width=120, height=40))
    expect(form.get_by_text("Data is missing in 1 place. 1 page.")).to_be_visible(timeout=60_000)
    form.get_by_text("Document text", exact=True).click()
    expect(form.locator("mark")).to_have_text("⚠ {{text}}")
    form.screenshot(path=shots / "preview-pages.png")
    assert violations(opened.page, ".docgen-form") == []
