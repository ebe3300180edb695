"""COCO's run-length encoding of masks, read without trusting it.

Whoever wrote a record may have written anything; the usual library loops for minutes on some texts that are
no encoding.

The format: https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c
"""

import numpy as np
from numpy.typing import NDArray

from umbra.core.runs import Runs

_FIRST_CHARACTER = 48
_DIGIT, _SIGN, _MORE = 0x1F, 0x10, 0x20
_MOST_DIGITS = 7
"""35 bits: images have fewer pixels."""


def decode(height: int, width: int, text: str) -> Runs:
    """The runs of a compressed encoding.

    Raises:
        ValueError: it is not one of a mask of this size; the text says why.
    """
    counts = _counts(np.frombuffer(text.encode(), np.uint8).astype(np.int64))
    if (counts < 0).any():
        raise ValueError("a run has a negative length")
    edges = np.cumsum(counts)
    covered = int(edges[-1]) if len(edges) else 0
    if covered != height * width:
        raise ValueError(f"its runs cover {covered} pixels, the mask has {height} x {width}")
    return edges[: len(edges) // 2 * 2]


def _counts(characters: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lengths of unset and set runs by turns, beginning with unset."""
    digits = characters - _FIRST_CHARACTER
    if ((digits < 0) | (digits > _DIGIT + _MORE)).any():
        raise ValueError("it has a character that does not belong there")
    last = np.flatnonzero((digits & _MORE) == 0)
    if len(digits) and (not len(last) or last[-1] != len(digits) - 1):
        raise ValueError("it is cut off")
    counts = _numbers(digits, last)
    # From the fourth on, each is the difference to the one two before it.
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def _numbers(digits: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Little-endian base 32 with the sign in the last digit.

    Args:
        last: the index of each number's last digit.
    """
    if not len(last):
        return np.empty(0, np.int64)
    first = np.append(0, last[:-1] + 1)
    lengths = last - first + 1
    if lengths.max() > _MOST_DIGITS:
        raise ValueError("a run is longer than any image")
    place = np.arange(len(digits)) - np.repeat(first, lengths)
    numbers = np.add.reduceat((digits & _DIGIT) << (5 * place), first)
    negative = (digits[last] & _SIGN) != 0
    numbers[negative] -= np.int64(1) << (5 * lengths[negative])
    return numbers
