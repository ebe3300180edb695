"""The marker: the record that shows where a revision starts in a partition of the images topic."""

from umbra.contracts.headers import MARKER, Headers


def marker_headers(key: str) -> Headers:
    """The headers of the marker of the revision `<deployment>@<revision>`; its value is empty."""
    return [(MARKER, key.encode())]


def marked_revision(values: dict[str, bytes]) -> str | None:
    """The revision key a record claims to mark, None when it is no marker."""
    value = values.get(MARKER)
    return None if value is None else value.decode(errors="replace")
