"""What people ask of a deployment, and the revision that comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from umbra.core.errors import IllegalTransition, Refused
from umbra.core.names import CHAMPION, SHADOW, check_shadow_slot, check_slug
from umbra.core.revision import (
    Assignment,
    Demote,
    Kind,
    Revision,
    Slots,
    assign_shadow,
    clear_shadow,
    pause_shadow,
    promote,
)


@dataclass(frozen=True, slots=True)
class Create:
    """A new deployment, or one whose earlier revisions all failed or that was deleted."""

    champion: Assignment
    shadows: Mapping[str, Assignment]


@dataclass(frozen=True, slots=True)
class AssignShadow:
    slot: str
    shadow: Assignment


@dataclass(frozen=True, slots=True)
class ClearShadow:
    slot: str


@dataclass(frozen=True, slots=True)
class PauseShadow:
    """`paused` False: let it judge again."""

    slot: str
    paused: bool


@dataclass(frozen=True, slots=True)
class Delete:
    """No slot at all: its images are of no deployment from there on. The history stays."""


@dataclass(frozen=True, slots=True)
class Promote:
    """`slot` None: the only shadow slot, or the one called `shadow`."""

    slot: str | None
    demote: Demote


@dataclass(frozen=True, slots=True)
class RollBack:
    """`to_revision` None: the active revision before the present one."""

    to_revision: int | None


@dataclass(frozen=True, slots=True)
class Reanchor:
    """The same slots, for an images topic made anew or with more partitions."""


Change = Create | Delete | AssignShadow | ClearShadow | PauseShadow | Promote | RollBack | Reanchor

_KINDS: Mapping[type, Kind] = {
    Create: "create",
    Delete: "delete",
    AssignShadow: "shadow",
    ClearShadow: "shadow",
    PauseShadow: "pause",
    Promote: "promotion",
    RollBack: "rollback",
    Reanchor: "reanchor",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A change somebody asks for.

    Attributes:
        expected: the revision they saw in force (If-Match); None: whatever it is.
    """

    deployment: str
    change: Change
    at: datetime
    by: str = "anonymous"
    reason: str | None = None
    immediate: bool = False
    expected: int | None = None


class RevisionInProgress(IllegalTransition):
    """Another revision is still staged."""


class StaleRevision(IllegalTransition):
    """Somebody changed the deployment since it was looked at."""


class UnknownDeployment(Refused):
    """There is no such deployment."""


def in_force(history: Sequence[Revision]) -> Revision | None:
    """The newest active revision, None before the first one and after a delete."""
    active = [revision for revision in history if revision.state == "active"]
    newest = max(active, key=lambda revision: revision.revision, default=None)
    return newest if newest is not None and newest.slots else None


def is_deleted(history: Sequence[Revision]) -> bool:
    """Whether the deployment was deleted and nobody creates it again; False when it never was in force."""
    active = [revision for revision in history if revision.state == "active"]
    newest = max(active, key=lambda revision: revision.revision, default=None)
    return newest is not None and not newest.slots and open_revision(history) is None


def open_revision(history: Sequence[Revision]) -> Revision | None:
    """The revision that is still staged, None when there is none."""
    return next((revision for revision in history if revision.state == "staged"), None)


def next_revision(history: Sequence[Revision], request: Request) -> Revision:
    """The revision that `request` makes of a deployment.

    Args:
        history: the newest revision, the staged one, the active one and those a rollback may want;
            all of them will do. Empty: the deployment does not exist.

    Raises:
        UnknownDeployment: it does not exist (and this is no `Create`).
        RevisionInProgress: one is staged and the request is not immediate.
        StaleRevision: another revision is in force than the one expected.
        IllegalTransition, Refused: see the changes of `core.revision`.
    """
    current = in_force(history)
    _check_expected(request, current)
    _check_open(request, open_revision(history))
    slots = _slots_after(history, current, request)
    newest = max((revision.revision for revision in history), default=0)
    return Revision(
        deployment=request.deployment,
        revision=newest + 1,
        kind=_KINDS[type(request.change)],
        state="staged",
        slots=slots,
        requested_at=request.at,
        requested_by=request.by,
        reason=request.reason,
        based_on=current.revision if current else None,
        immediate=request.immediate,
    )


def rollback_target(history: Sequence[Revision], to_revision: int | None) -> Revision:
    """The revision to go back to.

    Args:
        to_revision: None: the newest earlier one with other slots than those now in force.

    Raises:
        IllegalTransition: there is none, or `to_revision` is not an earlier one that was in force.
    """
    active = sorted((r for r in history if r.state == "active" and r.slots), key=lambda r: -r.revision)
    current, earlier = active[0], active[1:]
    if to_revision is None:
        earlier = [revision for revision in earlier if revision.slots != current.slots]
    else:
        earlier = [revision for revision in earlier if revision.revision == to_revision]
    if not earlier:
        wanted = (
            "earlier revision" if to_revision is None else f"earlier revision {to_revision} that was in force"
        )
        raise IllegalTransition(f"There is no {wanted} to roll back to: see the history of revisions.")
    return earlier[0]


def refuse_other_task(champion: Assignment, held: Assignment, place: str) -> None:
    """See that two ModelVersions can be compared.

    Args:
        place: where `held` is to be, like `slot shadow`.

    Raises:
        Refused: they do different tasks.
    """
    if _task(held) != _task(champion):
        raise Refused(
            f"{held.model_version} in {place} does {_task(held)}, the champion "
            f"{champion.model_version} does {_task(champion)}: they cannot be compared."
        )


def _slots_after(history: Sequence[Revision], current: Revision | None, request: Request) -> Slots:
    match request.change:
        case Create(champion, shadows):
            return _created(request.deployment, current, champion, shadows)
        case _ if current is None:
            raise _nothing_in_force(history, request.deployment)
        case Delete():
            return {}
        case AssignShadow(slot, shadow):
            return _same_task(assign_shadow(current.slots, slot, shadow))
        case ClearShadow(slot):
            return clear_shadow(current.slots, slot)
        case PauseShadow(slot, paused):
            return pause_shadow(current.slots, slot, paused)
        case Promote(slot, demote):
            return promote(current.slots, slot or _only_shadow(current), demote)
        case RollBack(to_revision):
            return rollback_target(history, to_revision).slots
        case Reanchor():
            return current.slots


def _created(
    deployment: str, current: Revision | None, champion: Assignment, shadows: Mapping[str, Assignment]
) -> Slots:
    check_slug("deployment", deployment)
    if current is not None:
        raise IllegalTransition(
            f"Deployment {deployment} exists (revision {current.revision}): change it, or choose another id."
        )
    return _same_task(
        {CHAMPION: champion, **{check_shadow_slot(slot): held for slot, held in shadows.items()}}
    )


def _same_task(slots: Slots) -> Slots:
    for slot, held in slots.items():
        refuse_other_task(slots[CHAMPION], held, f"slot {slot}")
    return slots


def _task(held: Assignment) -> str:
    return str(held.spec.get("manifest", {}).get("task"))


def _only_shadow(current: Revision) -> str:
    shadows = current.shadows
    if not shadows:
        raise IllegalTransition("No shadow is assigned: assign one before promoting it.")
    if len(shadows) == 1:
        return next(iter(shadows))
    if SHADOW in shadows:
        return SHADOW
    raise Refused(f"Which shadow? Name one of the slots {', '.join(sorted(shadows))}.")


def _check_expected(request: Request, current: Revision | None) -> None:
    actual = current.revision if current else 0
    if request.expected is not None and request.expected != actual:
        raise StaleRevision(
            f"Revision {actual} of {request.deployment} is in force, not {request.expected}: "
            "look at it again before changing it."
        )


def _check_open(request: Request, staged: Revision | None) -> None:
    if staged is not None and not request.immediate:
        raise RevisionInProgress(
            f"Revision {staged.revision} of {request.deployment} ({staged.kind}) is still staged: "
            "wait until it is active or failed."
        )


def _nothing_in_force(history: Sequence[Revision], deployment: str) -> IllegalTransition | UnknownDeployment:
    if history:
        return IllegalTransition(f"No revision of {deployment} is in force: create it again first.")
    return UnknownDeployment(f"There is no deployment {deployment}: create it first.")
