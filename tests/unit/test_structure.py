"""How the parts may depend on one another, read from their imports; and what `--help` must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
OURS = ("bot", "actions", "knowledge", "indexer", "nlu")
SHARED = {"knowledge.text", "knowledge.phrases", "knowledge.questions"}  # docs/adr/0006-shared-phrase-lexicon.md
ALLOWED = {
    "bot": {"bot", "actions", "knowledge"},
    "actions": {"actions", "knowledge"},
    "indexer": {"indexer", "knowledge"},
    "knowledge": {"knowledge"},
    "nlu": {"nlu"},
}
HEAVY = ("torch", "sentence_transformers", "faiss", "rasa_sdk", "sklearn")
HELP = """
import runpy, sys
sys.argv = [{package!r}, "--help"]
try:
    runpy.run_module({package!r}, run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
print("\\nLOADED", *(name for name in {heavy!r} if name in sys.modules))
"""


def files(package: str) -> list[Path]:
    return sorted((PROJECT / package).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it, by its full name; "a" and "a.b" for `from a import b`."""
    package = file.relative_to(PROJECT).parent.parts
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *filter(None, [node.module])))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def of_ours(file: Path) -> set[str]:
    return {name for name in imports(file) if name.split(".")[0] in OURS}


@pytest.mark.parametrize("package", OURS)
def test_imports_run_one_way(package: str) -> None:
    wrong = [
        f"{file.relative_to(PROJECT)} imports {name}"
        for file in files(package)
        for name in sorted(of_ours(file))
        if name.split(".")[0] not in ALLOWED[package] and not (package == "nlu" and _is_shared(name))
    ]
    assert not wrong, "\n".join(wrong)


def _is_shared(name: str) -> bool:
    """ "knowledge.text" and "knowledge.text.fold"; bare "knowledge" only leads there, its own file imports nothing."""
    return name == "knowledge" or name in SHARED or name.rpartition(".")[0] in SHARED


def test_the_shared_modules_need_the_standard_library_and_yaml_only() -> None:
    for module in ("knowledge", *SHARED):
        path = PROJECT / module.replace(".", "/")
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        others = {n for n in imports(file) if n.split(".")[0] not in sys.stdlib_module_names and not _is_shared(n)}
        assert {n.split(".")[0] for n in others} <= {"yaml"}, f"{module} imports {sorted(others)}"


def test_the_set_up_runs_before_anything_is_installed() -> None:
    needed = {name.split(".")[0] for name in imports(PROJECT / "deploy" / "setup.py")}
    assert needed <= sys.stdlib_module_names


def test_only_the_bot_knows_of_the_web_and_only_nlu_of_rasa() -> None:
    wrong = [
        f"{file.relative_to(PROJECT)} imports {name}"
        for package in OURS
        for file in files(package)
        for name in imports(file)
        if (package != "bot" and name.split(".")[0] in ("fastapi", "starlette", "uvicorn"))
        or (package != "nlu" and name.split(".")[0] == "rasa")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ["bot", "indexer"])
def test_help_loads_nothing_heavy(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP.format(package=package, heavy=HEAVY)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    loaded = done.stdout.rpartition("LOADED")[2].split()
    assert not loaded, f"python -m {package} --help loads {loaded}"
