"""The routes, one module per noun, in the order one meets them."""

from services.api.routes import (
    deployments,
    home,
    model_versions,
    promotions,
    revisions,
    rollbacks,
    shadows,
    workers,
)

ROUTERS = tuple(
    module.router
    for module in (
        home,
        model_versions,
        deployments,
        shadows,
        promotions,
        rollbacks,
        revisions,
        workers,
    )
)
