import pytest

from benchmarks.head_outputs import SUBJECTS, Subject
from benchmarks.heads import COUNTS, microseconds
from umbra.onnx.heads import heads


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.text)
@pytest.mark.parametrize("count", COUNTS)
def test_every_object_of_a_subject_is_found(subject: Subject, count: int) -> None:
    assert microseconds(subject, count) > 0


def test_every_detection_head_is_a_subject() -> None:
    detection = [name for name, head in heads().items() if head.task == "detection"]

    assert {subject.head for subject in SUBJECTS} == set(detection)
