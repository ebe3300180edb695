"""The page at `/`: what runs where."""

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.api.adapters import Everything

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>Umbra</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 4rem auto }}</style>
<h1>Umbra</h1>
<p>Shadow deployments of vision models on Kafka. This is the API of <code>{bootstrap}</code>;
its relay {relay}.</p>
<ul>
<li><a href="/docs">What the API can do</a></li>
<li><a href="/v1/deployments">Deployments</a>, <a href="/v1/model-versions">models</a>,
<a href="/v1/workers">workers</a></li>
<li><a href="/readyz">Is it ready?</a> <a href="/metrics">Prometheus metrics</a></li>
</ul>
<p>From a shell: <code>umbra deployments list</code>, <code>umbra watch DEPLOYMENT</code>.</p>
</html>
"""


@router.get("/", response_class=HTMLResponse)
def home(everything: Everything) -> str:
    relay = everything.relay
    state = "leads" if relay.leading else f"waits ({relay.trouble or 'another replica leads'})"
    return _PAGE.format(bootstrap=escape(everything.settings.kafka_bootstrap), relay=escape(state))
