"""Commands that measure: recall, decisions, acts and facets; experiments; the confidence; one question explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from indexer.devdata import Question, read_questions
from indexer.terminal import fail, out, progress
from knowledge.encoder import load_query_encoder
from knowledge.phrases import LEXICON, Lexicon
from knowledge.release import ReleaseError, ReleaseStore
from knowledge.retriever import Retriever
from knowledge.settings import PROJECT, KnowledgeSettings
from knowledge.tables import markdown, write_tables

DOCUMENT = PROJECT / "docs" / "evaluation.md"
LABELLED = PROJECT / "tests" / "data"
HELD_OUT = LABELLED / "messages-heldout.jsonl"


def evaluate(
    url: Annotated[
        str, typer.Option(help="A running app: also measures decisions, acts and facets.", envvar="MOTCUA_URL")
    ] = "",
    questions: Annotated[Path | None, typer.Option(help="Measure on this JSON-lines file instead.")] = None,
    document: Annotated[Path, typer.Option(help="Where the tables go.")] = DOCUMENT,
) -> None:
    """Recall by slice, decisions, acts and facets; prints the tables and writes them into the document."""
    from indexer import evaluate as ev

    served, lexicon = retriever(), Lexicon.load(LEXICON)
    if questions:
        slices = {questions.stem: [q for q in read_questions(questions) if q.codes]}
    else:
        slices = ev.slices(_dev_data(), [(row.code, row.title) for row in served.catalogue.summaries()])
        slices |= ev.held_out_slices(HELD_OUT, served)
    typed = [(f"{name}{suffix}", [typing(q) for q in asked])
             for name, asked in slices.items() for suffix, typing in ev.TYPINGS.items()]  # fmt: skip
    with progress() as bar:
        rows = [ev.recall(n, qs, served, lexicon).row() for n, qs in bar.track(typed, description="recall")]
    tables = {"recall": markdown(ev.RECALL_HEAD, rows)}
    if url:
        tables |= _understood(url, slices, {} if questions else _reactions())
    for name, table in tables.items():
        out.print(f"\n{name}\n{table}", markup=False, highlight=False, soft_wrap=True)
    if not questions and document.exists():
        write_tables(document, tables)


def _reactions() -> dict[str, list[Question]]:
    """Messages of all kinds, those about no procedure among them, by where they come from."""
    data = _dev_data()
    dev = read_questions(data / "negatives-dev.jsonl") + read_questions(data / "phrasings-dev.jsonl")
    return {"dev": dev, "held out": read_questions(HELD_OUT)}


def _understood(url: str, slices: dict[str, list[Question]], others: dict[str, list[Question]]) -> dict[str, str]:
    from indexer import evaluate as ev
    from indexer import pictures

    typed = [(f"{n}{suffix}", [typing(q) for q in qs]) for n, qs in slices.items()
             for suffix, typing in list(ev.TYPINGS.items())[:2]]  # fmt: skip
    kinds = [
        (f"{kind}, {source}", [q for q in asked if q.kind == kind])
        for source, asked in others.items()
        for kind in ev.EXPECTED_ACTS
    ]
    labelled = ev.labelled_with_facets(LABELLED) if others else {}
    with progress() as bar:
        decided = {n: ev.understand_all(qs, url) for n, qs in bar.track(typed, description="decisions")}
        reacted = {n: ev.understand_all(qs, url) for n, qs in bar.track(kinds, description="reactions")}
        faceted = {n: ev.understand_all(qs, url) for n, qs in bar.track(labelled.items(), description="facets")}
    if others:
        pictures.draw(DOCUMENT.parent / "pictures", decided, reacted, faceted)
    return {
        "decisions": markdown(ev.DECISION_HEAD, [ev.decision_row(n, rows) for n, rows in decided.items()]),
        "reactions": markdown(ev.REACTION_HEAD, [ev.reaction_row(n, rows) for n, rows in reacted.items() if rows]),
        "facets": markdown(ev.FACET_HEAD, [ev.facet_row(n, rows) for n, rows in faceted.items()]),
    }


def experiments(
    every_typing: Annotated[bool, typer.Option(help="Also formal questions without accents, and slips.")] = True,
    document: Annotated[Path, typer.Option(help="Where the table goes.")] = DOCUMENT,
) -> None:
    """Each part left out or alone, on the dev files: one table, which is written into the document."""
    from indexer import evaluate as ev
    from indexer import experiments as trials

    served, lexicon = retriever(), Lexicon.load(LEXICON)
    slices = trials.dev_slices(ev.slices(_dev_data(), []), every_typing=every_typing)
    with progress() as bar:
        variants = trials.variants(served)
        rows = [trials.row(name, v, slices, lexicon) for name, v in bar.track(variants, description="experiments")]
    table = markdown(trials.head(slices), rows)
    out.print(table, markup=False, highlight=False, soft_wrap=True)
    if document.exists():
        write_tables(document, {"experiments": table})


def calibrate(
    url: Annotated[str, typer.Option(help="The running app.", envvar="MOTCUA_URL")] = "http://127.0.0.1:8080",
) -> None:
    """Fit the confidence on the dev files and print it, with the table that thresholds are chosen from."""
    from indexer import evaluate as ev
    from indexer.calibrate import calibrate as fit

    data = _dev_data()
    asked = [q for name in ("faq-dev", "phrasings-dev") for q in read_questions(data / f"{name}.jsonl") if q.codes]
    asked = [q for q in asked if q.kind != "uncertain"] + read_questions(data / "negatives-dev.jsonl")
    with progress() as bar:
        hits = [ev.ask(question.text, url)["hits"] for question in bar.track(asked, description="asking")]
    found = fit(asked, hits)
    out.print(f"intercept: {found.intercept}\nweights: {json.dumps(found.weights)}", highlight=False)
    table = Table("threshold", "precision", "answered", "negatives answered")
    for row in found.table:
        table.add_row(*map(str, row))
    out.print(table)


def explain(query: str, limit: int = 8) -> None:
    """Why a question finds what it finds: every part of every candidate's score."""
    result = retriever().search(query, limit=limit)
    out.print(f"searched: «{result.query}» → {result.decision.value} in {result.took_ms:.1f} ms")
    for hit in result.hits:
        out.print(f"{hit.score:.3f}  {hit.code}  {hit.name}", highlight=False, soft_wrap=True)
        parts = "  ".join(f"{name} {value:g}" for name, value in hit.parts.items())
        out.print(f"       {parts}", style="dim", highlight=False, soft_wrap=True)
        if len(hit.members) > 1:
            out.print(
                f"       family {hit.family}: {', '.join(hit.members)}", style="dim", highlight=False, soft_wrap=True
            )


def retriever() -> Retriever:
    """The served release, loaded; ends the command where there is none."""
    settings = KnowledgeSettings()
    encoder = load_query_encoder(settings.encoder, cache=settings.cache)
    try:
        return Retriever.load(ReleaseStore(settings.releases).current(), encoder=encoder)
    except ReleaseError as error:
        fail(str(error))


def _dev_data() -> Path:
    data = KnowledgeSettings().shared / "data"
    if not data.is_dir():
        fail(f"no dev files under {data}: set MOTCUA_SHARED, or name a file with --questions")
    return data
