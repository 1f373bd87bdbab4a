"""Answers on their way to a messaging platform: in order, sent once, and gone when they should be."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from actions.reply import Act, Button, Command, Reply, Status
from actions.state import PersonState, Walk
from bot.database import migrate
from bot.outbox import Outbox, Waiting
from bot.privacy import Redacted
from bot.store import Message, Store, connect, utc_now
from bot.tables import DEAD, DROPPED, PERSONAL, SENT, WAITING, addresses, inbox, metadata

DAY = dt.timedelta(days=1)


class Clock:
    def __init__(self) -> None:
        self.time = utc_now()

    def __call__(self) -> dt.datetime:
        return self.time

    def passes(self, **more: float) -> None:
        self.time += dt.timedelta(**more)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One of each kind for all tests here, since there are many."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('outbox') / 'app.sqlite'}"
    else:
        url = str(request.getfixturevalue("new_postgres")())
    migrate(url)
    return url


@pytest.fixture
def engine(kept_database: str) -> Iterator[sa.Engine]:
    """Empty again after each test."""
    engine = connect(kept_database)
    yield engine
    with engine.begin() as db:
        for table in reversed(metadata.sorted_tables):
            db.execute(sa.delete(table))
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(engine: sa.Engine, clock: Clock) -> Store:
    return Store(engine, now=clock)


@pytest.fixture
def outbox(engine: sa.Engine, clock: Clock) -> Outbox:
    return Outbox(engine, now=clock)


def accept(store: Store, message_id: str, person: str = "lan", *, channel: str = "telegram") -> Message:
    address = f"chat of {person}" if channel == "telegram" else ""
    return store.accept(channel, person, message_id, Redacted("nuôi ong"), address=address)[0]


def answer(
    store: Store, text: str, person: str = "lan", *, channel: str = "telegram", is_last: bool = False
) -> Message:
    """Answers a message of the same name; with a button and a checklist, so that every table has a row."""
    message = accept(store, f"hỏi {text}", person, channel=channel)
    reply = Reply(text, Status.ANSWER, buttons=(Button("Một", Command(Act.HELP)),))
    state = PersonState(walk=None if is_last else Walk("9.100001"))
    store.commit(str(message.id), person, state, (reply,), is_last=is_last)
    return message


def texts(answers: Sequence[Waiting]) -> list[str]:
    return [waiting.replies[0]["text"] for waiting in answers]


def due(outbox: Outbox) -> list[str]:
    return texts(outbox.due("telegram"))


def the_due(outbox: Outbox) -> Waiting:
    (waiting,) = outbox.due("telegram")
    return waiting


def rows_of(engine: sa.Engine, person: str) -> dict[str, int]:
    with engine.connect() as db:
        rows = {t.name: db.scalar(sa.select(sa.func.count()).where(t.c.person == person)) for t in PERSONAL}
    return {name: count for name, count in rows.items() if count}


# What is due


def test_an_answer_waits_with_where_it_goes(store: Store, outbox: Outbox, clock: Clock) -> None:
    message = answer(store, "một")
    waiting = the_due(outbox)
    assert (waiting.inbox_id, waiting.person, waiting.address) == (message.id, "lan", "chat of lan")
    assert (waiting.parts_sent, waiting.attempts, waiting.created_at) == (0, 0, clock())


def test_answers_that_are_fetched_do_not_wait(store: Store, outbox: Outbox) -> None:
    answer(store, "một", channel="web")
    assert outbox.due("web") == []
    assert outbox.counts() == {}


def test_each_platform_gets_its_own(store: Store, outbox: Outbox) -> None:
    answer(store, "một")
    assert outbox.due("zalo") == []


def test_answers_come_one_by_one_for_a_person_and_side_by_side_for_people(store: Store, outbox: Outbox) -> None:
    for person, text in (("lan", "một"), ("lan", "hai"), ("mai", "ba")):
        answer(store, text, person)
    assert due(outbox) == ["một", "ba"]
    outbox.sent(outbox.due("telegram")[0].id)
    assert due(outbox) == ["hai", "ba"]
    assert texts(outbox.due("telegram", limit=1)) == ["hai"]


def test_what_is_put_off_holds_back_what_follows_it_but_nobody_else(store: Store, outbox: Outbox, clock: Clock) -> None:
    for person, text in (("lan", "một"), ("lan", "hai"), ("mai", "ba")):
        answer(store, text, person)
    outbox.later(outbox.due("telegram")[0].id, clock() + dt.timedelta(seconds=60), "busy")
    clock.passes(seconds=59)
    assert due(outbox) == ["ba"]
    clock.passes(seconds=2)
    assert due(outbox) == ["một", "ba"]
    assert [w.attempts for w in outbox.due("telegram")] == [1, 0]


def test_what_was_nobody_s_fault_is_no_attempt(store: Store, outbox: Outbox, clock: Clock) -> None:
    answer(store, "một")
    outbox.later(the_due(outbox).id, clock(), "quota", counts=False)
    assert the_due(outbox).attempts == 0
    assert [(letter.reason, letter.attempts) for letter in outbox.letters(state=WAITING)] == [("quota", 0)]


def test_the_parts_that_were_taken_are_remembered(store: Store, outbox: Outbox, clock: Clock) -> None:
    answer(store, "một")
    outbox.part_sent(the_due(outbox).id, 2)
    outbox.later(the_due(outbox).id, clock(), "busy")
    assert the_due(outbox).parts_sent == 2


def test_the_newest_address_counts(store: Store, outbox: Outbox) -> None:
    answer(store, "một")
    store.accept("telegram", "lan", "m2", Redacted("a"), address="another chat")
    assert the_due(outbox).address == "another chat"


def test_the_first_messages_of_a_person_may_come_at_once(store: Store, engine: sa.Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: accept(store, f"m{n}"), range(16)))
    assert len({message.id for message in found}) == 16
    assert rows_of(engine, "lan") == {"inbox": 16, "addresses": 1}


def test_times_are_moments_wherever_the_machine_is(
    kept_database: str, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(Store(engine), "một")
    for zone in ("Asia/Ho_Chi_Minh", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("PGTZ", zone)
        time.tzset()
        elsewhere = connect(kept_database)
        try:
            outbox = Outbox(elsewhere)
            assert abs(the_due(outbox).created_at - utc_now()) < dt.timedelta(minutes=1)
            (letter,) = outbox.letters(state=WAITING)
            assert abs(letter.created_at - utc_now()) < dt.timedelta(minutes=1)
            outbox.later(the_due(outbox).id, utc_now() + dt.timedelta(minutes=1), "busy")
            assert outbox.due("telegram") == []
            outbox.later(letter.id, utc_now(), "free")
        finally:
            elsewhere.dispose()
            monkeypatch.undo()
            time.tzset()


# What will not be taken


def test_a_dead_answer_makes_way_and_is_shown_without_words(store: Store, outbox: Outbox, clock: Clock) -> None:
    for text in ("một", "hai"):
        answer(store, text)
    outbox.dead(the_due(outbox).id, "bad request")
    assert due(outbox) == ["hai"]
    (letter,) = outbox.letters()
    assert (letter.channel, letter.state, letter.reason, letter.attempts) == ("telegram", DEAD, "bad request", 1)
    assert letter.created_at == clock()
    assert "một" not in str(letter)
    assert "chat" not in str(letter)
    assert outbox.counts() == {("telegram", WAITING): 1, ("telegram", DEAD): 1}


def test_a_long_reason_is_cut(store: Store, outbox: Outbox, clock: Clock) -> None:
    answer(store, "một")
    waiting = the_due(outbox)
    outbox.later(waiting.id, clock(), "x" * 1000)
    outbox.dead(waiting.id, "x" * 1000)
    outbox.unreachable("lan", "x" * 1000)
    assert len(outbox.letters()[0].reason) == 200


def test_dead_answers_are_tried_again_after_the_parts_that_were_taken(
    store: Store, outbox: Outbox, clock: Clock
) -> None:
    for person in ("lan", "mai"):
        answer(store, f"đáp {person}", person)
    lan, mai = outbox.due("telegram")
    outbox.part_sent(lan.id, 1)
    for waiting in (lan, mai):
        outbox.later(waiting.id, clock() + DAY, "busy")
        outbox.dead(waiting.id, "no")
    assert outbox.retry([lan.id]) == 1
    again = the_due(outbox)
    assert (again.person, again.attempts, again.parts_sent) == ("lan", 0, 1)
    assert outbox.retry() == 1
    assert [w.person for w in outbox.due("telegram")] == ["lan", "mai"]
    assert outbox.retry() == 0


def test_only_the_dead_are_tried_again_or_dropped(store: Store, outbox: Outbox) -> None:
    answer(store, "một")
    sent = the_due(outbox)
    outbox.sent(sent.id)
    answer(store, "hai")
    waiting = the_due(outbox)
    for operation in (outbox.retry, outbox.drop):
        assert operation([sent.id, waiting.id]) == 0
        assert operation([]) == 0
    outbox.dead(waiting.id, "no")
    assert outbox.drop() == 1
    assert outbox.retry() == 0
    assert outbox.counts() == {}
    assert [letter.id for letter in outbox.letters(state=DROPPED)] == [waiting.id]


def test_nothing_waits_for_who_cannot_be_reached(store: Store, outbox: Outbox, engine: sa.Engine) -> None:
    for person, text in (("lan", "một"), ("lan", "hai"), ("mai", "ba")):
        answer(store, text, person)
    outbox.unreachable("lan", "blocked")
    assert due(outbox) == ["ba"]
    assert [letter.reason for letter in outbox.letters()] == ["blocked", "blocked"]
    with engine.connect() as db:
        why = dict(db.execute(sa.select(addresses.c.person, addresses.c.unreachable)).tuples().all())
    assert why == {"lan": "blocked", "mai": ""}


def test_who_writes_can_be_reached_again(store: Store, outbox: Outbox, engine: sa.Engine) -> None:
    answer(store, "một")
    outbox.unreachable("lan", "")
    answer(store, "hai")
    assert due(outbox) == ["hai"]
    with engine.connect() as db:
        assert db.scalar(sa.select(addresses.c.unreachable)) == ""


def test_an_answer_to_who_just_became_unreachable_is_tried(store: Store, outbox: Outbox) -> None:
    message = accept(store, "m1")
    store.mark_reachable("lan", "blocked by the person")
    store.commit(str(message.id), "lan", PersonState(), (Reply("một", Status.ANSWER),))
    assert due(outbox) == ["một"]  # the platform's word decides


# A person takes over


def test_a_person_who_takes_over_drops_what_waits(store: Store, outbox: Outbox, clock: Clock) -> None:
    for person, text in (("lan", "một"), ("lan", "hai"), ("mai", "ba")):
        answer(store, text, person)
    store.hand_over("lan", 60)
    assert due(outbox) == ["ba"]
    assert len(outbox.letters(state=DROPPED)) == 2
    assert (store.is_with_a_person("lan"), store.is_with_a_person("mai")) == (True, False)
    clock.passes(seconds=61)
    assert not store.is_with_a_person("lan")


def test_giving_the_conversation_back_drops_nothing(store: Store, outbox: Outbox) -> None:
    answer(store, "một")
    store.hand_over("lan", 60)
    answer(store, "hai", "mai")
    store.hand_over("lan", 0)
    store.hand_over("mai", 0)
    assert not store.is_with_a_person("lan")
    assert due(outbox) == ["hai"]


def test_an_answer_that_comes_after_a_person_took_over_is_not_sent(store: Store, outbox: Outbox) -> None:
    answer(store, "một", "mai")
    message = accept(store, "m1")
    store.hand_over("lan", 60)
    store.commit(str(message.id), "lan", PersonState(), (Reply("muộn", Status.ANSWER),))
    assert due(outbox) == ["một"]


# Deletion


def test_after_the_receipt_of_a_deletion_nothing_is_left_of_the_person(
    store: Store, outbox: Outbox, engine: sa.Engine
) -> None:
    answer(store, "một")
    answer(store, "hai", "mai")
    before = rows_of(engine, "mai")
    assert set(before) == {table.name for table in PERSONAL}
    message = accept(store, "xoá")
    store.forget("lan")
    store.commit(str(message.id), "lan", PersonState(), (Reply("đã xoá", Status.SMALLTALK),), is_last=True)
    (receipt,) = [waiting for waiting in outbox.due("telegram") if waiting.person == "lan"]
    assert (texts([receipt]), receipt.address) == (["đã xoá"], "chat of lan")
    outbox.sent(receipt.id)
    assert rows_of(engine, "lan") == {}
    assert rows_of(engine, "mai") == before


def test_an_answer_that_is_no_receipt_keeps_everything(store: Store, outbox: Outbox, engine: sa.Engine) -> None:
    answer(store, "một")
    before = rows_of(engine, "lan")
    outbox.sent(the_due(outbox).id)
    assert rows_of(engine, "lan") == before
    assert due(outbox) == []


def test_what_is_said_before_the_receipt_is_sent_is_still_answered(store: Store, outbox: Outbox) -> None:
    answer(store, "đã xoá", is_last=True)
    later = accept(store, "cảm ơn")
    outbox.sent(the_due(outbox).id)
    assert store.unanswered("lan") == [later]
    store.commit(str(later.id), "lan", PersonState(), (Reply("dạ", Status.SMALLTALK),))
    assert due(outbox) == ["dạ"]


def test_a_deletion_confirmed_in_several_messages_leaves_none_of_them(
    store: Store, outbox: Outbox, engine: sa.Engine
) -> None:
    turn = [accept(store, text) for text in ("1", "nhé")]
    store.join(turn)
    store.commit(str(turn[0].id), "lan", PersonState(), (Reply("đã xoá", Status.SMALLTALK),), is_last=True)
    outbox.sent(the_due(outbox).id)
    assert rows_of(engine, "lan") == {}


WAYS_TO_FAIL: dict[str, Callable[[Outbox, Waiting], object]] = {
    "refused": lambda outbox, receipt: outbox.dead(receipt.id, "no"),
    "unreachable": lambda outbox, receipt: outbox.unreachable("lan", "blocked"),
}


@pytest.mark.parametrize("way", WAYS_TO_FAIL)
def test_a_receipt_that_never_arrives_deletes_all_the_same(
    store: Store, outbox: Outbox, engine: sa.Engine, way: str
) -> None:
    answer(store, "đã xoá", is_last=True)
    WAYS_TO_FAIL[way](outbox, the_due(outbox))
    assert rows_of(engine, "lan") == {}


def test_a_person_who_takes_over_does_not_stop_a_deletion(store: Store, outbox: Outbox, engine: sa.Engine) -> None:
    answer(store, "đã xoá", is_last=True)
    store.hand_over("lan", 60)
    assert due(outbox) == ["đã xoá"]


@pytest.fixture
def breaks_once(engine: sa.Engine) -> Iterator[None]:
    """The first deletion fails, as on a disk that is full for a moment."""
    broken = iter([True])

    def fail(db: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("DELETE") and next(broken, False):
            raise OSError("disk full")

    sa.event.listen(engine, "before_cursor_execute", fail)
    yield
    sa.event.remove(engine, "before_cursor_execute", fail)


@pytest.mark.usefixtures("breaks_once")
def test_a_deletion_that_fails_after_the_receipt_is_made_up_for(
    store: Store, outbox: Outbox, engine: sa.Engine
) -> None:
    answer(store, "đã xoá", is_last=True)
    with pytest.raises(OSError, match="disk full"):
        outbox.sent(the_due(outbox).id)
    for waiting in outbox.due("telegram"):
        outbox.sent(waiting.id)
    assert rows_of(engine, "lan") == {}


def test_an_id_is_never_given_twice(store: Store, outbox: Outbox) -> None:
    """The worker, tickets and browsers know messages and answers by their ids."""
    message, old = answer(store, "một"), the_due(outbox)
    store.forget("lan", keep_inbox=False)
    assert answer(store, "hai", "mai").id > message.id
    assert the_due(outbox).id > old.id


# Forgetting what is old


def test_old_answers_go_with_the_messages_of_their_turn(store: Store, outbox: Outbox, engine: sa.Engine) -> None:
    turn = [accept(store, f"m{n}") for n in range(3)]
    store.join(turn)
    store.commit(str(turn[0].id), "lan", PersonState(), (Reply("một", Status.ANSWER),))
    outbox.sent(the_due(outbox).id)
    assert outbox.forget_old(utc_now() + DAY) == 1
    assert rows_of(engine, "lan") == {"people": 1, "addresses": 1}


def test_only_what_is_done_and_old_is_forgotten(store: Store, outbox: Outbox, engine: sa.Engine, clock: Clock) -> None:
    for person in ("sent", "dead", "dropped", "waiting"):
        answer(store, "cũ", person)
    found = {waiting.person: waiting for waiting in outbox.due("telegram")}
    outbox.sent(found["sent"].id)
    outbox.dead(found["dropped"].id, "no")
    outbox.drop()
    outbox.dead(found["dead"].id, "no")
    unanswered = accept(store, "m1", "asking")
    clock.passes(days=31)
    answer(store, "mới", "new")
    new = outbox.due("telegram")[-1]
    outbox.sent(new.id)
    assert outbox.forget_old(clock() - 30 * DAY) == 2
    assert outbox.forget_old(clock() - 30 * DAY) == 0
    kept = {state: [letter.id for letter in outbox.letters(state=state)] for state in (SENT, DEAD, DROPPED, WAITING)}
    assert kept == {SENT: [new.id], DEAD: [found["dead"].id], DROPPED: [], WAITING: [found["waiting"].id]}
    assert store.unanswered() == [unanswered]


def test_what_a_person_answered_instead_is_forgotten_too(
    store: Store, outbox: Outbox, engine: sa.Engine, clock: Clock
) -> None:
    store.dismiss(accept(store, "m1").id)
    clock.passes(days=31)
    outbox.forget_old(clock() - 30 * DAY)
    with engine.connect() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(inbox)) == 0


def test_who_was_only_answered_by_a_person_is_forgotten_when_silent(
    store: Store, engine: sa.Engine, clock: Clock
) -> None:
    message = accept(store, "m1")
    store.hand_over("lan", 60)
    store.dismiss(message.id)
    clock.passes(days=91)
    forget_the_silent(store, clock)
    assert rows_of(engine, "lan") == {}


def test_who_was_written_to_and_never_wrote_is_forgotten_when_silent(
    store: Store, engine: sa.Engine, clock: Clock
) -> None:
    store.hand_over("lan", 60, channel="zalo", address="4711")
    assert store.is_with_a_person("lan")
    clock.passes(days=91)
    forget_the_silent(store, clock)
    assert rows_of(engine, "lan") == {}


def test_whose_message_still_waits_is_not_forgotten(store: Store, engine: sa.Engine, clock: Clock) -> None:
    answer(store, "một")
    answer(store, "hai", "mai")
    clock.passes(days=91)
    waiting = accept(store, "m1")
    forget_the_silent(store, clock)
    assert store.unanswered() == [waiting]
    assert store.load("lan").walk
    assert rows_of(engine, "mai") == {}


def forget_the_silent(store: Store, clock: Clock) -> None:
    before = clock() - 90 * DAY
    for person in store.silent(before):
        store.forget_silent(person, before)
