"""A multipart body taken apart while it arrives."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.http.problem import Problem

_PARTS = 1000


class Part:
    """One image of a multipart request.

    Attributes:
        size: of the body; `raw` keeps no more than the limit plus one byte.
    """

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.raw = bytearray()
        self.size = 0

    @property
    def filename(self) -> str | None:
        """As the sender calls the file, without directories."""
        _, options = parse_options_header(self.headers.get("content-disposition", "").encode("latin-1"))
        name = options.get(b"filename", b"").decode(errors="replace")
        return name.replace("\\", "/").rpartition("/")[2] or None


class Parts:
    """Feed it the body; it has the parts when the body is complete.

    Args:
        content_type: the request's, with the boundary.
        max_bytes: of one part; what is beyond is not kept.

    Raises:
        Problem: the Content-Type names no boundary.
    """

    def __init__(self, content_type: str, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._parts: list[Part] = []
        self._name, self._value = bytearray(), bytearray()
        self._complete = False
        self._parser = self._make_parser(content_type)

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the body; raises `Problem` when it is malformed."""
        try:
            self._parser.write(chunk)
        except FormParserError as err:
            raise _malformed(str(err)) from err

    def finish(self) -> list[Part]:
        """The parts; raises `Problem` when the body is cut off or holds none."""
        if not self._complete:
            raise _malformed("it ends before its last boundary")
        if not self._parts:
            raise _malformed("it has no part")
        return self._parts

    def _make_parser(self, content_type: str) -> MultipartParser:
        _, options = parse_options_header(content_type.encode("latin-1"))
        if not options.get(b"boundary"):
            raise _malformed("its Content-Type names no boundary")
        try:
            return MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_part_data": self._keep,
                    "on_end": self._end,
                },
            )
        except FormParserError as err:
            raise _malformed(str(err)) from err

    def _begin(self) -> None:
        if len(self._parts) == _PARTS:
            raise _malformed(f"it has more than {_PARTS} parts")
        self._parts.append(Part())

    def _end_header(self) -> None:
        self._parts[-1].headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name.clear()
        self._value.clear()

    def _keep(self, data: bytes, start: int, end: int) -> None:
        part = self._parts[-1]
        part.size += end - start
        part.raw += data[start : min(end, start + max(0, self._max_bytes + 1 - len(part.raw)))]

    def _end(self) -> None:
        self._complete = True


def _malformed(reason: str) -> Problem:
    return Problem(
        422,
        "invalid-request",
        f"The multipart body cannot be read: {reason}.",
        "Send every image as a part of its own: curl -F images=@a.jpg -F images=@b.jpg …",
    )
