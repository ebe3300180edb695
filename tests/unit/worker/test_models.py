"""Loading in the background."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from umbra.core.errors import Refused, Retryable
from umbra.worker.models import Models, ModelUnavailable

MODEL: Any = SimpleNamespace(load_ms=1.0, first_inference_ms=2.0)


@contextmanager
def running(load: Callable[[str, Any], Any], timeout_s: float = 60.0, **given: Any) -> Iterator[Models]:
    models, closing = Models(load, timeout_s, **given), threading.Event()
    thread = threading.Thread(target=models.run, args=(closing,))
    thread.start()
    yield models
    closing.set()
    thread.join()


def test_what_is_wanted_is_loaded_before_anybody_asks() -> None:
    with running(lambda version, spec: MODEL) as models:
        models.want({"m@1": {}})
        assert models.get("m@1", {}, 5.0) is MODEL
        assert models.statuses()["m@1"].state == "ready"


def test_what_is_asked_for_is_loaded_before_what_is_only_wanted() -> None:
    loaded, asked = list[str](), threading.Event()

    def load(version: str, spec: Any) -> Any:
        asked.wait(60)
        loaded.append(version)
        return MODEL

    with running(load) as models:
        models.want({f"m@{number}": {} for number in range(1, 100)})
        assert models.get("m@99", {}, 0.0) is None
        asked.set()
        assert models.get("m@99", {}, 60.0) is MODEL
    assert loaded.index("m@99") <= 1  # the first may have been on its way


def test_what_is_asked_for_is_loaded_and_kept_a_while() -> None:
    with running(lambda version, spec: MODEL) as models:
        assert models.get("m@1", {}, 5.0) is MODEL
        models.want({})
        assert models.statuses().keys() == {"m@1"}


def test_what_is_wanted_no_more_and_was_never_used_is_released() -> None:
    models = Models(lambda version, spec: MODEL, 60.0)
    models.want({"m@1": {}, "m@2": {}})
    models.want({"m@2": {}})
    assert models.statuses().keys() == {"m@2"}


def test_a_refused_model_ends_who_needs_it_with_the_reason() -> None:
    def refuse(version: str, spec: object) -> Any:
        raise Refused("not an ONNX file")

    with running(refuse) as models, pytest.raises(ModelUnavailable, match=r"m@1 .* not an ONNX file"):
        models.get("m@1", {}, 5.0)


def test_a_staged_model_that_takes_all_memory_does_not_keep_others_from_loading() -> None:
    def load(version: str, spec: Any) -> Any:
        if version == "huge@1":
            raise MemoryError("12 TB")
        return MODEL

    with running(load) as models:
        models.want({"huge@1": {}, "m@1": {}})
        with pytest.raises(ModelUnavailable, match="MemoryError: 12 TB"):
            models.get("huge@1", {}, 5.0)
        assert models.get("m@1", {}, 5.0) is MODEL


def test_a_model_without_room_beside_those_that_serve_is_refused_and_they_go_on() -> None:
    asked: list[str] = []

    def beside(version: str, spec: object) -> None:
        asked.append(version)
        raise Refused("no room")

    with running(lambda version, spec: MODEL, beside=beside) as models:
        assert models.get("m@1", {}, 5.0) is MODEL
        models.want({"m@1": {}, "huge@1": {}})
        with pytest.raises(ModelUnavailable, match="no room"):
            models.get("huge@1", {}, 5.0)
        assert models.get("m@1", {}, 5.0) is MODEL
    assert asked == ["huge@1"]


def test_while_the_store_is_away_a_model_is_still_loading() -> None:
    def away(version: str, spec: object) -> Any:
        raise Retryable("the store is away")

    with running(away) as models:
        assert models.get("m@1", {}, 0.3) is None


def test_a_store_that_stays_away_too_long_is_a_reason_to_end() -> None:
    def away(version: str, spec: object) -> Any:
        raise Retryable("the store is away")

    with running(away, timeout_s=0.0) as models, pytest.raises(ModelUnavailable, match="the store is away"):
        models.get("m@1", {}, 5.0)
