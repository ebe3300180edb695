"""What was read before, as long as there is room."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most `most` values, those used last; values never change under their key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value of a key, None when it is not kept."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value as the one used last."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)

    def all(self, keys: Sequence[K], read: Callable[[list[K]], Iterable[tuple[K, V]]]) -> dict[K, V]:
        """The value of every key; `read` gives those that are missing, and may leave some out."""
        found = {key: self._values[key] for key in keys if key in self._values}
        missing = [key for key in keys if key not in found]
        found |= read(missing) if missing else ()
        for key, value in found.items():
            self.put(key, value)
        return found
