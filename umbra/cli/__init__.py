"""`umbra …`: one module per noun, each with an `app = typer.Typer(add_completion=False)`, listed in COMMANDS.

Commands raise UmbraError and return nothing; `main` alone turns that into words and an exit code.
"""

import importlib
import importlib.util
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from umbra.cli.exit_codes import ExitCode, code_of
from umbra.core.errors import Refused, UmbraError

COMMANDS = {
    "up": "umbra.cli.up",
    "demo": "umbra.cli.demo",
    "models": "umbra.cli.models",
    "deployments": "umbra.cli.deployments",
    "shadow": "umbra.cli.shadow",
    "promote": "umbra.cli.promote",
    "rollback": "umbra.cli.rollback",
    "replay": "umbra.cli.replay",
    "log": "umbra.cli.log",
    "watch": "umbra.cli.watch",
    "workers": "umbra.cli.workers",
    "reviews": "umbra.cli.reviews",
    "evaluation": "umbra.cli.evaluation",
    "predictions": "umbra.cli.predictions",
    "send": "umbra.cli.send",
    "dlq": "umbra.cli.dlq",
    "verify-stream": "umbra.cli.verify_stream",
    "topics": "umbra.cli.topics",
    "tokens": "umbra.cli.tokens",
    "migrate": "umbra.cli.migrate",
    "worker": "umbra.cli.worker",
}
"""Command name → its module, in the order `umbra --help` shows them."""


class Commands(TyperGroup):
    """Imports a command's module when it is called: `umbra models` needs neither Kafka nor Postgres."""

    def list_commands(self, ctx: object) -> list[str]:
        return [name for name, module in COMMANDS.items() if importlib.util.find_spec(module)]

    def get_command(self, ctx: object, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = get_command(_module(cmd_name))
        command.name = cmd_name
        return command


def _module(name: str) -> typer.Typer:
    try:
        app: typer.Typer = importlib.import_module(COMMANDS[name]).app
    except ModuleNotFoundError as err:
        raise Refused(
            f"`umbra {name}` needs the package {err.name}, which is missing: pip install 'umbra[local]'."
        ) from err
    return app


app = typer.Typer(
    name="umbra",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Shadow deployments of vision models on Kafka.",
)


@app.callback()
def _root() -> None:
    """Shadow deployments of vision models on Kafka."""


def main() -> int:
    """Run the command line; the exit code is one of ExitCode. A bug keeps its traceback and gives 1."""
    try:
        app(prog_name="umbra")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED
    except UmbraError as err:
        sys.stderr.write(f"umbra: {err}\n")
        return code_of(err)
    return ExitCode.DONE
