"""Waiting for the first of several: as Faust does it, whether it is there at once or later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.monitor.overhead import WaitsLate


def run(story: Callable[[WaitsLate], Awaitable[None]]) -> None:
    """With a service in an event loop, and nothing left running."""

    async def main() -> None:
        await story(WaitsLate())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_what_is_done_at_once_takes_no_task() -> None:
    async def story(service: WaitsLate) -> None:
        before = asyncio.all_tasks()
        seen = []

        async def deliver() -> str:
            seen.append(asyncio.all_tasks() - before)
            return "delivered"

        found = await service.wait_first(deliver(), asyncio.Event().wait())

        assert (found.results, found.stopped, seen) == (["delivered"], False, [set()])

    run(story)


def test_what_has_to_wait_is_waited_for() -> None:
    async def story(service: WaitsLate) -> None:
        room = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, room.set)

        async def deliver() -> str:
            await room.wait()
            await asyncio.sleep(0.001)
            return "delivered"

        found = await service.wait_first(deliver(), asyncio.Event().wait())

        assert found.results == ["delivered"]
        await asyncio.sleep(0)

    run(story)


def test_when_the_other_is_first_what_waits_is_cancelled() -> None:
    async def story(service: WaitsLate) -> None:
        suspended, cancelled = asyncio.Event(), []
        asyncio.get_running_loop().call_later(0.01, suspended.set)

        async def deliver() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        found = await service.wait_first(deliver(), suspended.wait())
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert (found.results, cancelled) == ([True], [True])

    run(story)


@pytest.mark.parametrize("late", [False, True])
def test_what_fails_fails(late: bool) -> None:
    async def story(service: WaitsLate) -> None:
        async def deliver() -> None:
            if late:
                await asyncio.sleep(0.001)
            raise ValueError("broken")

        with pytest.raises(ValueError, match="broken"):
            await service.wait_first(deliver(), asyncio.Event().wait())
        await asyncio.sleep(0)

    run(story)


def test_an_event_is_waited_for_as_ever() -> None:
    async def story(service: WaitsLate) -> None:
        event = asyncio.Event()
        event.set()

        found = await service.wait_first(event, asyncio.Event().wait())

        winners: list[Any] = found.done
        assert (winners, found.results) == ([event], [True])
        await asyncio.sleep(0)

    run(story)
