"""The dashboard's files: found, packed, kept by browsers, and nothing else handed out."""

import gzip
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from services.api.dashboard import File, read_built

SCRIPT = b"console.log('" + b"x" * 1000 + b"')"


@pytest.fixture
def built(tmp_path: Path) -> dict[str, File]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets/index-abc.js").write_bytes(SCRIPT)
    (tmp_path / "assets/inter.woff2").write_bytes(b"wOF2")
    (tmp_path / ".sources").write_text("not for anybody")
    (tmp_path / "assets/index-abc.js.map").write_text("neither")
    return read_built(tmp_path)


def test_nothing_is_there_before_it_is_built(tmp_path: Path) -> None:
    assert read_built(tmp_path / "built") == {}


def test_only_files_of_known_kinds_are_handed_out(built: dict[str, File]) -> None:
    assert set(built) == {"/index.html", "/assets/index-abc.js", "/assets/inter.woff2"}


def test_a_script_comes_packed_to_whom_can_unpack_it(built: dict[str, File]) -> None:
    packed = built["/assets/index-abc.js"].response(Headers({"accept-encoding": "gzip, br"}))
    plain = built["/assets/index-abc.js"].response(Headers())

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == bytes(plain.body) == SCRIPT
    assert plain.headers["content-type"].startswith("text/javascript")


def test_a_font_is_not_packed_again(built: dict[str, File]) -> None:
    response = built["/assets/inter.woff2"].response(Headers({"accept-encoding": "gzip"}))

    assert "content-encoding" not in response.headers
    assert response.headers["content-type"] == "font/woff2"


def test_a_browser_keeps_for_ever_what_is_named_by_its_content_and_asks_again_for_the_page(
    built: dict[str, File],
) -> None:
    page = built["/index.html"].response(Headers())
    known = Headers({"if-none-match": page.headers["etag"]})

    assert "immutable" in built["/assets/index-abc.js"].response(Headers()).headers["cache-control"]
    assert page.headers["cache-control"] == "no-cache"
    assert built["/index.html"].response(known).status_code == 304


def test_no_script_runs_that_is_not_a_file_of_ours(built: dict[str, File]) -> None:
    policy = built["/index.html"].response(Headers()).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
