"""The routes, one module per noun, in the order one meets them."""

from services.api.routes import (
    comparisons,
    dashboard,
    deployments,
    evaluation,
    events,
    images,
    metrics,
    model_versions,
    promotions,
    replays,
    review_queue,
    reviews,
    revisions,
    rollbacks,
    shadows,
    workers,
)

ROUTERS = tuple(
    module.router
    for module in (
        dashboard,
        model_versions,
        deployments,
        shadows,
        promotions,
        rollbacks,
        replays,
        revisions,
        metrics,
        comparisons,
        images,
        reviews,
        review_queue,
        evaluation,
        workers,
        events,
    )
)
