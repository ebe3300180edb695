import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image_server import ImageServer, serving
from umbra.core.errors import ImageError, Refused, Retryable
from umbra.settings import StoreSettings
from umbra.store import ClaimChecks, Store
from umbra.store.store import StoredImage

IMAGE = b"an image" * 1000
SHA256 = hashlib.sha256(IMAGE).hexdigest()
MAX_BYTES = 100_000


@pytest.fixture
def server() -> Iterator[str]:
    with serving(IMAGE) as url:
        yield url


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def stored(root: Path) -> StoredImage:
    return Store(StoreSettings(store_url=f"file://{root}")).put_image(IMAGE)


def checks(root: Path, *prefixes: str) -> ClaimChecks:
    return ClaimChecks(StoreSettings(store_url=f"file://{root}", claim_check_prefixes=prefixes))


def code_of(claim_checks: ClaimChecks, uri: str, sha256: str | None = SHA256) -> str:
    with pytest.raises(ImageError) as caught:
        claim_checks.fetch(uri, sha256, MAX_BYTES)
    return caught.value.code


def test_an_image_of_the_store_comes_back(root: Path, stored: StoredImage) -> None:
    assert checks(root).fetch(stored.uri, stored.sha256, MAX_BYTES) == IMAGE
    assert checks(root).fetch(f"images/{SHA256}", SHA256.upper(), MAX_BYTES) == IMAGE


def test_an_image_of_exactly_the_limit_passes(root: Path, stored: StoredImage) -> None:
    assert checks(root).fetch(stored.uri, SHA256, len(IMAGE)) == IMAGE
    with pytest.raises(ImageError, match="UMBRA_MAX_IMAGE_BYTES") as caught:
        checks(root).fetch(stored.uri, SHA256, len(IMAGE) - 1)
    assert caught.value.code == "too-large"


REFUSED = [
    "",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file:/etc/passwd",
    "file:etc/passwd",
    "/etc/passwd",
    "etc/../../../etc/passwd",
    "../store-of-others/images/x",
    "file://{root}",
    "file://{root}/",
    "file://{root}/../secret",
    "file://{root}/images/../../secret",
    "file://{root}/./images/x",
    "file://{root}//etc/passwd",
    "file://{root}/images/%2e%2e/%2e%2e/secret",
    "file://{root}/images/..%2f..%2fsecret",
    "file://{root}/images/%252e%252e/secret",
    "file://{root}/images\\..\\..\\secret",
    "file://{root}/images/x\x00.png",
    "file://{root}/images/x\n.png",
    "file://{root}-of-others/images/x",
    "file://{root}.evil/images/x",
    "file://localhost{root}/images/x",
    "file://elsewhere{root}/images/x",
    "file://{root}/" + "a" * 2000,
    "local://{root}/images/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/x",
    "http://127.0.0.1:1/x",
    "http://allowed.example/images",
    "http://allowed.example/other/x",
    "http://allowed.example/images-of-others/x",
    "http://allowed.example/images/../other/x",
    "http://allowed.example/images/%2E%2E/other/x",
    "http://allowed.example/images/x#fragment",
    "http://allowed.example:8080/images/x",
    "https://allowed.example/images/x",
    "http://allowed.example.evil/images/x",
    "http://allowed.example@evil.example/images/x",
    "http://user@allowed.example/images/x",
    "http://evil.example/http://allowed.example/images/x",
    "http:///images/x",
    "http://allowed.example\\@evil.example/images/x",
    "http://allowed.example\t.evil/images/x",
    " http://allowed.example/images/x",
    "ftp://allowed.example/images/x",
    "s3://bucket/images/x?/../secret",
    "s3://other/images/x",
    "data:image/png;base64,AAAA",
    "simplecache::file:///etc/passwd",
    "zip://x::file:///etc/passwd",
]


@pytest.mark.parametrize("uri", REFUSED)
def test_what_leads_elsewhere_is_refused(root: Path, stored: StoredImage, uri: str) -> None:
    (root.parent / "secret").write_bytes(IMAGE)
    claim_checks = checks(root, "http://allowed.example/images/")

    assert code_of(claim_checks, uri.replace("{root}", str(root))) == "claim-check-refused"


@pytest.mark.parametrize("sha256", [None, "", "abc", SHA256 + "0", "g" * 64])
def test_an_image_without_a_sound_sha256_is_refused(
    root: Path, stored: StoredImage, sha256: str | None
) -> None:
    assert code_of(checks(root), stored.uri, sha256) == "claim-check-refused"


def test_other_content_is_a_mismatch(root: Path, stored: StoredImage) -> None:
    assert code_of(checks(root), stored.uri, "0" * 64) == "claim-check-mismatch"


def test_a_link_out_of_the_store_is_refused(root: Path, stored: StoredImage) -> None:
    (root.parent / "secret").write_bytes(IMAGE)
    (root / "images" / "link").symlink_to(root.parent / "secret")
    (root / "out").symlink_to(root.parent)
    (root / "images" / "within").symlink_to(root / "images" / SHA256)

    assert code_of(checks(root), f"file://{root}/images/link") == "claim-check-refused"
    assert code_of(checks(root), f"file://{root}/out/secret") == "claim-check-refused"
    assert checks(root).fetch(f"file://{root}/images/within", SHA256, MAX_BYTES) == IMAGE


def test_a_store_behind_a_link_is_one(root: Path, stored: StoredImage) -> None:
    (root.parent / "link").symlink_to(root)

    assert checks(root.parent / "link").fetch(f"images/{SHA256}", SHA256, MAX_BYTES) == IMAGE


def test_what_is_no_file_is_refused(root: Path, stored: StoredImage) -> None:
    os.mkfifo(root / "pipe")

    assert code_of(checks(root), f"file://{root}/pipe") == "claim-check-refused"
    assert code_of(checks(root), f"file://{root}/images") == "claim-check-refused"


@pytest.mark.parametrize("name", ["images/none", "umbra-store.txt/x", "images/" + "a" * 300, "loop/x"])
def test_a_file_that_is_not_there_is_missing(root: Path, stored: StoredImage, name: str) -> None:
    (root / "loop").symlink_to(root / "loop")

    assert code_of(checks(root), f"file://{root}/{name}") == "claim-check-missing"


def test_a_file_that_comes_late_is_found(root: Path, stored: StoredImage) -> None:
    late = root / "images" / "late"
    writer = threading.Timer(0.1, late.write_bytes, [IMAGE])
    writer.start()

    assert checks(root).fetch(f"file://{late}", SHA256, MAX_BYTES) == IMAGE
    writer.join()


def test_a_store_that_is_away_is_waited_for(root: Path, stored: StoredImage) -> None:
    claim_checks = checks(root)
    root.rename(root.parent / "unmounted")
    for _ in range(2):
        with pytest.raises(Retryable, match="away"):
            claim_checks.fetch(stored.uri, SHA256, MAX_BYTES)
        root.mkdir(exist_ok=True)

    root.rmdir()
    (root.parent / "unmounted").rename(root)
    assert claim_checks.fetch(stored.uri, SHA256, MAX_BYTES) == IMAGE


def test_an_allowed_server_is_asked(root: Path, stored: StoredImage, server: str) -> None:
    claim_checks = checks(root, f"{server}/images/")

    assert claim_checks.fetch(f"{server}/images/200/x?signature=1", SHA256, MAX_BYTES) == IMAGE
    assert claim_checks.fetch(f"{server.upper()}/images/200/x".replace("HTTP", "http"), SHA256, MAX_BYTES)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("301/x", "claim-check-refused"),
        ("302/x", "claim-check-refused"),
        ("307/x", "claim-check-refused"),
        ("404/x", "claim-check-missing"),
        ("403/x", "claim-check-missing"),
        ("206/x", "claim-check-missing"),
        ("200/large", "too-large"),
        ("200/large/endless", "too-large"),
    ],
)
def test_what_a_server_does_not_give(root: Path, server: str, path: str, code: str) -> None:
    assert code_of(checks(root, f"{server}/images/"), f"{server}/images/{path}") == code
    assert not any("secret" in asked for asked in ImageServer.asked)


@pytest.mark.parametrize("path", ["500/x", "503/x", "429/x", "drop", "200/short"])
def test_a_server_in_trouble_is_waited_for(root: Path, server: str, path: str) -> None:
    with pytest.raises(Retryable, match="cannot be read"):
        checks(root, f"{server}/images/").fetch(f"{server}/images/{path}", SHA256, MAX_BYTES)


def test_a_server_that_is_away_is_waited_for(root: Path) -> None:
    with pytest.raises(Retryable, match="cannot be read"):
        checks(root, "http://127.0.0.1:1/").fetch("http://127.0.0.1:1/x", SHA256, MAX_BYTES)


@pytest.mark.parametrize(
    "prefix", ["images", "http://", "http://user@host/", "file://relative/x", "http://h/../x"]
)
def test_a_prefix_that_could_be_misread_is_refused_at_start(root: Path, prefix: str) -> None:
    with pytest.raises(Refused, match="UMBRA_CLAIM_CHECK_PREFIXES"):
        checks(root, prefix)


def test_a_directory_may_be_allowed(root: Path, stored: StoredImage, tmp_path: Path) -> None:
    camera = tmp_path / "camera"
    camera.mkdir()
    (camera / "x").write_bytes(IMAGE)

    assert checks(root, f"file://{camera}").fetch(f"file://{camera}/x", SHA256, MAX_BYTES) == IMAGE
    assert code_of(checks(root, f"file://{camera}"), f"file://{camera}/y") == "claim-check-missing"
