"""Documents and code agree: what exists is documented, and what is documented exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import typer
import yaml
from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel

from actions.facets import Facet
from actions.reply import Act, Status
from actions.state import Mode
from bot import metrics
from bot.__main__ import cli as bot_cli
from bot.settings import Settings
from indexer.__main__ import app as indexer_cli
from knowledge.own import OnlineService, OwnCase, OwnRecord, Paper, read_record
from knowledge.procedure import Fee, LegalBasis, Override, ProcessingTime, ServiceVariant, Step

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
OPERATIONS, CONVERSATION, RECORDS = (DOCS / f"{name}.md" for name in ("operations", "conversation", "records"))
DOCUMENTS = [*sorted(PROJECT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
SOURCES = ("bot", "actions", "knowledge", "indexer", "nlu", "deploy", "tests", ".ci")
VARIABLE = re.compile(r"MOTCUA_[A-Z0-9]+(?:_[A-Z0-9]+)*")
TABLES = {
    "evaluation.md": {"recall", "facets", "decisions", "reactions", "experiments"},
    "performance.md": {"bench-path", "bench-retrieval", "bench-start", "load"},
}


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_in(path: Path) -> str:
    """Fenced blocks and code spans: prose may say "make sure"."""
    text = text_of(path)
    blocks = re.findall(r"```.*?\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*blocks, *spans])


def everywhere(pattern: str) -> dict[str, str]:
    """What a pattern's group finds in the code of all documents, and where."""
    return {name: path.name for path in DOCUMENTS for name in re.findall(pattern, code_in(path))}


def section(path: Path, heading: str) -> str:
    (body,) = (s for s in re.split(r"^## ", text_of(path), flags=re.MULTILINE) if s.startswith(f"{heading}\n"))
    return body


def first_column(path: Path, heading: str) -> set[str]:
    """The code names in the first column of the tables under a heading."""
    cells = (line.split("|")[1] for line in section(path, heading).splitlines() if line.startswith("| `"))
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def same(documented: set[str], existing: Iterable[str], where: str) -> None:
    existing = set(existing)
    assert not existing - documented, f"{where} lacks {sorted(existing - documented)}"
    assert not documented - existing, f"{where} names what does not exist: {sorted(documented - existing)}"


# Settings and variables


def settings() -> dict[str, str]:
    return {f"MOTCUA_{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()}


def test_every_setting_is_in_the_table_with_its_default() -> None:
    same(first_column(OPERATIONS, "Settings") & settings().keys(), settings(), "docs/operations.md, Settings")
    rows = dict(re.findall(r"^\| `(MOTCUA_\w+)` \| (.*?) \|", text_of(OPERATIONS), re.MULTILINE))
    for name, default in settings().items():
        if not default.startswith("/"):  # a path depends on the machine
            shown = rows[name].strip("`").replace("–", "")
            assert shown.lower() == default.lower(), f"{name} is {default!r} by default, the document says {shown!r}"


def test_every_variable_in_the_documents_exists() -> None:
    read = set(VARIABLE.findall(text_of(PROJECT / "Makefile")))
    for folder in SOURCES:
        for path in (PROJECT / folder).rglob("*"):
            # The systemd units and the proxy are documents themselves.
            if path.suffix in (".py", ".yml") or path.parent.name == ".ci":
                read |= set(VARIABLE.findall(text_of(path)))
    documents = [*DOCUMENTS, *sorted((PROJECT / "deploy").glob("*.service"))]
    for document in documents:
        unknown = set(VARIABLE.findall(text_of(document))) - read - settings().keys()
        assert not unknown, f"{document.name} names {sorted(unknown)}"


def test_every_variable_a_person_can_set_is_documented() -> None:
    """Those of `os.environ` and of the commands' options, beside the settings."""
    for folder in SOURCES:
        for path in (PROJECT / folder).rglob("*.py"):
            if path != Path(__file__).resolve():
                unknown = _environment_variables(path) - set(VARIABLE.findall(text_of(OPERATIONS)))
                assert not unknown, f"docs/operations.md lacks {sorted(unknown)} of {path.relative_to(PROJECT)}"


def _environment_variables(path: Path) -> set[str]:
    constants = (n.value for n in ast.walk(ast.parse(text_of(path))) if isinstance(n, ast.Constant))
    return {c for c in constants if isinstance(c, str) and VARIABLE.fullmatch(c)}


# Commands and targets


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):.*##", text_of(PROJECT / "Makefile"), re.MULTILINE))


def commands(cli: typer.Typer) -> set[str]:
    found = [c.name or c.callback.__name__.replace("_", "-") for c in cli.registered_commands if c.callback]
    found += [group.name for group in cli.registered_groups if group.name]
    return set(found)


def test_every_make_target_is_documented_and_the_reverse() -> None:
    same(first_column(OPERATIONS, "Make targets"), {f"make {t}" for t in targets()}, "docs/operations.md, Make targets")
    named = everywhere(r"\bmake (?:[A-Z_0-9]+=\S+ )*([a-z][a-z-]*)")
    unknown = {f"{name} ({where})" for name, where in named.items() if name not in targets()}
    assert not unknown, f"no such target: {sorted(unknown)}"


@pytest.mark.parametrize(("package", "cli"), [("bot", bot_cli), ("indexer", indexer_cli)])
def test_every_command_is_documented_and_the_reverse(package: str, cli: typer.Typer) -> None:
    listed = {c for c in first_column(OPERATIONS, "Commands") if c.startswith(f"python -m {package} ")}
    same(listed, {f"python -m {package} {c}" for c in commands(cli)}, "docs/operations.md, Commands")
    named = everywhere(rf"-m {package} ([a-z][a-z-]*)")
    unknown = {f"{name} ({where})" for name, where in named.items() if name not in commands(cli)}
    assert not unknown, f"no such command of {package}: {sorted(unknown)}"


# The conversation


@pytest.fixture(scope="module")
def domain() -> dict[str, list[str]]:
    loaded = yaml.safe_load(text_of(PROJECT / "nlu" / "domain.yml"))
    intents = [next(iter(i)) if isinstance(i, dict) else i for i in loaded["intents"]]
    modes = loaded["slots"]["mode"]["values"]
    return {"intents": intents, "actions": loaded["actions"], "entities": loaded["entities"], "modes": modes}


def keys(path: str) -> set[str]:
    return set(yaml.safe_load(text_of(PROJECT / path)))


def test_every_act_is_documented_and_the_reverse(domain: dict[str, list[str]]) -> None:
    same(first_column(CONVERSATION, "Acts"), domain["intents"], "docs/conversation.md, Acts")
    assert set(domain["intents"]) == set(Act)


def test_every_facet_is_documented_and_the_reverse() -> None:
    same(first_column(CONVERSATION, "Facets"), {*keys("nlu/lexicon/facet.yml"), *Facet}, "docs/conversation.md, Facets")


def test_every_topic_is_documented_and_the_reverse() -> None:
    answered = keys("actions/guidance.yml")
    same(first_column(CONVERSATION, "Topics"), keys("nlu/lexicon/topic.yml") | answered, "docs/conversation.md, Topics")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (yes|–)", section(CONVERSATION, "Topics"), re.MULTILINE)
    assert {topic for topic, said in rows if said == "yes"} == answered


def test_every_action_is_documented_and_the_reverse(domain: dict[str, list[str]]) -> None:
    same(first_column(CONVERSATION, "Actions"), domain["actions"], "docs/conversation.md, Actions")
    named = everywhere(r"\b(action_[a-z_]+)\b")
    unknown = {f"{name} ({where})" for name, where in named.items() if name not in domain["actions"]}
    assert unknown <= {"action_listen (0007-forced-listen.md)"}, f"no such action: {sorted(unknown)}"


def test_modes_statuses_and_entities_are_documented(domain: dict[str, list[str]]) -> None:
    same(first_column(CONVERSATION, "Modes"), {*Mode, *domain["modes"]}, "docs/conversation.md, Modes")
    same(first_column(CONVERSATION, "Statuses"), set(Status), "docs/conversation.md, Statuses")
    assert all(f"`{entity}`" in text_of(CONVERSATION) for entity in domain["entities"])


def test_every_act_has_an_example_and_a_meaning() -> None:
    rows = re.findall(r"^\| `\w+` \|(.*)\|(.*)\|$", section(CONVERSATION, "Acts"), re.MULTILINE)
    assert len(rows) == len(Act)
    assert all(example.strip() and meaning.strip() for example, meaning in rows)


# Operations


def test_every_metric_is_documented_and_the_reverse() -> None:
    instruments = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    exported = {_exported(next(iter(instrument.collect()))) for instrument in instruments}
    documented = set(re.findall(r"\bmotcua_[a-z_]+", text_of(OPERATIONS))) - {"motcua_rasa"}  # a database's name
    same(documented, exported, "docs/operations.md, metrics")


def _exported(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


# Records


def test_the_annotated_record_is_a_good_record(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", text_of(RECORDS), re.DOTALL)
    file = tmp_path / "example.yml"
    file.write_text(example, encoding="utf-8")
    record = read_record(file)
    assert isinstance(record, OwnRecord), "\n".join(map(str, record))


MODELS = (OwnRecord, Paper, OwnCase, OnlineService, ServiceVariant, Fee, ProcessingTime, Step, LegalBasis, Override)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_of_a_record_is_documented(model: type[BaseModel]) -> None:
    missing = [name for name in model.model_fields if f"`{name}`" not in text_of(RECORDS)]
    assert not missing, f"docs/records.md lacks {missing} of {model.__name__}"


def test_every_row_about_a_record_is_a_field_of_it() -> None:
    same(first_column(RECORDS, "Field by field"), OwnRecord.model_fields, "docs/records.md, Field by field")


# Documents themselves


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"```.*?```", "", text_of(document), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in _anchors(path), f"{target}: no such heading"


def _anchors(path: Path) -> set[str]:
    """As GitHub makes them out of headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_named_in_a_document_exist(document: Path) -> None:
    for name in re.findall(r"`((?:bot|actions|knowledge|indexer|nlu|deploy|docs|tests)/[^`\s:]*)`", text_of(document)):
        assert any(PROJECT.glob(name.rstrip("/"))), f"{document.name} names {name}"


@pytest.mark.parametrize(("document", "names"), TABLES.items())
def test_measured_tables_have_their_place(document: str, names: set[str]) -> None:
    text = text_of(DOCS / document)
    assert set(re.findall(r"^<!-- ([a-z-]+) -->$", text, re.MULTILINE)) == names
    for name in names:
        before, _, after = text.partition(f"<!-- {name} -->")
        assert f"<!-- /{name} -->" in after
        assert f"<!-- /{name} -->" not in before


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (DOCS / "adr").glob("*.md"):
        assert text_of(path).startswith(f"# {int(path.name[:4])}. ")
        assert all(f"**{part}.**" in text_of(path) for part in ("Context", "Decision", "Consequences"))
