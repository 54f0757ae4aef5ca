"""The collapsible sections of a form: upload, version, folder, table, request, preview."""

import pytest
from forms.batch_form.test_batch_form import ADA, form_of
from forms.conftest import add_template
from forms.interactions import (
    all_widgets,
    click,
    control,
    fill,
    paths,
    plain,
    seen,
    show_data_as,
    update,
)

from docgen_nb import samples
from docgen_nb.forms.widgets.code import Code

BROKEN = "Dear {{to.name}}\n{{if a}}not closed"


def toggle(form, name):
    """Click the button that opens and collapses a section."""
    [button] = [
        one
        for one in all_widgets(form.widget)
        if str(getattr(one, "description", "")).removeprefix("▸ ").removeprefix("▾ ") == name
    ]
    update(button, value=not button.value)


def inputs(form, label):
    """All inputs with this label, without those of collapsed sections."""
    return [one for one in all_widgets(form.widget) if getattr(one, "description", "") == label]


def test_a_section_is_built_when_opened_and_one_is_open_at_a_time(box, letter):
    form = form_of(box, blocking=True)
    assert inputs(form, "New folder") == []
    toggle(form, "Choose a folder")
    assert len(inputs(form, "New folder")) == 1
    toggle(form, "Choose a folder")
    assert inputs(form, "New folder") == []
    toggle(form, "Upload a template")
    toggle(form, "Use an earlier version")
    assert (inputs(form, "Upload as template"), len(inputs(form, "Version"))) == ([], 1)
    assert inputs(form, "Use data") == []
    show_data_as(form, "From a table")
    assert len(inputs(form, "Use data")) == 1


def test_a_section_that_cannot_be_built_shows_why_and_can_be_opened_again(box, letter):
    form = form_of(box, blocking=True)
    box.delete_file(letter)
    toggle(form, "Use an earlier version")
    assert form.status == "This template was deleted, or this account may not see it."
    assert "Choose another one.\nTechnical details" in seen(form)
    button = control(form, "▸ Use an earlier version")
    assert button.value is False


def test_a_template_is_uploaded_by_its_path_and_chosen(box, tmp_path):
    form = form_of(box, blocking=True)
    (tmp_path / "Note.docx").write_bytes(samples.template("{{a}} {{b}}"))
    toggle(form, "Upload a template")
    fill(form, "Or its path", str(tmp_path / "Note.docx"))
    click(form, "Upload as template")
    assert paths(form) == ["a", "b"]
    assert control(form, "Template").value == "Note.docx"
    assert inputs(form, "Or its path") == []  # the section is collapsed


def test_what_is_gone_or_in_use_is_named_and_what_to_do(box, letter, tmp_path):
    folder = box.create_folder("March", parent_id="0")["id"]
    form = form_of(box, blocking=True, user_input=ADA, folder_id=folder)
    (tmp_path / "Letter.docx").write_bytes(samples.template("{{a}}"))
    toggle(form, "Upload a template")
    fill(form, "Or its path", str(tmp_path / "Letter.docx"))
    box.delete_folder(folder)
    click(form, "Upload as template")
    assert form.status == "The folder for documents and templates does not exist any more."
    click(form)
    assert form.status == "The destination folder does not exist any more."
    assert "Nothing was sent. Choose another one at Folder; what you typed" in seen(form)
    toggle(form, "Choose a folder")
    assert f"The folder {folder} does not exist any more. Documents go to All files." in seen(form)
    assert form.request.folder_id == "0"
    click(form, "Upload as template")
    assert form.status == "There is a file named Letter.docx in this folder already."
    box.delete_file(letter)
    click(form)
    assert form.status == "Letter.docx was deleted, or this account may not see it."
    assert "Nothing was sent. Choose another template; what you typed is still" in seen(form)
    assert form.user_input == ADA


@pytest.mark.parametrize(
    ("choice", "tags"), [("Upload as a new version", ["b"]), ("Use the existing file", ["a"])]
)
def test_a_file_name_in_use_leads_to_a_new_version_or_to_the_existing_file(
    box, tmp_path, choice, tags
):
    file = box.upload_file(samples.template("{{a}}"), name="Note.docx")["id"]  # not a template yet
    form = form_of(box, blocking=True)
    (tmp_path / "Note.docx").write_bytes(samples.template("{{b}}"))
    toggle(form, "Upload a template")
    fill(form, "Or its path", str(tmp_path / "Note.docx"))
    click(form, "Upload as template")
    assert inputs(form, choice) != []
    assert seen(form).count("Note.docx is in this folder already.") == 1
    click(form, choice)
    assert (form.request.template_id, paths(form)) == (file, tags)
    assert [one["file"]["id"] for one in box.list_templates()] == [file]
    click(form, "Show preview")
    assert f"The tag '{tags[0]}' was not provided" in seen(form)
    toggle(form, "Upload a template")
    assert inputs(form, choice) == []


def test_a_new_version_of_the_chosen_template_shows_its_tags_and_is_listed(box, tmp_path):
    add_template(box, "{{a}}", name="Note.docx")
    form = form_of(box, blocking=True)
    toggle(form, "Use an earlier version")
    assert control(form, "Version").options == ("Current version",)
    (tmp_path / "Note.docx").write_bytes(samples.template("{{b}}"))
    toggle(form, "Upload a template")
    fill(form, "Or its path", str(tmp_path / "Note.docx"))
    click(form, "Upload as template")
    click(form, "Upload as a new version")
    assert (paths(form), form.request.template_version_id) == (["b"], None)
    toggle(form, "Use an earlier version")
    assert len(control(form, "Version").options) == 2


def test_a_name_that_no_template_has_is_named(box):
    for name in ("Note.docx", "Letter.docx"):
        add_template(box, "{{a}}", name=name)
    form = form_of(box, blocking=True)
    assert form.status == "Choose a template to begin."
    fill(form, "Template", "Noet")
    assert form.status == "No template is named Noet. Choose one from the list."
    fill(form, "Template", "Note.docx")
    assert form.status == "1 field to fill in."


def test_a_template_without_tags_says_so(box):
    add_template(box, "Welcome!", name="Welcome.docx")
    form = form_of(box, blocking=True)
    assert "Welcome.docx has no tags, so there is nothing to fill in." in seen(form)


def test_an_uploaded_template_with_broken_tags_shows_where(box, tmp_path):
    form = form_of(box, blocking=True)
    (tmp_path / "Broken.docx").write_bytes(samples.template(BROKEN))
    toggle(form, "Upload a template")
    fill(form, "Or its path", str(tmp_path / "Broken.docx"))
    click(form, "Upload as template")
    shown = "Broken.docx has 1 problem in its tags. Correct the tags in Word, and upload the file"
    assert shown in seen(form)
    assert "(document, paragraph 2)" in seen(form)
    fill(form, "Template", "")
    assert shown not in seen(form)


def test_a_template_with_broken_tags_says_so_when_its_preview_is_made(box):
    add_template(box, BROKEN, name="Broken.docx")
    form = form_of(box, blocking=True)
    assert "problem in its tags" not in seen(form)
    click(form, "Show preview")
    assert "Broken.docx has 1 problem in its tags." in seen(form)


def test_a_file_that_is_not_a_template_is_rejected(box, letter, tmp_path):
    form = form_of(box, blocking=True)
    toggle(form, "Upload a template")
    fill(form, "Or its path", str(tmp_path / "absent.docx"))
    click(form, "Upload as template")
    assert f"Can't read {tmp_path / 'absent.docx'}: No such file or directory." in seen(form)
    (tmp_path / "text.docx").write_bytes(b"not a ZIP file")
    fill(form, "Or its path", str(tmp_path / "text.docx"))
    click(form, "Upload as template")
    assert form.status == "text.docx can't be used as a template."
    assert "The file is not a .docx: it is not a zip archive." in seen(form)
    (tmp_path / "orders.xlsx").write_bytes(b"PK")
    fill(form, "Or its path", str(tmp_path / "orders.xlsx"))
    click(form, "Upload as template")
    assert form.status == "orders.xlsx is a spreadsheet."
    assert "Choose a Word file (.docx) here; data from a table belongs to" in seen(form)
    assert "Technical details" not in seen(form)
    fill(form, "to.name", "Ada")
    assert (form.status, "Choose a Word file" in seen(form)) == ("1 field to fill in.", False)
    assert [entry["file"]["id"] for entry in box.list_templates()] == [letter]


def test_an_earlier_version_is_chosen_and_its_tags_are_read(box):
    first = add_template(box, "{{old}}", name="T.docx")
    box.upload_version(first, samples.template("{{new}}"))
    form = form_of(box, blocking=True)
    assert paths(form) == ["new"]
    toggle(form, "Use an earlier version")
    fill(form, "Version", control(form, "Version").options[1])
    assert paths(form) == ["old"]
    assert form.request.template_version_id is not None


def test_a_folder_is_created_opened_and_used(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    toggle(form, "Choose a folder")
    fill(form, "New folder", "March")
    click(form, "Create and open")
    [folder] = [one for one in box.list_folder_items("0") if one["name"] == "March"]
    assert form.request.folder_id == folder["id"]
    assert [
        plain(one.value)
        for one in all_widgets(form.widget)
        if "All files / March" in str(getattr(one, "value", ""))
    ] == ["Documents go to All files / March."] * 2
    click(form)
    assert [one["name"] for one in box.list_folder_items(folder["id"])] == ["Letter.docx"]
    click(form, "Up")
    assert form.request.folder_id == "0"


def test_the_request_follows_the_form_in_the_open_tab_only(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    show_data_as(form, "JSON and code")
    codes = {one.label: one for one in all_widgets(form.widget) if isinstance(one, Code)}
    assert list(codes) == [
        "Request as JSON",
        "Request as curl",
        "Request as docgen_nb",
        "Request as Box's SDK",
    ]
    assert '"name": "Ada"' in codes["Request as JSON"].value
    fill(form, "to.name", "Bob")
    assert '"name": "Bob"' in codes["Request as JSON"].value
    assert codes["Request as curl"].value == ""


def test_the_preview_follows_typed_data(box, letter, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", str(tmp_path / "none"))  # pages take seconds
    form = form_of(box, user_input=ADA, blocking=True)
    click(form, "Show preview")
    fill(form, "to.name", "Bob")
    assert "Dear Bob of" in seen(form)


def test_the_versions_are_those_of_the_template_chosen_since(box):
    first = add_template(box, "{{old}}", name="T.docx")
    box.upload_version(first, samples.template("{{new}}"))
    add_template(box, "{{other}}", name="Other.docx")
    form = form_of(box, template_id=first, blocking=True)
    toggle(form, "Use an earlier version")
    assert len(control(form, "Version").options) == 2
    fill(form, "Version", control(form, "Version").options[1])
    fill(form, "Template", "Other.docx")
    version = control(form, "Version")
    assert (version.value, version.options) == ("Current version", ("Current version",))
    assert form.request.template_version_id is None
    assert "No earlier versions of this template." in seen(form)


def test_setting_the_value_shows_its_folder(box, letter):
    form = form_of(box, blocking=True)
    form.value = {**form.value, "folder_id": "77"}
    shown = [plain(str(getattr(one, "value", ""))) for one in all_widgets(form.widget)]
    assert "Documents go to folder 77." in shown


def test_a_plain_form_has_no_javascript_module_in_any_section(box, letter):
    form = form_of(box, user_input=ADA, blocking=True, plain=True)
    for name in ("From a table", "JSON and code"):
        show_data_as(form, name)
    assert [one for one in all_widgets(form.widget) if hasattr(one, "_esm")] == []
    assert '"name": "Ada"' in control(form, "Request as JSON").value
    click(form)
    assert "Letter.docx 4000002 completed" in seen(form)
    form.close()
