"""How good each ModelVersion is, by the reviews."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.api.adapters import Everything, Name
from services.api.evaluation.messages import Question
from services.api.problems import not_found
from services.api.routes.metrics import Length
from services.http.gates import needs
from umbra.contracts.http.evaluation import Evaluation
from umbra.core.role import Role
from umbra.core.window import window

router = APIRouter(
    prefix="/v1/deployments/{deployment}/evaluation", tags=["figures"], dependencies=[needs(Role.VIEWER)]
)


@router.get(
    "",
    summary="Every ModelVersion against the reviews of a window, champion beside shadow",
    response_model=Evaluation,
)
def get_evaluation(
    deployment: Name,
    everything: Everything,
    length: Length = "24h",
    slot: Annotated[str | None, Query(description="The champion and this shadow slot alone.")] = None,
    curves: Annotated[bool, Query(description="With the precision-recall curve of each label.")] = False,
) -> Response:
    now = datetime.now(UTC)
    asked = Question(deployment, window(now, length), now, slot, curves)
    found = everything.evaluations.ask(asked)
    if found is None:
        raise not_found("deployment", deployment)
    # It comes ready to be sent: to read megabytes only to write them again would be of no use.
    return Response(found, media_type="application/json")
