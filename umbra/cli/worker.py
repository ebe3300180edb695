"""`umbra worker`: one worker of any slot, as the services run it."""

from typing import Annotated, Any

import typer

from umbra.core.names import CHAMPION, SHADOW
from umbra.worker.main import leave, main
from umbra.worker.niceness import SHADOW_NICE
from umbra.worker.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    slot: Annotated[str, typer.Option(help="The slot to serve.")] = SHADOW,
    index: Annotated[
        str | None, typer.Option(help="Tells workers of one slot apart; the host name if not given.")
    ] = None,
    nice: Annotated[
        int | None, typer.Option(min=0, max=19, help="Niceness; 10 for shadows if not given.")
    ] = None,
) -> None:
    """Judge the images of one slot until Ctrl-C; everything else is set by UMBRA_ variables."""
    given: dict[str, Any] = {"slot": slot}
    if index is not None:
        given["worker_index"] = index
    if nice is not None or slot != CHAMPION:
        given["nice"] = SHADOW_NICE if nice is None else nice
    leave(main(Settings, **given))
