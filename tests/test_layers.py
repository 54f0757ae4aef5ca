"""Who may import whom: the layers of the package, enforced."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parent.parent / "docgen_nb"

# A room (a folder or a single file) and the rooms that it may import.
MAY_IMPORT = {
    "wire": set(),
    "errors": set(),
    "exact_json": set(),
    "closing": set(),
    "evidence": {"errors"},
    "client_protocol": {"wire", "errors"},
    "template": {"evidence", "errors"},
    "service": {"template", "evidence", "exact_json", "closing", "wire", "errors"},
    "login_file": {"errors"},
    "config": {"login_file", "wire", "errors"},
    "frames": {"client_protocol", "exact_json", "wire", "errors"},
    "metrics": {"wire", "errors"},
    "wording": set(),
    "charts": {"wording", "wire", "errors"},
    "auth": {"config", "wire", "errors"},
    "client": {"auth", "config", "exact_json", "wire", "errors"},
    "schema": {"template", "exact_json", "wire", "errors"},
    "request": {"schema", "template", "exact_json", "wire", "errors"},
    "ledger": {"frames", "client_protocol", "exact_json", "closing", "wire", "errors"},
    "submission": {
        *("client", "client_protocol", "request", "ledger", "frames", "exact_json"),
        *("wire", "errors"),
    },
    "forms": {
        *("submission", "frames", "client_protocol", "request", "schema", "template"),
        *("exact_json", "wire", "errors"),
    },
}
BELOW = set(MAY_IMPORT)
for room in (
    "connection",
    "doctor_checks",
    "accessor",
    "samples",
    "probe",
    "reports",
    "watching",
    "lessons",
    "cli",
):
    MAY_IMPORT[room] = set(BELOW)
    BELOW.add(room)
MAY_IMPORT["probe"] = {"samples", "template", "client_protocol", "evidence", "wire", "errors"}
MAY_IMPORT["__init__"] = {"errors", "samples"}
MAY_IMPORT["__main__"] = {"cli"}

# In a big room: each folder and the folders that it may import; "" is the files beside them.
FOLDERS = {
    "service": {
        "http": set(),
        "storage": {"http", ""},
        "endpoints": {"storage", "http", ""},
        "workers": {"storage", "http", ""},
        "transports": {"storage", "http"},
    },
    "template": {
        "language": {""},
        "docx": {"language", ""},
        "render": {"docx", "language", ""},
        "pdf": {"docx"},
    },
    "forms": {
        "widgets": {""},
        "table_editor": {"widgets", ""},
        "fields": {"table_editor", "widgets", ""},
        "panels": {"table_editor", "widgets", ""},
        "results": {"panels", "widgets", ""},
        "mapping": {"fields", "widgets", ""},
        "batch_form": {"results", "panels", "fields", "table_editor", "mapping", "widgets", ""},
    },
    "metrics": {"engine": set(), "messages": set(), "spans": {"engine", ""}},
    "charts": {"canvas": set()},
    "lessons": {"drills": {""}},
}

# A library and the only places that may import it.
ONE_PLACE = {
    "requests": {"client", "auth", "service/transports/requests_adapter", "connection"},
    "ipywidgets": {"forms", "reports/jobs_dashboard"},
    "anywidget": {"forms"},
    "matplotlib": {"charts", "reports", "cli"},
    "lxml": {"template"},
    "starlette": {"service/transports/http_server"},
    "uvicorn": {"service/transports"},
    "jinja2": {"reports"},
    "narwhals": {"metrics"},
    "sqlite3": {"ledger", "service/storage"},
}

MOST_MODULES = 16  # in a folder
MOST_LINES = 400  # in a module
MOST_STATEMENT_LINES = 50  # in a function, without its docstring


def modules(package: Path = PACKAGE) -> list[Path]:
    return sorted(p for p in package.rglob("*.py") if "notebooks" not in p.parts)


def place(path: Path, package: Path = PACKAGE) -> str:
    return path.relative_to(package).with_suffix("").as_posix().removesuffix("/__init__")


class Read(NamedTuple):
    """What the rules need of a file: imports, those for typing alone, and lengths of functions."""

    imports: Set[str]  # every module or name, imported at the top or inside functions
    for_typing: Set[str]
    functions: Sequence[tuple[str, int]]  # without their docstrings


@cache
def read(path: Path) -> Read:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    ifs = (node for node in nodes if isinstance(node, ast.If))
    typing = [node for node in ifs if ast.unparse(node.test) == "TYPE_CHECKING"]
    for_typing = {inner for node in typing for inner in ast.walk(node)}
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return Read(
        _imports(path, [node for node in nodes if node not in for_typing]),
        _imports(path, for_typing),
        [(node.name, _length(node)) for node in functions],
    )


def _imports(path: Path, nodes: Iterable[ast.AST]) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node, clean=False) else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


@cache
def graph(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Return the files that each file of the package imports, all as places."""
    places = {place(path, package) for path in modules(package)}
    return {
        place(path, package): {
            target
            for name in read(path).imports | read(path).for_typing
            if name.startswith(f"{package.name}.")
            for target in _targets(name.split(".")[1:], places)
        }
        - {place(path, package), "__init__"}
        for path in modules(package)
    }


def _targets(parts: list[str], places: set[str]) -> Iterator[str]:
    """Yield the file that an import names: a module, or the module that has the name."""
    for count in (len(parts), len(parts) - 1):
        if "/".join(parts[:count]) in places:
            yield "/".join(parts[:count])
            return


def circle(package: Path = PACKAGE) -> list[str]:
    """Return one circle of files that import each other, or an empty list."""
    try:
        TopologicalSorter(graph(package)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def crowded(package: Path = PACKAGE) -> list[str]:
    """Return the folders with more modules of their own than a reader can keep in mind."""
    folders = {path.parent for path in modules(package)}
    counts = {
        folder: sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        for folder in folders
    }
    return [f"{folder.name}: {count}" for folder, count in counts.items() if count > MOST_MODULES]


def upward(package: Path = PACKAGE) -> list[str]:
    """Return the imports inside a big room that go from a folder to one not below it."""
    return [
        f"{own} imports {other}"
        for own, others in sorted(graph(package).items())
        for other in sorted(others)
        if _is_upward(own.split("/"), other.split("/"))
    ]


def _is_upward(own: list[str], other: list[str]) -> bool:
    folders = FOLDERS.get(own[0], {})
    if own[0] != other[0] or len(own) < 2 or own[1] not in folders:
        return False
    target = other[1] if len(other) > 1 and other[1] in folders else ""
    return target not in {own[1], *folders[own[1]]}


def test_every_module_is_in_the_table():
    rooms = {place(path).split("/")[0] for path in modules()}
    assert "wire" in rooms
    assert rooms <= set(MAY_IMPORT)


def test_every_folder_of_a_big_room_is_in_the_table():
    folders = {
        room: {path.name for path in (PACKAGE / room).iterdir() if (path / "__init__.py").exists()}
        for room in FOLDERS
    }
    assert folders == {room: set(table) for room, table in FOLDERS.items()}


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_room_imports_only_what_it_may(path):
    own = place(path).split("/")[0]
    names = read(path).imports
    rooms = {name.split(".")[1] for name in names if name.startswith("docgen_nb.")}
    assert rooms - {own} - MAY_IMPORT[own] == set()


@pytest.mark.parametrize("library", ONE_PLACE)
def test_a_library_has_one_place(library):
    users = {
        place(path)
        for path in modules()
        if library in {name.split(".")[0] for name in read(path).imports}
    }
    allowed = ONE_PLACE[library]
    strangers = {p for p in users if not any(p == a or p.startswith(f"{a}/") for a in allowed)}
    assert strangers == set()


def test_no_file_imports_a_file_that_imports_it():
    assert circle() == []


def test_no_folder_is_crowded():
    assert crowded() == []


def test_folders_of_a_big_room_import_downward():
    assert upward() == []


def test_modules_and_functions_stay_short():
    long = []
    for path in modules():
        lines = path.read_text().count("\n")
        long += [f"{place(path)}: {lines} lines"] if lines > MOST_LINES else []
        long += [
            f"{place(path)}: {name}"
            for name, length in read(path).functions
            if length > MOST_STATEMENT_LINES
        ]
    assert long == []


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["requests", "pandas", "matplotlib", "ipywidgets", "lxml", "starlette", "sqlite3"]
    code = f"import sys, docgen_nb; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# The rules themselves, on small packages that break them.


def package_of(folder: Path, files: dict[str, str]) -> Path:
    package = folder / "docgen_nb"
    for name, text in {"__init__.py": "", **files}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return package


@pytest.mark.parametrize(
    "line",
    [
        "from docgen_nb.b import name",
        "import docgen_nb.b",
        "from docgen_nb import b",
        "def f():\n    from docgen_nb.b import name",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from docgen_nb.b import Name",
    ],
)
def test_a_circle_is_noticed(tmp_path, line):
    package = package_of(tmp_path, {"a.py": line, "b.py": "from docgen_nb import a"})
    assert set(circle(package)) == {"a", "b"}


def test_a_circle_of_three_through_a_folder_is_noticed(tmp_path):
    files = {
        "a.py": "from docgen_nb.room.b import name",
        "room/__init__.py": "",
        "room/b.py": "from docgen_nb import c",
        "c.py": "from docgen_nb import a",
    }
    assert set(circle(package_of(tmp_path, files))) == {"a", "room/b", "c"}


@pytest.mark.parametrize(("count", "result"), [(16, []), (17, ["docgen_nb: 17"])])
def test_a_crowded_folder_is_noticed(tmp_path, count, result):
    package = package_of(tmp_path, {f"m{number}.py": "" for number in range(count)})
    assert crowded(package) == result


@pytest.mark.parametrize(
    ("own", "line", "result"),
    [
        ("service/storage/a.py", "from docgen_nb.service.endpoints import b", True),
        ("service/endpoints/b.py", "from docgen_nb.service.storage import a", False),
        ("metrics/engine/a.py", "from docgen_nb.metrics.flow import b", True),
        ("metrics/flow.py", "from docgen_nb.metrics.engine import a", False),
        ("forms/widgets/a.py", "from docgen_nb.forms import display", False),
    ],
)
def test_an_upward_import_is_noticed(tmp_path, own, line, result):
    names = ["service/storage/a", "service/endpoints/b", "metrics/engine/a", "metrics/flow"]
    files = {f"{name}.py": "" for name in [*names, "forms/widgets/a", "forms/display"]}
    assert bool(upward(package_of(tmp_path, {**files, own: line}))) is result
