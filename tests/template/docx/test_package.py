"""The package of a document: what is kept of that of its template, and its limit."""

import copy
import io
import zipfile

import pytest

from docgen_nb import samples
from docgen_nb.errors import UnreadableTemplate
from docgen_nb.schema.sample_data import GRAY_PIXEL
from docgen_nb.template import Template

MEGABYTE = 1024 * 1024
WRITTEN = (2019, 5, 17, 8, 30, 12)
EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can hold


def package(content, *, name=None, part=b"", copies=1):
    """Return a document whose parts have a date, with one more part under some names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        parts = {each: old.read(each) for each in old.namelist()}
        for each, text in (parts | ({name: part} if name else {})).items():
            new.writestr(zipfile.ZipInfo(each, WRITTEN), text, zipfile.ZIP_DEFLATED)
        for number in range(1, copies):  # the same bytes, named once more in the directory
            new.filelist.append(copy.copy(new.filelist[-1]))
            new.filelist[-1].filename = f"{name}{number}"
    return stream.getvalue()


def dates(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: info.date_time for info in archive.infolist()}


def test_parts_keep_their_dates_and_new_ones_have_the_same_at_any_time():
    content = package(samples.template("{{name}} {{logo}}"))

    document = Template(content).render({"name": "Ada", "logo": GRAY_PIXEL}).content

    new = dates(document).keys() - dates(content).keys()
    expected = dict.fromkeys(dates(content), WRITTEN) | dict.fromkeys(new, EARLIEST)
    assert len(new) == 1
    assert dates(document) == expected


def test_names_of_parts_outside_ascii_are_kept():
    template = Template(package(samples.template("{{name}}"), name="docProps/Zoë 日本.bin"))

    document = template.render({"name": "Ada"}).content

    assert "docProps/Zoë 日本.bin" in dates(document)


def test_a_package_may_unpack_to_a_gigabyte():
    content = samples.template("Dear {{name}},")  # its own parts take less than a megabyte

    def open_with(copies):
        return Template(package(content, name="zeros", part=bytes(MEGABYTE), copies=copies))

    assert len(open_with(1023).tags()) == 1
    with pytest.raises(UnreadableTemplate) as caught:
        open_with(1024)
    assert str(caught.value) == "The file would unpack to more than 1 GB."
