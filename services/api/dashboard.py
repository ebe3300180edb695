"""The dashboard's files, as `make web` has built them from web/."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response

BUILT = Path(__file__).parent / "built"
PAGE = "/index.html"

_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_PACKED = frozenset({".png", ".woff2"})
"""Kinds that are compressed by themselves."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Dialogs stop the page behind them from scrolling with a style element of their own.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_GUARDED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    """One file.

    Attributes:
        packed: it by gzip; None where that is of no use.
        named_by_content: another content has another name.
    """

    raw: bytes
    packed: bytes | None
    media_type: str
    etag: str
    named_by_content: bool

    def response(self, asked: Headers) -> Response:
        """The file, or 304 when whoever asks has it."""
        headers = {
            **_GUARDED,
            "ETag": self.etag,
            "Vary": "Accept-Encoding",
            "Cache-Control": _FOR_EVER if self.named_by_content else "no-cache",
        }
        if self.etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if self.packed is not None and "gzip" in asked.get("accept-encoding", ""):
            return Response(
                self.packed, media_type=self.media_type, headers=headers | {"Content-Encoding": "gzip"}
            )
        return Response(self.raw, media_type=self.media_type, headers=headers)


def read_built(directory: Path = BUILT) -> dict[str, File]:
    """Each file under the path it is asked for by; none when the dashboard is not built."""
    found = (path for path in sorted(directory.rglob("*")) if path.suffix in _MEDIA_TYPES)
    return {f"/{path.relative_to(directory).as_posix()}": _file(path) for path in found}


def plain_page(html: str) -> Response:
    """A page that needs none of the files."""
    return Response(html, media_type="text/html", headers=_GUARDED)


def _file(path: Path) -> File:
    raw = path.read_bytes()
    packed = None if path.suffix in _PACKED else gzip.compress(raw, mtime=0)
    etag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
    return File(raw, packed, _MEDIA_TYPES[path.suffix], etag, path.parent.name == "assets")
