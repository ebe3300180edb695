"""`umbra watch`: champion beside shadow, live."""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from umbra.cli.api import Json, chosen, client
from umbra.cli.exit_codes import ExitCode
from umbra.cli.output import console, print_json
from umbra.cli.watch_view import Glance, view
from umbra.client import Client, Deployment
from umbra.core.errors import Retryable

app = typer.Typer(add_completion=False)

Look = Callable[[], Glance]


@app.command()
def watch(
    deployment: Annotated[
        str | None, typer.Argument(help="Which one; may be left out if there is one.")
    ] = None,
    window: Annotated[str, typer.Option(help="How far back: 30s, 5m, 24h.")] = "5m",
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, then stop.")] = False,
    as_json: Json = False,
) -> None:
    """Watch champion and shadow judge the same images; Ctrl-C ends it."""
    with client() as opened:
        look = partial(_glance, opened, chosen(opened, deployment), window)
        try:
            if as_json:
                _print(look, every, once)
            else:
                _show(look, every, once)
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None


def _glance(client: Client, deployment: Deployment, window: str) -> Glance:
    return Glance(
        deployment.show(), deployment.metrics(window), deployment.comparisons(window), client.workers()
    )


def _print(look: Look, every: float, once: bool) -> None:
    while True:
        print_json(look())
        if once:
            return
        time.sleep(every)


def _show(look: Look, every: float, once: bool) -> None:
    shown = view(look())
    if once:
        console().print(shown)
        return
    with Live(shown, auto_refresh=False) as live:
        while True:
            time.sleep(every)
            try:
                shown = view(look())
                live.update(shown, refresh=True)
            except Retryable as err:
                # The last figures stay; it goes on by itself when the API is back.
                live.update(Group(shown, Text(str(err), style="yellow")), refresh=True)
