"""Questions about the template language: small templates, one for each open construct."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any, NamedTuple

from docgen_nb import samples
from docgen_nb.template import Template
from docgen_nb.template.docx.outline import outline

PICTURE = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
DATA: dict[str, Any] = {
    "text": "Acme Inc",
    "other": "Acme Inc",
    "empty": "",
    "nothing": None,
    "yes": True,
    "no": False,
    "lines": "one\ntwo",
    "html": "<b>bold</b>, <i>italic</i> & plain",
    "object": {"key": "value"},
    "words": ["red", "blue"],
    "items": [
        {"name": "Lamp", "price": 45, "kind": "new", "parts": [{"id": "p1"}, {"id": "p2"}]},
        {"name": "Chair", "price": 260, "kind": "old", "parts": [{"id": "p3"}]},
    ],
    "none": [],
    "n": 7,
    "ten": "10",
    "price": 1234.5,
    "debt": -1234.56,
    "date": "13-03-2023",
    "iso": "2023-03-14",
    "day": "15/03/2023",
    "long": "123456789",
    "short": "12",
    "picture": PICTURE,
    "pictures": [{"png": PICTURE}, {"png": PICTURE}],
    "größe": "L",
    "$user": {"name": "Ada"},
}
# Each element is a document; in it, constructs with templates in short notation. Those that may
# share a document are of one kind, so that what one of them breaks is broken for the others, too.
DOCUMENTS: tuple[dict[str, str], ...] = (
    {
        "null": "[{{nothing}}]",
        "boolean": "[{{yes}}] [{{no}}]",
        "line_break": "{{lines}}",
        "default_of_empty": "[{{empty :: default(“d”)}}]",
        "rich_text": "{{html}}",
    },
    {"object_as_text": "[{{object}}]"},
    {"picture": "[{{picture}}]"},
    {"picture_in_loop": "{{for p in pictures}}\n{{p.png}}\n{{endfor}}"},
    {"date_pattern": '{{date :: format("d. mmmm yyyy")}}'},
    {
        "date_of_iso": '{{iso :: format("dd-mmm-yyyy")}} {{day :: format("dd-mmm-yyyy")}}',
        "mask": '[{{long :: format("xxx-xxx")}}] [{{short :: format("xxx-xxx")}}]',
        "number_format": '{{price :: format("US-Number")}} {{debt :: format("EU-Number")}}',
    },
    {
        "several_modifiers": '{{absent :: default("d"), uppercase}} '
        '{{date :: format("dd-mmm-yyyy") :: uppercase}}'
    },
    {
        "repeated_colons": "{{for i in items}}"
        '{{i.name::delimiter(", ")::lastdelimiter(" or ")}}{{endfor}}'
    },
    {"modified_calculation": '{{n * price :: format("US-Number")}}'},
    {"single_quotes": "{{absent :: default('d')}}"},
    {"foreign_letters": "{{größe}}"},
    {"reserved_name": "{{$user.name}}"},
    {"list_position": "{{items[1].name}}"},
    {"tablerow_apart": "| a |\n| {{tablerow i in items}} |\n| {{i.name}} |\n| {{endtablerow}} |"},
    {
        "tablerow_glued": "| a | b |\n"
        "| {{tablerow i in items}}{{i.name}} | {{i.price}}{{endtablerow}} |"
    },
    {"block_of_rows": "| a |\n| {{for i in items}} |\n| {{i.name}} |\n| {{endfor}} |"},
    {"delimiter_of_list": '{{words :: delimiter("; ")}}'},
    {"plain_element": "{{for w in words}}\n- {{w}}\n{{endfor}}"},
    {
        "nested_loops": "{{for i in items}}\n{{i.name}}\n{{for p in i.parts}}\n- {{p.id}}\n"
        "{{endfor}}\n{{endfor}}"
    },
    {
        "loop_in_condition": '{{if text == "Acme Inc"}}\n{{for i in items}}\n'
        "{{i.name}}\n{{endfor}}\n{{endif}}"
    },
    {
        "condition_in_loop": '{{for i in items}}\n{{if i.kind == "new"}}\n'
        "{{i.name}}\n{{endif}}\n{{endfor}}"
    },
    {
        "nested_conditions": '{{if text == "Acme Inc"}}\n{{if ten == "10"}}\n'
        "yes\n{{endif}}\n{{endif}}"
    },
    {"optional_loop": "before\n{{for x in absent :: optional}}\n{{x.a}}\n{{endfor}}\nafter"},
    {
        "empty_list": "before\n{{for x in none}}\n{{x.a}}\n{{endfor}}\nafter\n| a | b |\n|---|\n"
        "| {{tablerow x in none}} {{x.a}} | {{x.b}}{{endtablerow}} |"
    },
    {"split_block": "one {{for i in items}}{{i.name}}\nmore {{endfor}} end"},
    {"inline_condition": 'Dear {{if text == "Acme Inc"}}customer{{else}}reader{{endif}}!'},
    {"or": '{{if text == "x" or ten == "10"}}\nyes\n{{endif}}'},
    {"parentheses": '{{if (text == "x" and ten == "10")}}\nyes\n{{else}}\nno\n{{endif}}'},
    {
        "truth": "{{if yes}}\nyes\n{{endif}}\n{{if no}}\nno\n"
        "{{endif}}\n{{if absent}}\nabsent\n{{endif}}"
    },
    {"number_literal": "{{if n == 7}}\nnumber\n{{endif}}\n{{if ten == 10}}\ntext\n{{endif}}"},
    {
        "keyword_literal": "{{if yes == true}}\nyes\n{{endif}}\n{{if nothing == null}}\n"
        "null\n{{endif}}"
    },
    {"compared_paths": "{{if text == other}}\nsame\n{{endif}}"},
    {"calculation_in_condition": '{{if n + n == "14"}}\nyes\n{{endif}}'},
    {
        "is_present": "{{if empty isPresent}}\nempty\n{{endif}}\n{{if nothing isPresent}}\nnull\n"
        "{{endif}}\n{{if none isPresent}}\nlist\n{{endif}}"
    },
    {"keyword_case": '{{IF text == "Acme Inc"}}\nyes\n{{ENDIF}}'},
    {
        name: f'{{{{if n {name} "{value}"}}}}\nyes\n{{{{else}}}}\nno\n{{{{endif}}}}'
        for name, value in (("!=", 8), (">", 10), ("<", 10), (">=", 7), ("<=", 7))
    },
    {
        "+": "{{n + price}}",
        "-": "{{n - price}} {{-n}}",
        "/": "{{price / n}}",
        "%": "{{price % n}}",
        "constant": "{{n * 3}}",
    },
    {"missing_operand": "[{{n * absent}}] [{{n * absent :: optional}}]"},
    {
        **{
            f"${name}": f"{{{{${name}(items.price)}}}}"
            for name in ("sum", "average", "min", "max", "count")
        },
        "$round": "{{$round(price)}} {{$round(debt, 1)}}",
        **{f"${name}": f"{{{{${name}(debt)}}}}" for name in ("abs", "floor", "ceil", "string")},
        "$number": "{{$number(ten)}}",
    },
    {"unmatched": 'a {{endif}} b {{if text == "Acme Inc"}} c'},
    {"escape": "{{ alone, and }} too"},
    {name: name for name in ("text_box", "content_control", "link_text", "bookmark")},
)
# Where a construct is in the XML: the run of its name is replaced.
_RUN = "<w:r><w:t>{{text}}</w:t></w:r>"
_XML = {
    "text_box": f"<w:r><w:pict><w:txbxContent><w:p>{_RUN}</w:p></w:txbxContent></w:pict></w:r>",
    "content_control": f"<w:sdt><w:sdtContent>{_RUN}</w:sdtContent></w:sdt>",
    "link_text": f'<w:hyperlink w:anchor="probe">{_RUN}</w:hyperlink>',
    "bookmark": f'<w:bookmarkStart w:id="9" w:name="probe"/>{_RUN}<w:bookmarkEnd w:id="9"/>',
}
_MARK = "@ question "


class Case(NamedTuple):
    """A template with the questions that it asks, and its data."""

    constructs: tuple[str, ...]
    template: bytes
    user_input: dict[str, Any]

    def ours(self) -> dict[str, tuple[str, ...]]:
        """Return the outline of the document made here, for each construct."""
        return split(outline(Template(self.template).render(self.user_input).content))


def case(document: Mapping[str, str]) -> Case:
    """Return a template that asks about some constructs, given in short notation."""
    notation = "\n".join(f"{_MARK}{name}\n{text}" for name, text in document.items())
    template = samples.template(notation)
    for name in document.keys() & _XML.keys():
        template = _with_xml(template, name)
    used = {path.split(".")[0] for tag in Template(template).tags() for path in tag["json_paths"]}
    data = {name: value for name, value in DATA.items() if name in used}
    return Case(tuple(document), template, data)


def split(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the lines of an outline by the construct before them."""
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith(_MARK):
            current = parts.setdefault(line.removeprefix(_MARK), [])
        else:
            current.append(line)
    return {name: tuple(part) for name, part in parts.items()}


def _with_xml(template: bytes, name: str) -> bytes:
    """Return a template in which the run with a name is replaced by XML."""
    part = "word/document.xml"
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == part:
                content = _replaced(content.decode(), name).encode()
            new.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _replaced(xml: str, name: str) -> str:
    end = xml.index(f">{name}</w:t></w:r>") + len(f">{name}</w:t></w:r>")
    start = xml.rindex("<w:r>", 0, end)
    return xml[:start] + _XML[name] + xml[end:]
