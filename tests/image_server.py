"""A web server of one image, as claim checks may meet it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ImageServer(BaseHTTPRequestHandler):
    """Answers `/images/<status>/…` with that status, `/images/drop` by hanging up.

    Attributes:
        asked: every path so far.
    """

    image: bytes
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if "drop" in self.path:
            self.connection.close()
            return
        status = int(self.path.split("/")[2])
        body = self.image * (100 if "large" in self.path else 1)
        self.send_response(status)
        self.send_header("Location", "/secret/200/x")
        if "endless" not in self.path:
            self.send_header("Content-Length", str(len(body) + (10 if "short" in self.path else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def serving(image: bytes) -> Iterator[str]:
    """The URL of a server that has `image`, wherever it is asked for."""
    ImageServer.image, ImageServer.asked = image, []
    listening = ThreadingHTTPServer(("127.0.0.1", 0), ImageServer)
    thread = threading.Thread(target=listening.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
