"""What `/metrics` shows: counts and times, never words."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("motcua_turns", "Answered messages", ["channel", "status"])
TURN_SECONDS = Histogram(
    "motcua_turn_seconds", "From picking a message up to its answer", buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
)
SEARCH_SECONDS = Histogram(
    "motcua_search_seconds", "Retrieval alone", buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.5)
)
REFUSED = Counter("motcua_refused", "Requests turned away", ["reason"])
RELEASE_RECORDS = Gauge("motcua_release_records", "Procedures in the served release")
DELIVERIES = Counter(
    "motcua_deliveries", "Answers for messaging platforms, by what became of them", ["channel", "outcome"]
)
LETTERS = Gauge("motcua_outbox", "Answers that wait to be sent, or are dead", ["channel", "state"])
