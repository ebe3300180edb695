"""The dashboard: one page under several addresses, and its files."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.api.adapters import Everything
from services.api.dashboard import PAGE, File, plain_page
from services.api.problems import not_found

router = APIRouter(include_in_schema=False)

_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>Umbra</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 4rem auto }}</style>
<h1>Umbra</h1>
<p>Shadow deployments of vision models on Kafka. This is the API of <code>{bootstrap}</code>;
its relay {relay}. Its dashboard is not built: <code>make web</code> does that, then start the API again.</p>
<ul>
<li><a href="/docs">What the API can do</a></li>
<li><a href="/v1/deployments">Deployments</a>, <a href="/v1/model-versions">models</a>,
<a href="/v1/workers">workers</a></li>
<li><a href="/readyz">Is it ready?</a> <a href="/metrics">Prometheus metrics</a></li>
</ul>
<p>From a shell: <code>umbra deployments list</code>, <code>umbra watch DEPLOYMENT</code>.</p>
</html>
"""


@router.get("/")
@router.get("/deployments/{rest:path}")
@router.get("/models")
@router.get("/models/{rest:path}")
def page(request: Request, everything: Everything) -> Response:
    """Which screen it shows is in the address, for the page itself to read."""
    built = _built(request)
    if PAGE in built:
        return built[PAGE].response(request.headers)
    relay = everything.relay
    state = "leads" if relay.leading else f"waits ({relay.trouble or 'another replica leads'})"
    bootstrap = everything.settings.kafka_bootstrap
    return plain_page(_NOT_BUILT.format(bootstrap=escape(bootstrap), relay=escape(state)))


@router.get("/assets/{name}")
@router.get("/icon.svg")
@router.get("/theme.js")
def file(request: Request) -> Response:
    """What the page is made of."""
    path = request.scope["path"]
    found = _built(request).get(path)
    if found is None:
        raise not_found("file", path, "Load the page again: the dashboard was built anew.")
    return found.response(request.headers)


def _built(request: Request) -> dict[str, File]:
    built: dict[str, File] = request.app.state.dashboard
    return built
