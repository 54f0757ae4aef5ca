"""Examples of docstrings as code to paste into a cell of a notebook."""

import doctest
import re
from collections.abc import Mapping

_IMPORTS = {"np": "import numpy as np", "pd": "import pandas as pd"}
_OWN_IMPORT = "import docgen_nb as dg"


def pasteable(example: str, names: Mapping[str, str]) -> str:
    """Return the code of an example, with its imports, and its output as comments.

    `names` has what to call each name that the example may use.

    >>> print(pasteable(">>> half([2, 4])\\n1\\n", {"half": "dg.half"}))
    import docgen_nb as dg
    <BLANKLINE>
    dg.half([2, 4])
    # 1
    """
    parts = []
    for one in doctest.DocTestParser().get_examples(example):
        parts.append(_called(one.source.rstrip("\n"), names))
        parts += [f"# {line}".rstrip() for line in one.want.splitlines()]
    code = "\n".join(parts).replace("# <BLANKLINE>", "#")
    missing = [line for name, line in _IMPORTS.items() if re.search(rf"\b{name}\.", code)]
    if re.search(r"\bdg\.", code):
        missing.append(_OWN_IMPORT)
    head = "\n".join(line for line in missing if line not in code)
    return f"{head}\n\n{code}" if head and code else code


def _called(source: str, names: Mapping[str, str]) -> str:
    """Return source code with these names as they are called from outside of the package."""
    lines = source.splitlines()
    if all(re.match(r"(from|import) ", line) for line in lines):
        return source
    pattern = rf"(?<![\w.\"'])({'|'.join(map(re.escape, names))})(?=[(.])"
    return re.sub(pattern, lambda match: names[match[1]], source)
