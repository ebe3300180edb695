import pytest

from benchmarks.head_outputs import SUBJECTS, Subject
from benchmarks.heads import COUNTS, microseconds
from umbra.onnx.heads import heads


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: f"{subject.head}, {subject.text}")
@pytest.mark.parametrize("count", COUNTS)
def test_every_object_of_a_subject_is_found(subject: Subject, count: int) -> None:
    assert microseconds(subject, count, calls=1) > 0


def test_every_head_is_a_subject() -> None:
    assert {subject.head for subject in SUBJECTS} == set(heads())
