"""`umbra watch` on a terminal: it looks again and again, until Ctrl-C."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.api import running_api
from tests.integration.control_plane import until
from umbra.settings import KafkaSettings, PostgresSettings


class Terminal:
    """What a program has written to its terminal, without colours and cursor movements."""

    def __init__(self, reading: int) -> None:
        os.set_blocking(reading, False)
        self._reading = reading
        self._written = b""

    def text(self) -> str:
        """All of it so far."""
        try:
            while chunk := os.read(self._reading, 65536):
                self._written += chunk
        except OSError:  # nothing more for now, or for ever
            pass
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._written.decode(errors="replace"))


@contextmanager
def on_terminal(*arguments: str, **environ: str) -> "Iterator[tuple[subprocess.Popen[bytes], Terminal]]":
    """`umbra …` on a terminal of its own."""
    reading, writing = pty.openpty()
    environ = {"TERM": "xterm", "COLUMNS": "120", "LINES": "40", **environ}
    command = [sys.executable, "-m", "umbra.cli", *arguments]
    try:
        with subprocess.Popen(command, env=os.environ | environ, stdout=writing, stderr=writing) as process:
            os.close(writing)
            try:
                yield process, Terminal(reading)
            finally:
                process.kill()
    finally:
        os.close(reading)


def test_it_shows_what_changes_until_it_is_interrupted(
    kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path
) -> None:
    with running_api(kafka, postgres, tmp_path) as api:
        api.create_digits()
        url = str(api.http.base_url)
        with on_terminal("watch", "digits", "--every", "0.2", UMBRA_API_URL=url) as (watch, screen):
            until(lambda: "digits  revision 1 active" in screen.text())
            assert "digits-large@1" not in screen.text()

            body = {"model_version": "digits-large@1"}
            api.json("PUT", "/v1/deployments/digits/shadows/shadow", 202, json=body)
            until(lambda: "digits  revision 2 active" in screen.text())
            assert "digits-large@1" in screen.text()

            watch.send_signal(signal.SIGINT)
            assert watch.wait(30) == 130
            assert "Traceback" not in screen.text()
