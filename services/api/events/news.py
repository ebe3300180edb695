"""What differs between two looks at how things stand."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from umbra.contracts.http.event import Kind


@dataclass(frozen=True, slots=True)
class News:
    """How one thing stands.

    Attributes:
        deployment: None: it concerns all of them.
        data: what is told of it.
        mark: what else it is told anew for.
    """

    event: Kind
    deployment: str | None
    data: Mapping[str, Any]
    mark: Hashable = None


Standing = dict[Hashable, News]
"""Everything that is told of, each under a key of its own; of one kind the newest comes first."""


def changes(before: Standing, now: Standing) -> Iterator[News]:
    """What is new or different, and the workers that have gone."""
    # The newest comes last, as it would have if it had been told at once.
    yield from (now[key] for key in reversed(now) if before.get(key) != now[key])
    for key, news in before.items():
        if news.event == "worker" and key not in now:
            yield replace(news, data={**news.data, "state": "gone"})


def summary(standing: Standing) -> Iterator[News]:
    """How things stand, for whoever begins to listen: of a deployment the newest of each kind, and every
    worker."""
    told = set()
    for news in standing.values():
        kind = (news.event, news.deployment)
        if news.event == "worker" or kind not in told:
            yield news
        told.add(kind)
