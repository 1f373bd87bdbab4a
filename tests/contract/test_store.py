"""The durable side of a conversation, on every database it may live in."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from actions.reply import Act, Button, Command, Reply, Status
from actions.state import Mode, PersonState, Walk
from bot.privacy import Redacted, redact
from bot.store import Message, Store, utc_now
from bot.tables import PERSONAL, inbox, metadata

STATE = PersonState(
    procedure="9.100001",
    facets=("fee", "time"),
    province="24",
    candidates=("9.100002",),
    recent=("9.100001",),
    misses=1,
    walk=Walk("9.100001", "vuon-nha", {"to-khai": "have", "so-do": "lack"}, ("to-khai", "so-do")),
)
REPLY = Reply("Chào", Status.SMALLTALK)
OFFER = Reply(
    "Chọn ạ",
    Status.ASK,
    buttons=(Button("Một", Command(Act.CHOOSE, "9.100001", ("fee",))), Button("Hai", Command(Act.DENY))),
)


def accept(store: Store, text: str = "nuôi ong", person: str = "lan", message_id: str = "m1") -> Message:
    return store.accept("api", person, message_id, Redacted(text))[0]


def answer(
    store: Store, *replies: Reply, person: str = "lan", message_id: str = "m1", state: PersonState = STATE
) -> Message:
    message = accept(store, person=person, message_id=message_id)
    store.commit(str(message.id), person, state, replies or (REPLY,))
    return message


# Inbox


def test_a_message_is_accepted_once(store: Store) -> None:
    first, is_new = store.accept("api", "lan", "m1", Redacted("nuôi ong", ("number",)))
    again, is_new_again = store.accept("api", "lan", "m1", Redacted("nuôi ong", ("number",)))
    assert (is_new, is_new_again) == (True, False)
    assert first == again
    assert first.redacted == ("number",)


@pytest.mark.parametrize("other", [("web", "lan", "m1"), ("api", "mai", "m1"), ("api", "lan", "m2")])
def test_the_same_id_elsewhere_is_another_message(store: Store, other: tuple[str, str, str]) -> None:
    store.accept("api", "lan", "m1", Redacted("a"))
    assert store.accept(*other, Redacted("a"))[1]


def test_of_many_that_come_at_once_one_is_stored(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: store.accept("api", "lan", "m1", Redacted("a")), range(16)))
    assert sum(is_new for _, is_new in found) == 1
    assert len({message.id for message, _ in found}) == 1


def test_what_was_not_answered_is_found_oldest_first(store: Store) -> None:
    for number in (1, 2, 3):
        accept(store, f"câu {number}", message_id=f"m{number}")
    store.commit(str(store.unanswered()[1].id), "lan", STATE, (REPLY,))
    assert [message.text for message in store.unanswered()] == ["câu 1", "câu 3"]


def test_the_words_are_gone_once_they_are_answered(store: Store, engine: sa.Engine) -> None:
    answer(store)
    with engine.connect() as db:
        assert db.scalars(sa.select(inbox.c.text)).all() == [None]


def test_the_words_are_gone_after_a_failure_too(store: Store, engine: sa.Engine) -> None:
    store.fail(accept(store), REPLY)
    with engine.connect() as db:
        assert db.scalars(sa.select(inbox.c.text)).all() == [None]


# Turns


def test_state_comes_back_as_it_was_kept(store: Store) -> None:
    answer(store, OFFER)
    kept = store.load("lan")
    assert (kept.procedure, kept.facets, kept.province, kept.walk) == ("9.100001", ("fee", "time"), "24", STATE.walk)
    assert [button.command for button in kept.offered] == [button.command for button in OFFER.buttons]


def test_nobody_is_a_person_without_a_past(store: Store) -> None:
    assert store.load("nobody") == PersonState()


def test_a_repeated_commit_returns_the_stored_replies_and_changes_nothing(store: Store) -> None:
    message = accept(store)
    first = store.commit(str(message.id), "lan", STATE, (OFFER,))
    again = store.commit(str(message.id), "lan", PersonState(), (REPLY,))
    assert again == first == store.committed(str(message.id))
    assert store.load("lan").procedure == "9.100001"


def test_of_many_commits_at_once_one_counts(store: Store) -> None:
    message = accept(store)
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda n: store.commit(str(message.id), "lan", STATE, (Reply(f"{n}", Status.ASK),)), range(8))
        )
    assert len({committed.replies[0]["text"] for committed in found}) == 1
    assert len(store.answers("lan")) == 1


def test_a_commit_for_a_message_that_never_came_fails(store: Store) -> None:
    with pytest.raises(IntegrityError):
        store.commit("4711", "lan", STATE, (REPLY,))
    assert store.load("lan") == PersonState()


def test_a_failure_keeps_the_person_s_place(store: Store) -> None:
    answer(store)
    store.fail(accept(store, message_id="m2"), Reply("Trục trặc", Status.ERROR))
    assert store.load("lan").procedure == "9.100001"
    assert [a.replies[0]["status"] for a in store.answers("lan")] == ["smalltalk", "error"]


def test_a_failure_after_an_answer_does_not_replace_it(store: Store) -> None:
    message = answer(store, OFFER)
    assert store.fail(message, REPLY).replies[0]["text"] == "Chọn ạ"


@pytest.mark.parametrize(("replies", "mode"), [((REPLY,), Mode.IDLE), ((OFFER,), Mode.CHOOSING)])
def test_the_mode_follows_from_what_is_offered(store: Store, replies: tuple[Reply, ...], mode: Mode) -> None:
    assert store.commit(str(accept(store).id), "lan", PersonState(offered=OFFER.buttons), replies).mode is mode


# Buttons


def test_buttons_get_short_opaque_tokens(store: Store) -> None:
    shown = store.commit(str(accept(store).id), "lan", STATE, (OFFER,)).replies[0]["buttons"]
    tokens = [button["payload"] for button in shown]
    assert len(set(tokens)) == 2
    assert all(re.fullmatch(r"mc:[a-z0-9]{8}", token) for token in tokens)
    assert all(len(token.encode()) <= 64 for token in tokens)
    assert [set(button) for button in shown] == [{"title", "payload"}] * 2
    assert store.command("lan", tokens[0]) == Command(Act.CHOOSE, "9.100001", ("fee",))


def test_a_token_works_for_its_person_only(store: Store) -> None:
    token = store.commit(str(accept(store).id), "lan", STATE, (OFFER,)).replies[0]["buttons"][0]["payload"]
    assert store.command("mai", token) is None
    assert store.command("lan", "mc:zzzzzzzz") is None


# Outbox


def test_answers_after_an_id_come_oldest_first(store: Store) -> None:
    for number in (1, 2, 3):
        answer(store, Reply(f"đáp {number}", Status.ANSWER), message_id=f"m{number}")
    everything = store.answers("lan")
    assert [a.replies[0]["text"] for a in everything] == ["đáp 1", "đáp 2", "đáp 3"]
    assert [a.message_id for a in store.answers("lan", after=everything[0].id)] == ["m2", "m3"]
    assert store.answers("lan", after=everything[-1].id) == []
    assert store.answers("mai") == []


def test_only_the_newest_are_given_where_there_are_many(store: Store) -> None:
    for number in range(5):
        answer(store, Reply(f"đáp {number}", Status.ANSWER), message_id=f"m{number}")
    assert [a.replies[0]["text"] for a in store.answers("lan", limit=2)] == ["đáp 3", "đáp 4"]


# Forgetting


def count(engine: sa.Engine, person: str) -> dict[str, int]:
    with engine.connect() as db:
        rows = {t.name: db.scalar(sa.select(sa.func.count()).where(t.c.person == person)) or 0 for t in PERSONAL}
    return rows


def test_every_table_about_people_is_among_those_that_are_emptied() -> None:
    assert {table.name for table in PERSONAL} == {t.name for t in metadata.sorted_tables if "person" in t.c}


def test_forgetting_reaches_every_table_and_nobody_else(store: Store, engine: sa.Engine) -> None:
    answer(store, OFFER)
    store.accept("telegram", "lan", "m2", redact("đăng ký tạm trú"), address="4711")
    answer(store, OFFER, person="mai")
    store.accept("telegram", "mai", "m2", redact("đăng ký tạm trú"), address="4712")
    before = count(engine, "lan")
    assert all(before.values())
    assert store.forget("lan", keep_inbox=False) == sum(before.values())
    assert not any(count(engine, "lan").values())
    assert all(count(engine, "mai").values())


def test_the_message_that_asks_to_be_forgotten_can_still_be_answered(store: Store, engine: sa.Engine) -> None:
    answer(store, OFFER)
    asking = accept(store, message_id="m2")
    store.forget("lan")
    store.commit(str(asking.id), "lan", PersonState(), (REPLY,))
    assert [a.message_id for a in store.answers("lan")] == ["m2"]
    assert count(engine, "lan")["checklists"] == 0


def test_the_silent_are_forgotten_after_a_while(store: Store, engine: sa.Engine) -> None:
    long_ago = Store(engine, now=lambda: utc_now() - dt.timedelta(days=100))
    answer(long_ago, OFFER, person="mai")
    answer(store)
    before = utc_now() - dt.timedelta(days=90)
    assert store.silent(before) == ["mai"]
    for person in ("mai", "lan"):
        store.forget_silent(person, before)
    assert not any(count(engine, "mai").values())
    assert store.load("lan").procedure == "9.100001"


def test_who_never_got_an_answer_is_forgotten_as_well(engine: sa.Engine) -> None:
    long_ago = Store(engine, now=lambda: utc_now() - dt.timedelta(days=100))
    long_ago.fail(accept(long_ago), REPLY)
    Store(engine).forget_silent("lan", utc_now() - dt.timedelta(days=90))
    assert not any(count(engine, "lan").values())
