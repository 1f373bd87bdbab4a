"""Sources → a finished release folder. Nothing that is served changes here: publishing is a step of its own."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from indexer.fitting import Subject, fit_or_reuse, subjects_of
from indexer.sources import Sources
from indexer.vectors import Progress, VectorCache, encode_all
from knowledge.accents import AccentRestorer
from knowledge.catalogue import write_catalogue
from knowledge.encoder import Encoder
from knowledge.families import Families, load_rules
from knowledge.fitted import SyllableEncoder
from knowledge.index import Words
from knowledge.lexical import LexicalIndex
from knowledge.passages import Passage, body_of, expanded_bodies, names_of, passages_of
from knowledge.phrases import LEXICON, Lexicon
from knowledge.procedure import Origin, Procedure
from knowledge.release import (
    ACCENTS,
    FITTED,
    FITTED_VECTORS,
    PASSAGES,
    RECORDS,
    VECTORS,
    Counts,
    Release,
    ReleaseStore,
)
from knowledge.tuning import Tuning

EVERYDAY = Path(__file__).parent.parent / "knowledge" / "data" / "everyday.txt"
_EVERYDAY_WEIGHT = 40  # the everyday sentences are few beside 5,473 records, and are what people type


def build_release(
    sources: Sources,
    store: ReleaseStore,
    *,
    encoder_identity: str,
    load_encoder: Callable[[], Encoder],
    cache: Path,
    inputs: str,
    now: dt.datetime,
    say: Callable[[str], None],
    progress: Progress,
) -> Release:
    """Builds beside the served release. `load_encoder` is called only if some passage has no cached vector."""
    folder = store.new_folder()
    try:
        lexicon = Lexicon.load(LEXICON)
        passages = [p for procedure in sources.procedures for p in passages_of(procedure, lexicon)]
        say(f"{len(sources.procedures)} procedures, {len(passages)} passages")
        family_of = Families.group(sources.procedures, load_rules()).key_of
        _write_records(folder, sources, family_of)
        _write_passages(folder, passages)
        vectors = _vectors(names_of(passages), encoder_identity, load_encoder, cache, progress)
        np.save(folder / VECTORS, vectors, allow_pickle=False)
        say("fitting the syllable encoder")
        _fit(folder, subjects_of(sources.procedures, passages, family_of), passages, cache, progress)
        say("counting syllables for the accent restorer")
        AccentRestorer.count(_accented_texts(sources.procedures)).save(folder / ACCENTS)
        say("indexing the words")
        in_order = sorted(sources.procedures, key=lambda p: p.code)
        bodies = [body_of(p) for p in in_order], expanded_bodies(in_order, passages)
        Words.of_passages(passages, *(LexicalIndex.build(texts, folded=True) for texts in bodies)).save(folder)
        return store.finish(
            folder,
            now=now,
            inputs=inputs,
            encoder=encoder_identity,
            dimensions=vectors.shape[1],
            counts=_counts(sources, len(passages)),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _vectors(
    passages: list[Passage], identity: str, load_encoder: Callable[[], Encoder], cache: Path, progress: Progress
) -> np.ndarray:
    encoder: Encoder | None = None

    def encode(texts: Iterable[str]) -> np.ndarray:
        nonlocal encoder
        encoder = encoder or load_encoder()
        return encoder.encode_passages(list(texts))

    vectors = VectorCache(cache / "vectors.sqlite", identity)
    try:
        return encode_all(passages, vectors, encode, progress)
    finally:
        vectors.close()


def _fit(folder: Path, subjects: list[Subject], passages: list[Passage], cache: Path, progress: Progress) -> None:
    fitted = fit_or_reuse(subjects, cache, progress)
    shutil.copytree(fitted, folder / FITTED)
    np.save(
        folder / FITTED_VECTORS, SyllableEncoder.load(fitted).encode([p.text for p in passages]), allow_pickle=False
    )


def _write_records(folder: Path, sources: Sources, family_of: Mapping[str, str]) -> None:
    most = max(sources.filings.values(), default=0)
    own_codes = {p.code for p in sources.own}
    assumed = int(max(most, 1_000_000) ** Tuning.load().own_prior)
    filings = {
        p.code: sources.filings.get(p.code, 0) or (assumed if p.code in own_codes else 0) for p in sources.procedures
    }
    write_catalogue(folder / RECORDS, sources.procedures, family_of=family_of, filings=filings, retired=sources.retired)


def _write_passages(folder: Path, passages: list[Passage]) -> None:
    with (folder / PASSAGES).open("w", encoding="utf-8") as file:
        for passage in passages:
            file.write(json.dumps(asdict(passage), ensure_ascii=False) + "\n")


def _accented_texts(procedures: list[Procedure]) -> Iterable[str]:
    everyday = EVERYDAY.read_text(encoding="utf-8").splitlines()
    for line in everyday:
        for _ in range(_EVERYDAY_WEIGHT):
            yield line
    for p in procedures:
        yield from (p.name, p.plain_name, p.summary, p.requirements, *p.aliases, *p.questions)
        yield from (step.text for step in p.steps)
        yield from (document.name for document in p.documents())


def _counts(sources: Sources, passages: int) -> Counts:
    return Counts(
        own=sum(p.origin is Origin.OWN for p in sources.procedures) + sources.merged,
        national=sources.report.imported,
        merged=sources.merged,
        total=len(sources.procedures),
        passages=passages,
        rejected=len(sources.report.rejected),
        internal=sources.report.internal,
    )
