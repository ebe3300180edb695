"""The names people choose: deployments, slots, models, ModelVersions."""

import re

from umbra.core.errors import Refused

CHAMPION = "champion"
SHADOW = "shadow"
REPLAYS = "replays"
"""What the workers that wait for replays report as their slot; all replays share its dead letters."""
RESERVED_SLOTS = frozenset({"monitor", "archiver", "relay", REPLAYS})

_REPLAY = "replay-"

_SLOT = re.compile(r"[a-z][a-z0-9-]{0,31}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_MODEL_VERSION = re.compile(r"([a-z0-9][a-z0-9._-]{0,62})@([1-9][0-9]{0,8})")


class SlotReserved(Refused):
    """Umbra uses this slot name itself."""


def replay_slot(id: str) -> str:
    """The slot of a replay's predictions."""
    return f"{_REPLAY}{id}"


def is_replay(slot: str) -> bool:
    """Whether a slot is that of a replay, which nobody else may have."""
    return slot.startswith(_REPLAY)


def check_shadow_slot(slot: str) -> str:
    """Return `slot` when a shadow may have that name.

    Raises:
        Refused: not `[a-z][a-z0-9-]{0,31}`.
        SlotReserved: it is one of ours.
    """
    if not _SLOT.fullmatch(slot):
        raise Refused(
            f"{slot!r} is no slot name: use a lower-case letter, then up to 31 letters, digits or '-'."
        )
    if slot == CHAMPION or slot in RESERVED_SLOTS or is_replay(slot):
        raise SlotReserved(f"{slot!r} is reserved: choose another name for the shadow slot.")
    return slot


def check_slot(slot: str) -> str:
    """Return `slot` when it is the champion's or may be a shadow's; raises as `check_shadow_slot`."""
    return slot if slot == CHAMPION else check_shadow_slot(slot)


def check_slug(kind: str, name: str) -> str:
    """Return `name` when it may name a deployment or a model (`kind` is for the message)."""
    if not _SLUG.fullmatch(name):
        raise Refused(
            f"{name!r} is no {kind} name: use 1 to 63 lower-case letters, digits, '.', '_' or '-', "
            "the first one a letter or digit."
        )
    return name


def slot_order(slot: str) -> tuple[bool, str]:
    """Sorts slots for people: the champion, then the shadows by name."""
    return slot != CHAMPION, slot


def split_model_version(model_version: str) -> tuple[str, int]:
    """Split `<model>@<n>` into its model and its number.

    Raises:
        Refused: the text has another form.
    """
    match = _MODEL_VERSION.fullmatch(model_version)
    if match is None:
        raise Refused(f"{model_version!r} is no ModelVersion: write <model>@<number>, like digits-small@1.")
    return match.group(1), int(match.group(2))
