"""The guard on an application of its own: what forgets to say whom it is for is for nobody."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from services.http.gates import needs
from services.http.guard import Guard
from umbra import tokens_file
from umbra.core.role import Role
from umbra.core.tokens import Holder
from umbra.tokens_file import TokensFile

WHERE = "/outer/inner/a"


def make_app(tokens: TokensFile | None) -> FastAPI:
    app = FastAPI(redirect_slashes=False)
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/outer", dependencies=[needs(Role.VIEWER)])

    @inner.get("/{name}")
    def both(name: str) -> str:
        return name

    @inner.post("/{name}", dependencies=[needs(Role.OPERATOR)])
    def strict(name: str) -> str:
        return name

    @app.get("/forgotten")
    @app.post("/forgotten")
    def forgotten() -> str:
        return "in"

    outer.include_router(inner)
    app.include_router(outer)
    app.routes.append(Route("/plain", lambda request: PlainTextResponse("in")))
    app.routes.append(Mount("/mount", app=PlainTextResponse("in")))
    app.add_middleware(Guard, service=app, tokens=tokens)
    return app


def ask(app: FastAPI, method: str, path: str, authorization: bytes | None = None) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            headers = {} if authorization is None else {b"Authorization": authorization}
            return await client.request(method, path, headers=headers)

    return asyncio.run(answer())


def bearer(token: str) -> bytes:
    return f"Bearer {token}".encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.mark.parametrize("asked_for", [False, True])
@pytest.mark.parametrize(
    ("method", "where", "code"),
    [
        ("GET", "/forgotten", 403),
        ("POST", "/forgotten", 403),
        ("GET", "/plain", 403),
        ("HEAD", "/plain", 403),
        ("GET", "/mount", 404),
        ("GET", "/mount/x", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/outer/inner/a/", 404),
        ("DELETE", WHERE, 405),
    ],
)
def test_what_does_not_say_whom_it_is_for_is_for_nobody(
    path: Path, asked_for: bool, method: str, where: str, code: int
) -> None:
    token = tokens_file.create(path, Holder("ana", Role.OPERATOR))

    answer = ask(make_app(TokensFile(path) if asked_for else None), method, where, bearer(token))

    assert answer.status_code == code


def test_a_route_asks_for_what_it_and_its_routers_say(path: Path) -> None:
    viewer = tokens_file.create(path, Holder("vera", Role.VIEWER))
    operator = tokens_file.create(path, Holder("ana", Role.OPERATOR))
    producer = tokens_file.create(path, Holder("line-3", Role.PRODUCER))
    app = make_app(TokensFile(path))

    answers = {
        who: [ask(app, method, WHERE, bearer(token)).status_code for method in ("GET", "POST")]
        for who, token in (("viewer", viewer), ("operator", operator), ("producer", producer))
    }

    assert answers == {"viewer": [200, 403], "operator": [200, 200], "producer": [403, 403]}


def test_a_method_that_is_not_there_names_those_that_are() -> None:
    assert ask(make_app(None), "DELETE", WHERE).headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, "Bearer"),
        (b"", "Bearer"),
        (b"Basic YTpi", "Bearer"),
        (b"Bearer", "Bearer"),
        (b"Bearer umbra_unknown", 'Bearer error="invalid_token"'),
        (b"Bearer \xff", 'Bearer error="invalid_token"'),
    ],
)
def test_whom_nobody_knows_hears_how_to_be_known(
    path: Path, authorization: bytes | None, challenge: str
) -> None:
    tokens_file.create(path, Holder("ana", Role.OPERATOR))

    answer = ask(make_app(TokensFile(path)), "GET", WHERE, authorization)

    problem = answer.json()
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, challenge)
    assert problem["type"] == "urn:umbra:unauthorized"
    assert "UMBRA_TOKEN" in problem["remedy"]
    assert "umbra_unknown" not in answer.text


def test_the_wrong_role_hears_which_one_it_takes(path: Path) -> None:
    token = tokens_file.create(path, Holder("vera", Role.VIEWER))

    answer = ask(make_app(TokensFile(path)), "POST", WHERE, bearer(token))

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:umbra:forbidden")
    assert answer.json()["detail"] == "This needs the role operator; the token of vera has the role viewer."
    assert token not in answer.text
