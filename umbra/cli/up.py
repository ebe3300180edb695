"""`umbra up`: the whole system on this machine, until Ctrl-C."""

import logging
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from umbra import logs
from umbra.cli.termination import Terminated, raise_on_sigterm
from umbra.local.console import Console
from umbra.local.http_ports import METERED
from umbra.local.stack import Options, Stack

app = typer.Typer(add_completion=False)


@app.command()
def up(
    data_dir: Annotated[
        Path | None, typer.Option(help="Where everything is kept; .umbra if not given.", show_default=False)
    ] = None,
    kafka: Annotated[
        str | None, typer.Option(envvar="UMBRA_KAFKA_BOOTSTRAP", help="A Kafka to use: host:port.")
    ] = None,
    postgres: Annotated[
        str | None, typer.Option(envvar="UMBRA_POSTGRES_DSN", help="A PostgreSQL to use: its DSN.")
    ] = None,
    java: Annotated[
        str | None, typer.Option(help="The Java to run the embedded Kafka with, 17 or newer.")
    ] = None,
    partitions: Annotated[int | None, typer.Option(min=1, max=1000, help="Of the topics, when made.")] = None,
    default_deployment: Annotated[
        str | None, typer.Option(envvar="UMBRA_DEFAULT_DEPLOYMENT", help="Of images that name none.")
    ] = None,
) -> None:
    """Run the whole system on this machine: Kafka, PostgreSQL and all services, until Ctrl-C."""
    logs.configure(logging.WARNING)  # of the supervisor itself; services say what they like
    options = Options(data_dir, kafka, postgres, java, partitions, default_deployment)
    run_until_stopped(Stack(options, Console(sys.stdout)))


def run_until_stopped(stack: Stack) -> None:
    """Run it until SIGTERM, which returns, or Ctrl-C, which raises KeyboardInterrupt; all is stopped then."""
    raise_on_sigterm()
    try:
        with stack:
            _show(stack)
            threading.Event().wait()
    except Terminated:
        return
    finally:
        stack.close()  # the signal may have come between entering and the block


def _show(stack: Stack) -> None:
    found = stack.endpoints()
    stack.say(f"API         {found.api}/docs")
    stack.say(f"ingest      {found.ingest}/docs")
    stack.say(f"Kafka       {found.kafka}")
    stack.say(f"PostgreSQL  {_without_password(found.postgres)}")
    for name in METERED:
        stack.say(f"metrics     {found.metrics[name]} ({name})")
    stack.say(f"data        {stack.data_dir} (endpoints.json has the addresses and process ids)")
    if exports := found.exports():
        stack.say("Usual ports are taken. For `umbra …` in another terminal:")
    for line in exports:
        stack.say(f"    {line}")
    stack.say("Ctrl-C stops it.")


def _without_password(dsn: str) -> str:
    """`postgresql://umbra:secret@host/db` → `postgresql://umbra@host/db`; it is in endpoints.json."""
    scheme, separator, rest = dsn.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{separator}{user.partition(':')[0]}{at}{host}"
