"""The tokens file: made, changed by others, broken."""

import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from umbra import tokens_file
from umbra.core.errors import Refused
from umbra.core.role import Role
from umbra.core.tokens import Holder
from umbra.tokens_file import TokensFile

ANA, BOB = Holder("ana", Role.OPERATOR), Holder("bob", Role.VIEWER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


def test_a_token_is_made_and_only_its_hash_is_kept(path: Path) -> None:
    token = tokens_file.create(path, ANA)

    assert token.startswith("umbra_")
    assert len(token) >= len("umbra_") + 256 / 6, "256 bits, six in a letter"
    assert token not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert tokens_file.load(path).holder(token) == ANA


def test_no_two_tokens_are_the_same(path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(
            threads.map(lambda n: tokens_file.create(path, Holder(f"line-{n}", Role.PRODUCER)), range(20))
        )

    assert len(set(made)) == 20
    assert len(tokens_file.load(path)) == 20, "those who write at once wait for each other"


def test_what_people_wrote_in_it_stays(path: Path) -> None:
    path.write_text("# ours, without a newline at the end")
    path.chmod(0o640)
    before = path.stat().st_ino

    tokens_file.create(path, ANA)
    tokens_file.create(path, BOB)
    tokens_file.revoke(path, "ana")

    assert path.read_text().startswith("# ours, without a newline at the end\nbob viewer ")
    assert tokens_file.load(path).holders() == [BOB]
    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_ino) == (0o640, before)


@pytest.mark.parametrize("name", ["ana", "relay", "Ana", "a b", "", "#"])
def test_an_unfit_name_changes_nothing(path: Path, name: str) -> None:
    tokens_file.create(path, ANA)
    before = path.read_bytes()

    with pytest.raises(Refused):
        tokens_file.create(path, Holder(name, Role.VIEWER))

    assert path.read_bytes() == before


def test_a_broken_file_is_not_made_worse(path: Path) -> None:
    path.write_text("ana operator\n")

    for change in (lambda: tokens_file.create(path, BOB), lambda: tokens_file.revoke(path, "ana")):
        with pytest.raises(Refused, match=rf"{path}, line 1: "):
            change()

    assert path.read_text() == "ana operator\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file"), (b"\xff\xfe", "no UTF-8"), (b"\n\nana operator x\n", "line 3: ")],
)
def test_a_file_that_cannot_be_used_stops_the_start(path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Refused, match=rf"{path}.*{reason}"):
        TokensFile(path)


def test_a_change_is_noticed(path: Path) -> None:
    first = tokens_file.create(path, ANA)
    file = TokensFile(path)
    assert file.tokens().holder(first) == ANA

    second = tokens_file.create(path, BOB)
    assert file.tokens().holder(second) == BOB
    tokens_file.revoke(path, "ana")
    assert (file.tokens().holder(first), file.tokens().holder(second)) == (None, BOB)
    # As Kubernetes does: another file under the same name.
    path.with_suffix(".new").write_text("# nobody\n")
    os.replace(path.with_suffix(".new"), path)
    assert file.tokens().holder(second) is None


def test_an_unchanged_file_is_not_read_again(path: Path) -> None:
    tokens_file.create(path, ANA)
    file = TokensFile(path)

    assert file.tokens() is file.tokens()


@pytest.mark.parametrize("broken", ["gone", "directory", "nonsense", "bytes"])
def test_a_file_that_breaks_changes_nothing_until_it_is_whole(
    path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = tokens_file.create(path, ANA)
    whole = path.read_bytes()
    file = TokensFile(path)
    path.unlink()
    if broken == "directory":
        path.mkdir()
    elif broken != "gone":
        path.write_bytes(whole + (b"bob\n" if broken == "nonsense" else b"\xff"))

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert file.tokens().holder(token) == ANA
            assert file.tokens().holder("bob") is None
        assert [record.levelname for record in caplog.records] == ["ERROR"], "said once, not at each request"

        path.rmdir() if broken == "directory" else path.unlink(missing_ok=True)
        path.write_bytes(b"# nobody any more\n")
        assert file.tokens().holder(token) is None
    assert token not in caplog.text
