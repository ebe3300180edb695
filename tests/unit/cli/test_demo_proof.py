"""The demo's proof finds what it claims to rule out."""

import json
from typing import Any

from pydantic_core import to_json

from tests.predictions import make_prediction
from umbra.cli.demo_proof import Expected, prove
from umbra.contracts.prediction import Image, Prediction

SMALL, LARGE = "digits-small@1", "digits-large@1"
WHO = Expected(before=SMALL, after=LARGE)
STARTS = {0: 2}


def judged(offset: int, model_version: str, **given: Any) -> Prediction:
    return make_prediction(image=Image(partition=0, offset=offset), model_version=model_version, **given)


def test_no_image_proves_nothing_when_one_was_sent() -> None:
    assert not prove([], "champion", STARTS, WHO, sent=1).holds


def test_each_side_judged_once_by_its_own_version_holds() -> None:
    proof = prove([judged(1, SMALL), judged(3, LARGE)], "champion", STARTS, WHO, sent=2)

    assert proof.holds
    assert (proof.before[0], proof.after[0]) == (1, 1)


def test_the_first_image_of_the_new_revision_belongs_to_it() -> None:
    assert prove([judged(2, LARGE)], "champion", STARTS, WHO, sent=1).holds


def test_a_wrong_version_is_found_on_either_side() -> None:
    assert prove([judged(1, LARGE), judged(3, SMALL)], "champion", STARTS, WHO, sent=2).wrong == 2


def test_a_doubled_prediction_is_found() -> None:
    proof = prove([judged(1, SMALL), judged(1, SMALL)], "champion", STARTS, WHO, sent=2)

    assert (proof.doubled, proof.holds) == (1, False)


def test_a_missing_prediction_is_found() -> None:
    assert not prove([judged(1, SMALL)], "champion", STARTS, WHO, sent=2).holds


def test_its_figures_survive_json() -> None:
    proof = prove([judged(1, SMALL), judged(3, LARGE), judged(4, LARGE)], "champion", STARTS, WHO, sent=3)

    assert json.loads(to_json(proof.as_json())) == {
        "slot": "champion",
        "starts": {"0": 2},
        "sent": 3,
        "before": {"0": 1},
        "after": {"0": 2},
        "wrong": 0,
        "doubled": 0,
        "holds": True,
    }
