"""`umbra workers`: who runs what, and on what."""

import typer
from rich.text import Text

from umbra.cli.api import Json, client
from umbra.cli.devices import runs_on, shared_devices
from umbra.cli.output import console, print_json, print_table
from umbra.contracts.http.worker import WorkerEntry

app = typer.Typer(add_completion=False)


@app.command()
def workers(as_json: Json = False) -> None:
    """List every worker as it last reported: its slot, models and device, and why it ended."""
    with client() as opened:
        found = opened.workers()
    if as_json:
        print_json(found, list[WorkerEntry])
        return
    print_table(
        ("worker", "slot", "live", "runs on", "models", "images/s", "lag", "says"),
        [
            (
                worker.worker,
                worker.slot,
                "yes" if worker.live else "no",
                runs_on([worker]) or None,
                ", ".join(f"{version} {model.state}" for version, model in worker.models.items()) or None,
                worker.images_per_s,
                sum(worker.lag.values()),
                worker.failure or "; ".join(dict.fromkeys(worker.blocked.values())),
            )
            for worker in found
        ],
        "No worker has reported yet. Start one: umbra worker --slot champion",
    )
    for warning in shared_devices(found):
        console().print(Text(warning, style="yellow"))
