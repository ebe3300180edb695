"""The reviews of a deployment, from the client's side."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from pydantic import TypeAdapter

from umbra.client.transport import Transport, path
from umbra.contracts.http.review import (
    Landings,
    ManyReviews,
    NamedReview,
    Review,
    ReviewBody,
    ReviewHistory,
    Stored,
)
from umbra.contracts.http.review import (
    Reviews as Page,
)

_AT_ONCE = 500
_body = TypeAdapter(ReviewBody)
_many = TypeAdapter(ManyReviews)


class Reviews:
    """`client.deployment("digits").reviews`."""

    def __init__(self, deployment: str, api: Transport) -> None:
        self._deployment = deployment
        self._api = api

    def __iter__(self) -> Iterator[Review]:
        """The newest review of every reviewed landing, oldest landing first."""
        cursor: str | None = None
        while True:
            params = {"cursor": cursor} if cursor else {}
            page = self._api.json(Page, "GET", self._path("reviews"), params=params)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def put(
        self,
        image_id: str,
        shapes: list[dict[str, Any]],
        *,
        based_on: str | None = None,
        at: str | None = None,
    ) -> Review:
        """Say what is in an image; again: a correction.

        Args:
            shapes: without scores; none: there is nothing.
            based_on: the slot whose prediction it began from.
            at: `<partition>-<offset>`, when the id has several landings.
        """
        body = _body.dump_json(ReviewBody(shapes, based_on))
        return self._api.json(Review, "PUT", self._of(image_id, "review"), content=body, **_request(at))

    def get(self, image_id: str, at: str | None = None) -> Review:
        """What is in an image, by its newest review."""
        return self._api.json(Review, "GET", self._of(image_id, "review"), params=_at(at))

    def history(self, image_id: str, at: str | None = None) -> list[Review]:
        """Every review of an image, newest first."""
        return self._api.json(ReviewHistory, "GET", self._of(image_id, "reviews"), params=_at(at)).items

    def add(self, reviews: Iterable[NamedReview], landings: Landings = "one") -> Stored:
        """Store many; what became of them.

        Args:
            landings: which are meant when an image id has several.
        """
        told = Stored()
        coming = iter(reviews)
        while some := list(islice(coming, _AT_ONCE)):
            body = _many.dump_json(ManyReviews(some, landings))
            told.add(self._api.json(Stored, "POST", self._path("reviews"), content=body, **_request(None)))
        return told

    def _of(self, image_id: str, what: str) -> str:
        return self._path("images", image_id, what)

    def _path(self, *parts: str) -> str:
        return path("deployments", self._deployment, *parts)


def _at(at: str | None) -> dict[str, str]:
    return {} if at is None else {"at": at}


def _request(at: str | None) -> dict[str, Any]:
    return {"headers": {"Content-Type": "application/json"}, "params": _at(at)}
