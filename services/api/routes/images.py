"""PredictedAssets: found, shown, and their pictures."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from services.api.adapters import Db, Everything, Name, connected
from services.api.assets import cursor_of, landing_of, place_of, predicted_asset
from services.api.problems import not_found
from services.http.gates import needs
from umbra.contracts.http.image import Images, PredictedAsset
from umbra.core.role import Role
from umbra.postgres import images
from umbra.postgres.connection import Connection
from umbra.postgres.images import Asset, ImageFilter

router = APIRouter(
    prefix="/v1/deployments/{deployment}/images", tags=["images"], dependencies=[needs(Role.VIEWER)]
)

Comparison = Literal[
    "contested",
    "agree",
    "flip",
    "only-champion",
    "only-shadow",
    "compared",
    "failed",
    "mixed",
    "waiting",
    "orphan",
]
Many = Annotated[list[str] | None, Query()]
At = Annotated[
    str | None, Query(description="`<partition>-<offset>`: this landing of the id, not the newest.")
]


def image_filter(
    everything: Everything,
    id: Annotated[str | None, Query(description="How the image id begins.")] = None,
    label: Many = None,
    score_min: Annotated[float | None, Query(ge=0, le=1)] = None,
    score_max: Annotated[float | None, Query(ge=0, le=1)] = None,
    comparison: Annotated[list[Comparison] | None, Query()] = None,
    status: Annotated[list[Literal["ok", "failed"]] | None, Query()] = None,
    revision: Annotated[list[int] | None, Query()] = None,
    version: Many = None,
    source: Many = None,
    tag: Many = None,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> ImageFilter:
    """Several values of one parameter: any of them; different parameters: all of them."""
    return ImageFilter(
        id_prefix=id,
        label=label,
        score_min=score_min,
        score_max=score_max,
        comparison=list(comparison) if comparison else None,
        status=list(status) if status else None,
        revision=revision,
        version=version,
        source=source,
        tag=tag,
        since=since,
        until=until,
        after=landing_of(cursor) if cursor else None,
        orphan_before=datetime.now(UTC) - timedelta(seconds=everything.settings.orphan_after_s),
    )


@router.get("", summary="PredictedAssets, newest first")
def list_images(
    deployment: Name,
    db: Db,
    wanted: Annotated[ImageFilter, Depends(image_filter)],
    limit: Annotated[int, Query(ge=1, le=500)] = 60,
) -> Images:
    found = images.select(db, deployment, wanted, limit + 1)
    more = len(found) > limit
    return Images(
        [predicted_asset(asset) for asset in found[:limit]],
        next=cursor_of(found[limit - 1].landing) if more else None,
        as_of=datetime.now(UTC),
    )


@router.get("/{image_id}", summary="The newest landing of an image id")
def get_image(deployment: Name, image_id: Name, db: Db, at: At = None) -> PredictedAsset:
    return predicted_asset(_found(db, deployment, image_id, at))


@router.get(
    "/{image_id}/content",
    summary="The encoded image itself",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}}, 404: {"description": "Also when it is not kept any more."}},
)
def get_content(deployment: Name, image_id: Name, everything: Everything, at: At = None) -> Response:
    with connected(everything) as db:
        landing = _found(db, deployment, image_id, at).landing
    content = everything.contents.read(landing)
    headers = {
        "ETag": f'"{landing.partition}-{landing.offset}-{landing.landed_at.timestamp():.3f}"',
        "Cache-Control": "private, max-age=86400, immutable" if at else "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content.raw, media_type=content.content_type, headers=headers)


def _found(db: Connection, deployment: str, image_id: str, at: str | None) -> Asset:
    wanted = ImageFilter(image_id=image_id, place=place_of(at) if at else None)
    found = images.select(db, deployment, wanted, 1)
    if not found:
        place = f" at {at}" if at else ""
        raise not_found("image", f"{image_id}{place} of {deployment}", "It may not have been judged yet.")
    return found[0]
