"""The release being served: loaded once, watched, and swapped without a pause when another is published."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot import metrics
from knowledge.encoder import Encoder
from knowledge.release import Release, ReleaseError, ReleaseStore
from knowledge.retriever import Retriever

log = logging.getLogger(__name__)


class Served:
    """`retriever()` is the current one; a turn takes it once and keeps it to its end.

    A release that is broken or missing changes nothing: the log says why, and the one before goes on.
    """

    def __init__(self, store: ReleaseStore, load_encoder: Callable[[], Encoder]) -> None:
        self._store = store
        self._load_encoder = load_encoder
        self._encoder: Encoder | None = None
        self._retriever: Retriever | None = None
        self._refused: str | None = None

    def retriever(self) -> Retriever:
        """Raises `ReleaseError` as long as no sound release was found."""
        if self._retriever is None:
            raise ReleaseError("no release is loaded")
        return self._retriever

    @property
    def release(self) -> Release | None:
        return self._retriever.release if self._retriever else None

    def refresh(self) -> bool:
        """Looks at the pointer and loads what it names if that is new. Blocking: call it in a thread."""
        name = self._store.current_name()
        if name is None or name in (self._refused, self.release.path.name if self.release else None):
            return False
        try:
            self._encoder = self._encoder or self._load_encoder()
            retriever = Retriever.load(Release.open(self._store.root / name), encoder=self._encoder)
            retriever.search("đăng ký tạm trú")  # the first search warms caches; better here than in a turn
        except (ReleaseError, OSError, ValueError) as error:
            self._refused = name
            log.error("release %s is refused, the one before stays: %s", name, error)
            return False
        self._retriever = retriever
        self._refused = None
        metrics.RELEASE_RECORDS.set(retriever.release.manifest.counts.total)
        log.info("serving release %s", name)
        return True

    async def watch(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await asyncio.to_thread(self.refresh)
