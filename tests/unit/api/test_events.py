"""What differs between two looks, and who hears of it."""

import asyncio
from typing import Any

import pytest

from services.api.events.board import REMEMBERED, Board, Stream
from services.api.events.news import News, Standing, changes, summary
from services.http.problem import Problem

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def revision(number: int, state: str = "active", deployment: str = "digits") -> Standing:
    data = {"deployment": deployment, "revision": number, "state": state}
    return {("revision", deployment, number): News("revision", deployment, data)}


def worker(state: str = "ready", mark: Any = None) -> Standing:
    return {("worker", "w"): News("worker", None, {"worker": "w", "slot": "champion", "state": state}, mark)}


def told(before: Standing, now: Standing) -> list[Any]:
    return [(news.event, news.data["state"]) for news in changes(before, now)]


def test_what_has_not_changed_is_not_told() -> None:
    assert told({}, {}) == []
    assert told(revision(1) | worker(), worker() | revision(1)) == []


def test_what_is_new_or_different_is_told_the_newest_last() -> None:
    before = revision(1, "staged")

    assert told({}, before) == [("revision", "staged")]
    assert told(before, revision(2, "staged") | revision(1)) == [
        ("revision", "active"),
        ("revision", "staged"),
    ]
    assert told(worker(), worker(mark=1)) == [("worker", "ready")]


def test_a_worker_that_went_is_told_and_an_old_revision_is_not() -> None:
    assert told(worker() | revision(1), {}) == [("worker", "gone")]


def test_a_summary_has_the_newest_of_each_kind_and_every_worker() -> None:
    second: Standing = {("worker", "v"): News("worker", None, {"state": "ready"})}
    standing = revision(2) | revision(1) | worker() | second | revision(7, deployment="other")

    assert [news.data.get("revision") for news in summary(standing)] == [2, None, None, 7]


def listening(board: Board, deployment: str | None = None, last_id: str | None = None) -> Stream:
    return board.open(deployment, last_id)


async def heard(stream: Stream) -> str:
    """All that waits for it."""
    coming = stream.pieces()
    pieces = [await anext(coming) for _ in range(stream.waiting.qsize())]
    return b"".join(pieces).decode()


def ids(text: str) -> list[str]:
    return [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")]


def publish(board: Board, now: Standing, before: Standing | None = None) -> None:
    board.publish(list(changes(before or {}, now)), list(summary(now)))


async def test_who_begins_hears_how_things_stand_and_then_what_changes() -> None:
    board = Board(9)
    stream = listening(board)
    publish(board, revision(1) | worker())
    begun = await heard(stream)
    publish(board, revision(2) | revision(1) | worker(), revision(1) | worker())

    assert begun.count("event: revision") == begun.count("event: worker") == 1
    assert (await heard(stream)).count('"revision":2') == 1


async def test_who_comes_back_hears_what_came_since_and_only_that() -> None:
    board = Board(9)
    publish(board, revision(1))
    publish(board, revision(2))
    first = listening(board)
    publish(board, revision(3))
    (last, *_) = ids(await heard(first))
    publish(board, revision(4))
    publish(board, revision(5, deployment="other"))

    again = await heard(listening(board, "digits", last))

    assert ('"revision":4' in again, '"revision":3' in again, "other" in again) == (True, False, False)


@pytest.mark.parametrize("last_id", [None, "", "nonsense", "0123456789ab-1", "-1", "é"])
async def test_behind_an_event_nobody_knows_a_stream_begins_with_how_things_stand(
    last_id: str | None,
) -> None:
    board = Board(9)
    publish(board, revision(1))

    stream = listening(board, None, last_id)
    publish(board, revision(1), revision(1))

    assert '"revision":1' in await heard(stream)


async def test_behind_an_event_that_was_forgotten_too() -> None:
    board = Board(9)
    stream = listening(board)
    publish(board, revision(1))
    (long_ago,) = ids(await heard(stream))
    board.close(stream)
    for number in range(REMEMBERED + 1):
        publish(board, revision(number))

    assert not listening(board, None, long_ago).has_begun


async def test_a_stream_hears_of_its_deployment_and_of_the_workers() -> None:
    board = Board(9)
    stream = listening(board, "digits")
    publish(board, revision(1) | worker() | revision(1, deployment="other"))

    text = await heard(stream)

    assert ('"digits"' in text, '"worker"' in text, "other" in text) == (True, True, False)


async def test_a_reader_that_is_too_slow_is_dropped_and_nothing_waits_for_it() -> None:
    board = Board(9)
    slow, quick = listening(board), listening(board)
    for number in range(100):
        publish(board, revision(number))
        await heard(quick)

    assert [piece async for piece in slow.pieces()] == []
    publish(board, revision(100))
    assert '"revision":100' in await heard(quick)


async def test_there_are_only_so_many_and_one_that_ends_makes_room() -> None:
    board = Board(1)
    stream = listening(board)
    with pytest.raises(Problem) as refused:
        listening(board)
    board.close(stream)

    assert (refused.value.status, refused.value.slug) == (503, "too-busy")
    assert not board.watched.is_set()
    assert listening(board) is not None


async def test_when_it_ends_every_stream_does_and_none_begins() -> None:
    board = Board(9)
    stream = listening(board)
    reading = asyncio.ensure_future(_rest(stream))
    board.end()

    assert await asyncio.wait_for(reading, 5) == []
    with pytest.raises(Problem):
        listening(board)


async def _rest(stream: Stream) -> list[bytes]:
    return [piece async for piece in stream.pieces()]
