"""Templates and their tags as tables with fixed columns."""

from collections.abc import Iterable

import pandas as pd

from docgen_nb.client_protocol import Entry
from docgen_nb.frames.columns import STR, now, with_attrs
from docgen_nb.frames.pages import inner_text, refuse_reply


def templates_frame(entries: Iterable[Entry]) -> pd.DataFrame:
    """Return template entries as a table.

    One row per template, in the order of `entries`.

    Parameters
    ----------
    entries : iterable of mappings
        As from ``Client.list_templates``.

    Returns
    -------
    DataFrame
        These columns in this order, even if there are no entries:

        - ``template_id`` : str, the id of the file
        - ``file_name`` : str

        Its ``attrs`` are those of `jobs_frame`; ``read_at`` is now.

    Raises
    ------
    TypeError
        If a whole reply is given instead of its entries.
    UnreadableReply
        If the ``file`` of an entry is not an object.

    Examples
    --------
    >>> templates_frame([{"file": {"type": "file", "id": "41"}, "file_name": "Letter.docx"}])
      template_id    file_name
    0          41  Letter.docx
    """
    refuse_reply(entries, function="templates_frame")
    read_at, rows = now(), list(entries)
    columns = {
        "template_id": pd.Series([inner_text(row, "file", "id") for row in rows], dtype=STR),
        "file_name": pd.Series([row.get("file_name") for row in rows], dtype=STR),
    }
    return with_attrs(
        pd.DataFrame(columns), source=getattr(entries, "source", None), read_at=read_at
    )


def tags_frame(entries: Iterable[Entry]) -> pd.DataFrame:
    """Return the tags of a template as a table.

    One row per tag, in the order of `entries`, which is the order in the template.

    Parameters
    ----------
    entries : iterable of mappings
        As from ``Client.list_tags`` or `Template.tags`.

    Returns
    -------
    DataFrame
        These columns in this order, even if there are no entries:

        - ``tag_content`` : str, as written in the template
        - ``tag_type`` : str, such as ``text``, ``table-loop`` or ``image``
        - ``json_paths`` : str, the paths in the data that the tag reads, separated by ``", "``,
          each from the outermost to the innermost; empty if it reads none

        Its ``attrs`` are those of `jobs_frame`; ``read_at`` is now.

    Raises
    ------
    TypeError
        If a whole reply is given instead of its entries.

    Examples
    --------
    >>> tags_frame([{
    ...     "tag_content": "{{one.name}}", "tag_type": "text", "json_paths": ["items", "items.name"]
    ... }])
        tag_content tag_type         json_paths
    0  {{one.name}}     text  items, items.name
    """
    refuse_reply(entries, function="tags_frame")
    read_at, rows = now(), list(entries)
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=STR)
        for name in ("tag_content", "tag_type")
    }
    paths = [", ".join(map(str, row.get("json_paths") or ())) for row in rows]
    columns["json_paths"] = pd.Series(paths, dtype=STR)
    return with_attrs(
        pd.DataFrame(columns), source=getattr(entries, "source", None), read_at=read_at
    )
