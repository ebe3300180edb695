"""Batches of half a second at most."""

from umbra.worker.pace import Pace


def test_a_tiny_model_gets_whole_batches() -> None:
    pace = Pace()
    assert pace.images(64) == 64
    pace.note(64, 0.05)
    assert pace.images(64) == 64


def test_a_slow_model_gets_one_image_at_a_time() -> None:
    pace = Pace()
    pace.expect("slow@1", 1.2)
    assert pace.images(64) == 1


def test_a_model_of_50_ms_gets_ten_images() -> None:
    pace = Pace()
    pace.note(1, 0.05)
    assert pace.images(64) == 10


def test_a_slower_batch_counts_at_once_and_a_faster_one_bit_by_bit() -> None:
    pace = Pace()
    pace.note(1, 0.01)
    pace.note(1, 0.5)
    assert pace.images(64) == 1
    pace.note(1, 0.01)
    assert pace.images(64) == 1
    for _ in range(20):
        pace.note(1, 0.01)
    assert pace.images(64) > 20


def test_a_slow_model_that_comes_into_use_is_expected_only_once() -> None:
    pace = Pace()
    pace.expect("slow@1", 0.5)
    for _ in range(40):
        pace.note(1, 0.001)
    pace.expect("slow@1", 0.5)
    assert pace.images(64) == 64
    pace.expect("slower@1", 1.0)
    assert pace.images(64) == 1
