"""Event streams, from the client's side."""

import json
from collections.abc import Iterator

from umbra.client.transport import Transport
from umbra.contracts.http.event import EVENT_STREAM, Event


def listen(api: Transport, path: str, after: str | None) -> Iterator[Event]:
    """What a stream tells, until the API ends it.

    Args:
        after: `id` of the event heard last; None: begin with how things stand.

    Raises:
        Unreachable: the stream was lost; listen again after the last event.
    """
    headers = {"Accept": EVENT_STREAM} | ({} if after is None else {"Last-Event-ID": after})
    fields: dict[str, str] = {}
    for line in api.lines("GET", path, headers=headers):
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]))  # type: ignore[arg-type]
            fields = {}
