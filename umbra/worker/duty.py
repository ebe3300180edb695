"""What makes the worker of a replay another than that of a slot."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from umbra.core.control_view import ControlView
from umbra.worker.turn import Turn


@dataclass(frozen=True, slots=True)
class Duty:
    """A slot's, unless it is given something.

    Attributes:
        view: an empty one, to be filled from the control topic; it says which revision judges an image.
        turn: whose turn it is; None: always ours.
        ends: partition to the offset from which on there is nothing to judge; none: there always may be.
    """

    view: ControlView = field(default_factory=ControlView)
    turn: Turn | None = None
    ends: Mapping[int, int] = field(default_factory=dict)
