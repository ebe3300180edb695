"""How often processes may die of one image."""

import pytest

from umbra.worker.crash_loop import CAREFUL_IMAGES, CrashLoop, attempts_in, metadata_of


def arm(loop: CrashLoop, *partitions: int) -> dict[int, int]:
    """The attempts committed for this process."""
    attempts = {partition: loop.attempts(partition) for partition in partitions}
    loop.armed(attempts)
    return attempts


@pytest.mark.parametrize(
    ("metadata", "attempts"),
    [("", 0), ("attempts=3", 3), ("attempts=", 0), ("attempts=-1", 0), ("attempts=²", 0), ("other", 0)],
)
def test_attempts_are_read_from_the_text_beside_an_offset(metadata: str, attempts: int) -> None:
    assert attempts_in(metadata) == attempts


def test_what_is_written_is_read_again() -> None:
    assert [attempts_in(metadata_of(n)) for n in range(6)] == list(range(6))


def test_every_process_counts_itself_in_once_per_partition() -> None:
    loop = CrashLoop()
    loop.opened({0: "", 1: "attempts=1"})
    assert loop.unarmed([0, 1]) == {0, 1}
    assert arm(loop, 0, 1) == {0: 1, 1: 2}
    assert loop.unarmed([0, 1]) == set()
    assert not loop.careful
    assert loop.judged(64) == ""


def test_another_epoch_of_the_same_process_does_not_count_again() -> None:
    loop = CrashLoop()
    loop.opened({0: ""})
    arm(loop, 0)
    loop.opened({0: "attempts=1"})
    assert loop.unarmed([0]) == set()


def test_attempts_that_were_not_committed_are_to_be_committed_still() -> None:
    loop = CrashLoop()
    loop.opened({0: "attempts=3"})
    assert loop.attempts(0) == 4
    loop.opened({0: "attempts=3"})
    assert loop.unarmed([0]) == {0}
    assert loop.attempts(0) == 4


def test_a_partition_that_was_away_counts_anew() -> None:
    loop = CrashLoop()
    loop.opened({0: ""})
    arm(loop, 0)
    loop.opened({})
    loop.opened({0: "attempts=4"})
    assert loop.unarmed([0]) == {0}


def test_from_the_third_attempt_on_images_are_judged_one_by_one() -> None:
    loop = CrashLoop()
    loop.opened({0: "attempts=2", 1: ""})
    assert loop.careful
    assert arm(loop, 0) == {0: 3}
    assert loop.judged(1) == "attempts=2"
    assert loop.careful


def test_care_ends_after_as_many_images_as_were_in_flight() -> None:
    loop = CrashLoop()
    loop.opened({0: "attempts=2"})
    arm(loop, 0)
    texts = [loop.judged(1) for _ in range(CAREFUL_IMAGES)]
    assert (texts[0], texts[-1], loop.careful) == ("attempts=2", "", False)


def test_a_process_that_ends_by_itself_leaves_no_attempts() -> None:
    loop = CrashLoop()
    loop.opened({0: "attempts=3"})
    arm(loop, 0)
    loop.survived()
    assert loop.judged(0) == ""


def test_at_the_fifth_attempt_the_first_image_is_given_up() -> None:
    """Four processes died; the innocent partition beside it is only judged carefully."""
    died_of = {0: "", 1: ""}
    for _ in range(2):
        loop = CrashLoop()
        loop.opened(died_of)
        died_of = {partition: metadata_of(n) for partition, n in arm(loop, *died_of).items()}
    for expected in (3, 4, 5):
        loop = CrashLoop()
        loop.opened(died_of)
        assert loop.careful
        attempts = arm(loop, 0)[0]
        assert attempts == expected
        died_of[0] = metadata_of(attempts)
    assert died_of[1] == "attempts=2"
