from math import inf

import pytest

from benchmarks.passage import Clocked, Passage, steady


def test_a_passage_per_second_and_its_cpu_for_each() -> None:
    passage = Passage(done=200, seconds=4.0, cpu_s=0.1)

    assert passage.per_second == 50
    assert passage.cpu_us == pytest.approx(500)
    assert passage._replace(done=0).cpu_us == inf


def test_a_steady_passage_has_neither_beginning_nor_end() -> None:
    # Ten a second for ten seconds, behind one that came 100 s early and before one that came 100 s late.
    done_at = [-100.0, *(n / 10 for n in range(100)), 110.0]
    clock = [Clocked(-200.0, 0.0), Clocked(0.0, 5.0), Clocked(10.0, 10.0), Clocked(200.0, 99.0)]

    passage = steady(done_at, clock)

    assert passage.per_second == pytest.approx(10, rel=0.02)
    assert passage.cpu_us == pytest.approx(50_000, rel=0.02)


def test_the_order_in_which_it_is_told_does_not_matter() -> None:
    done_at = [n / 10 for n in range(50)]
    clock = [Clocked(0.0, 0.0), Clocked(5.0, 1.0)]

    assert steady(done_at[::-1], clock) == steady(done_at, clock)


def test_batches_that_are_done_at_once_are_counted_whole() -> None:
    done_at = [float(n // 10) for n in range(100)]
    clock = [Clocked(0.0, 0.0), Clocked(9.0, 9.0)]

    passage = steady(done_at, clock)

    assert passage.per_second == pytest.approx(10)
