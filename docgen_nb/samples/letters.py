"""A short letter: a template with text tags only."""

from typing import Any

from docgen_nb.samples.notation import template


def letter_template() -> bytes:
    """Return a letter of invitation (.docx) with text tags, some optional or with a default.

    >>> letter_template()[:2]
    b'PK'
    """
    return template(_LETTER)


_LETTER = r"""
    # {{company}}
    ~
    {{name}}
    {{street :: optional}}
    {{city :: uppercase}}
    ~
    {{date :: format(“dd-mmm-yyyy”)}}
    ## Invitation to {{event}}
    Dear {{name}},
    We would be glad to see you at {{event}} on **{{eventDate :: format(“dd-mmm-yyyy”)}}**, {{place :: default(“in our office”)}}. A seat is kept for you under the number {{seat :: format(“xxx-xxx”)}}.
    {{note :: optional}}
    ~
    Yours sincerely,
    **{{signer :: default(“The team”)}}**
    footer: {{company}}\t{{date :: format(“dd-mm-yyyy”)}}
"""  # noqa: E501


def letter() -> dict[str, Any]:
    """Return data for `letter_template`, without ``place`` and ``signer``, which have defaults.

    >>> letter()["name"], "place" in letter()
    ('Amara Okafor', False)
    """
    return {
        "company": "Example company",
        "name": "Amara Okafor",
        "street": "12 Harbour Road",
        "city": "Bristol",
        "date": "2026-03-02",
        "event": "the spring workshop",
        "eventDate": "16-04-2026",
        "seat": "A7B042",
        "note": "Bring a friend.",
    }
