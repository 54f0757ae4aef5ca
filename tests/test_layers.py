"""Who may import whom: the table of the house plan, enforced."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "docgen_nb"

# A room, and the rooms that it may import. Rooms that are folders are one room.
MAY_IMPORT = {
    "wire": set(),
    "errors": set(),
    "exact_json": set(),
    "client_protocol": {"wire", "errors"},
    "template": {"errors"},
    "service": {"template", "exact_json", "wire", "errors"},
    "config": {"wire", "errors"},
    "frames": {"client_protocol", "exact_json", "wire", "errors"},
    "metrics": {"wire", "errors"},
    "charts": {"wire", "errors"},
    "auth": {"config", "wire", "errors"},
    "client": {"auth", "config", "exact_json", "wire", "errors"},
    "schema": {"template", "exact_json", "wire", "errors"},
    "request": {"schema", "template", "exact_json", "wire", "errors"},
    "ledger": {"frames", "client_protocol", "exact_json", "wire", "errors"},
    "submission": {
        *("client", "client_protocol", "request", "ledger", "frames", "exact_json"),
        *("wire", "errors"),
    },
    "forms": {
        *("submission", "client_protocol", "request", "schema", "template", "exact_json"),
        *("wire", "errors"),
    },
}
BELOW = set(MAY_IMPORT)
for room in ("connection", "accessor", "samples", "report", "cli"):
    MAY_IMPORT[room] = set(BELOW)
    BELOW.add(room)
MAY_IMPORT["__init__"] = {"errors", "samples"}
MAY_IMPORT["__main__"] = {"cli"}

# A library, and the only places that may import it.
ONE_PLACE = {
    "requests": {"client", "auth", "service/transports/requests_adapter", "connection"},
    "ipywidgets": {"forms"},
    "anywidget": {"forms"},
    "matplotlib": {"charts", "report", "cli"},
    "lxml": {"template"},
    "starlette": {"service/transports/http_server"},
    "uvicorn": {"service/transports/http_server"},
    "narwhals": {"metrics"},
    "sqlite3": {"ledger", "service/storage/store"},
}


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "notebooks" not in p.parts)


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")


def imported(path: Path) -> set[str]:
    """All modules that a file imports, at the top or inside a function, but for type checking."""
    names: set[str] = set()
    tree = ast.parse(path.read_text())
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            pytest.fail(f"{path}: relative import")
    return names


def test_every_module_is_in_the_table():
    rooms = {place(path).split("/")[0] for path in modules()}
    assert "wire" in rooms
    assert rooms <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_room_imports_only_what_it_may(path):
    own = place(path).split("/")[0]
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("docgen_nb.")}
    assert rooms - {own} - MAY_IMPORT[own] == set()


@pytest.mark.parametrize("library", ONE_PLACE)
def test_a_library_has_one_place(library):
    found = {place(p) for p in modules() if library in {n.split(".")[0] for n in imported(p)}}
    allowed = ONE_PLACE[library]
    strangers = {p for p in found if not any(p == a or p.startswith(f"{a}/") for a in allowed)}
    assert strangers == set()


def test_importing_the_front_door_loads_nothing_heavy():
    heavy = ["requests", "pandas", "matplotlib", "ipywidgets", "lxml", "starlette", "sqlite3"]
    code = f"import sys, docgen_nb; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_modules_and_functions_stay_short():
    long = []
    for path in modules():
        text = path.read_text()
        if text.count("\n") > 400:
            long.append(f"{place(path)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body and node.end_lineno - body[0].lineno + 1 > 50:
                    long.append(f"{place(path)}: {node.name}")
    assert long == []
