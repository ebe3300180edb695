"""`python -m services.api`: models, deployments and what came of them, over HTTP; and the relay."""

import logging
import os
import signal
import sys
from contextlib import ExitStack

from services.api.adapters import Adapters
from services.api.app import make_app
from services.api.checker import Checker
from services.api.checks import Checks
from services.api.content import ContentReader
from services.api.evaluation.process import EvaluationProcess
from services.api.events.board import Board
from services.api.events.watch import Watch
from services.api.settings import ApiSettings
from services.http.server import serve
from services.http.tokens import tokens_of
from umbra import logs
from umbra.control.relay import Relay
from umbra.core.errors import Refused
from umbra.postgres.connection import pool
from umbra.store import ClaimChecks, Store

log = logging.getLogger("services.api")


def main() -> int:
    """Serve until SIGTERM or SIGINT; 1 when the relay crashed, 2 when the settings are refused."""
    logs.configure()
    try:
        settings = ApiSettings.load()
        with ExitStack() as stack:
            relay = run(settings, stack)
    except Refused as err:
        log.error("The API cannot start.", extra={"reason": str(err)})
        return 2
    return 1 if relay.crashed else 0


def run(settings: ApiSettings, stack: ExitStack) -> Relay:
    """Wire the API and serve it; what `stack` holds is closed by the caller."""
    tokens = tokens_of(settings)
    connections = stack.enter_context(pool(settings, "umbra-api"))
    relay = stack.enter_context(Relay(settings, on_crash=_stop_serving))
    contents = ContentReader(settings, ClaimChecks(settings), settings.max_image_bytes)
    evaluations = stack.enter_context(EvaluationProcess(settings))
    checker = Checker(settings.checker_url)
    board = Board(settings.event_streams)
    adapters = Adapters(settings, connections, relay, Store(settings), contents, evaluations, checker, board)
    stack.enter_context(Checks(adapters))
    stack.enter_context(Watch(settings, board))
    app = make_app(adapters, tokens)
    log.info("The API listens.", extra={"host": settings.host, "port": settings.api_port})
    serve(app, settings.host, settings.api_port, variable="UMBRA_API_PORT", on_stop=board.end)
    return relay


def _stop_serving() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
