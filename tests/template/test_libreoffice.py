"""LibreOffice opens what was rendered, and reads the same text."""

from template.docx.test_text_runs import FIXTURES
from template.reading import as_texts, lines, xml
from template.render.test_pictures import coded, png, with_placeholder
from tools import require

from docgen_nb import samples
from docgen_nb.template import Template

HARD = samples.template(
    """
    header: {{rich}} {{picture}}
    # {{rich}}
    - **{{rich}}** and {{picture}}
    {{for one in list}}
    | {{tablerow part in one.parts}}{{part.name}} | {{if part.big}} ¶ big ¶ {{endif}} |
    | {{rich}} ¶ {{endtablerow}} | {{missing}} |
    between {{one.name}}
    {{endfor}}
    | {{tablerow none in empty}}{{none}}{{endtablerow}} |
    """
)
DATA = {
    "rich": '<p>A <b>b</b></p><p><a href="https://box.com">link</a><br>end</p>',
    "picture": coded(png(30, 20)),
    "list": [
        {"name": "first", "parts": [{"name": "x", "big": True}, {"name": "y", "big": False}]},
        {"name": "second", "parts": []},
    ],
    "empty": [],
    "spare": 1,
}


def test_libreoffice_reads_the_text_that_was_rendered(tmp_path):
    soffice = require("libreoffice")
    rendered = {name: Template(content).render(data) for name, (content, data) in FIXTURES.items()}
    rendered["hard"] = Template(HARD).render(DATA)
    rendered["picture"] = Template(with_placeholder("{{p}}")).render({"p": coded(png(9, 9))})
    contents = {name: one.content for name, one in rendered.items()}
    contents |= {f"{name}-annotated": one.annotated() for name, one in rendered.items()}

    texts = as_texts(soffice, contents, tmp_path)

    assert set(texts) == set(contents)
    for name, content in contents.items():
        opened = [word for word in texts[name].split() if word != "•"]
        assert opened == " ".join(lines(content)).split()


def test_ids_of_drawings_are_unique():
    root = xml(Template(HARD).render(DATA).content)

    numbers = [one.get("id") for one in root.iter("{*}docPr")]
    assert len(numbers) == len(set(numbers)) == 1
