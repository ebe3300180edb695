"""Slots that no live worker runs, and how to start one."""

from collections.abc import Iterable, Mapping

import typer

from umbra.client import Client
from umbra.contracts.http.revision import Held
from umbra.core.names import CHAMPION, slot_order

_COMPOSE = "docker compose -f deploy/docker-compose.yml"


def tell_unmanned(opened: Client, slots: Mapping[str, Held]) -> None:
    """Say, on standard error, which of a revision's slots have no live worker; nothing when all have one."""
    wanted = {slot for slot, held in slots.items() if not held.paused}
    manned = {worker.slot for worker in opened.workers() if worker.live} if wanted else set()
    for line in unmanned_lines(wanted - manned):
        typer.echo(line, err=True)


def unmanned_lines(slots: Iterable[str]) -> list[str]:
    """A sentence for each slot, and the commands that start its worker."""
    return [line for slot in sorted(slots, key=slot_order) for line in _lines(slot)]


def _lines(slot: str) -> tuple[str, ...]:
    compose = f"{_COMPOSE} up -d champion-worker"
    if slot != CHAMPION:
        compose = f"UMBRA_SLOT={slot} {_COMPOSE} run -d shadow-worker"
    return (
        f"No worker runs slot {slot} yet; nothing judges its images until one does. "
        "`umbra up` starts one by itself. Elsewhere:",
        f"    umbra worker --slot {slot}",
        f"    {compose}",
    )
