import pytest

from umbra.cli.evaluation import show_verdicts, with_interval
from umbra.contracts.http.evaluation import Difference, Value
from umbra.core.verdict import Verdict


def difference(verdict: Verdict, ap: Value | None, images: int = 200) -> Difference:
    return Difference(
        champion="small@1",
        shadow="large@1",
        slot="shadow",
        images=images,
        ap=ap,
        verdict=verdict,
        verdict_by="ap",
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            difference("better", Value(0.1802, 0.157, 0.194)),
            "better, AP +0.1802 (+0.157 to +0.194); 200 images that both were to judge are reviewed.",
        ),
        (
            difference("not enough reviews", Value(-0.1), images=4),
            "not enough reviews, AP -0.1000; 4 images that both were to judge are reviewed.",
        ),
        (
            difference("not enough reviews", Value(None), images=0),
            "not enough reviews, 0 images that both were to judge are reviewed.",
        ),
    ],
)
def test_a_verdict_says_what_it_rests_on(
    found: Difference, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_verdicts([found])

    assert capsys.readouterr().out == f"large@1 against small@1: {said}\n"


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (None, None),
        (Value(None), None),
        (0.5, "0.5000"),
        (Value(0.5), "0.5000"),
        (Value(0.6508, 0.637, 0.676), "0.6508 (0.637 to 0.676)"),
    ],
)
def test_a_figure_has_its_interval_behind_it(figure: Value | float | None, said: str | None) -> None:
    assert with_interval(figure) == said
