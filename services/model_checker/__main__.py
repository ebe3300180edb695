"""`python -m services.model_checker`: is this file a model that workers can run, and how."""

import logging
import signal
import sys
import threading

from services.model_checker.server import serve
from services.model_checker.settings import Settings
from umbra import logs
from umbra.core.errors import Refused

log = logging.getLogger("services.model_checker")


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 when the settings are refused."""
    logs.configure()
    try:
        settings = Settings.load()
        server = serve(settings)
    except Refused as err:
        log.error("The model checker cannot start.", extra={"reason": str(err)})
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        # On a thread: it waits for `serve_forever`, which this handler interrupts.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    log.info(
        "The model checker listens.", extra={"host": settings.checker_host, "port": settings.checker_port}
    )
    with server:
        server.serve_forever(poll_interval=0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
