from typing import Any

import numpy as np
import pytest

from umbra.onnx.heads.activation import ACTIVATIONS, sigmoid, softmax

LOGITS = [[-2000.0, -3.0, 0.0], [1.5, 2.0, 2000.0]]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_probabilities_are_float32_and_the_logits_stay_as_they_were(
    name: str, dtype: type[np.floating[Any]]
) -> None:
    logits = np.array(LOGITS, dtype)

    found = ACTIVATIONS[name](logits)

    assert found.dtype == np.dtype(np.float32)
    assert logits.tolist() == np.array(LOGITS, dtype).tolist()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_logits_give_no_probabilities(name: str) -> None:
    assert ACTIVATIONS[name](np.empty((1, 0, 3))).shape == (1, 0, 3)


def test_the_sigmoid_of_the_largest_logits_overflows_nowhere() -> None:
    expected = [[0, 1 / (1 + np.exp(3)), 0.5], [1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(-2)), 1]]

    np.testing.assert_allclose(sigmoid(np.array(LOGITS)), expected, atol=1e-7)


def test_the_softmax_of_a_row_sums_to_one_whatever_is_added_to_it() -> None:
    row = np.array([0.0, 1.0, 3.0])

    expected = np.exp(row) / np.exp(row).sum()

    for added in (0, -2000, 2000):
        np.testing.assert_allclose(softmax(row + added), expected, atol=1e-6)
