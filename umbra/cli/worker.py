"""`umbra worker`: one worker of any slot, as the services run it."""

from typing import Annotated, Any

import typer

from umbra.core.names import CHAMPION, SHADOW
from umbra.worker.main import leave, main
from umbra.worker.niceness import SHADOW_NICE
from umbra.worker.replays import NICE as REPLAY_NICE
from umbra.worker.replays import run as run_replays
from umbra.worker.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    slot: Annotated[str, typer.Option(help="The slot to serve.")] = SHADOW,
    replays: Annotated[
        bool, typer.Option("--replays", help="Serve no slot, but run replays as they are asked for.")
    ] = False,
    index: Annotated[
        str | None, typer.Option(help="Tells workers of one slot apart; the host name if not given.")
    ] = None,
    nice: Annotated[
        int | None,
        typer.Option(min=0, max=19, help="Niceness; if not given, 10 for shadows, 19 for replays."),
    ] = None,
) -> None:
    """Judge the images of one slot until Ctrl-C; everything else is set by UMBRA_ variables."""
    given: dict[str, Any] = {"nice": nice, "worker_index": index}
    if replays:
        leave(main(Settings, run_replays, **_chosen(given, nice=REPLAY_NICE)))
    from umbra.worker.worker import run  # OpenCV and ONNX Runtime, which who waits for replays can do without

    usual_nice = {} if slot == CHAMPION else {"nice": SHADOW_NICE}
    leave(main(Settings, run, slot=slot, **_chosen(given, **usual_nice)))


def _chosen(given: dict[str, Any], **usual: Any) -> dict[str, Any]:
    return usual | {name: value for name, value in given.items() if value is not None}
