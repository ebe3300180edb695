"""Every secret may be given as a file: `UMBRA_X_FILE` instead of `UMBRA_X`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from umbra.core.errors import Refused
from umbra.settings import Block, PostgresSettings, documented_variables, refuse_unknown


class Keys(Block):
    """A block with a secret that may be left out, and a setting that is none."""

    some_key: SecretStr | None = Field(None, description="For this test.")
    some_word: str = Field("", description="For this test.")


@pytest.mark.parametrize(
    ("content", "secret"),
    [("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), (" two\n\n", " two\n")],
)
def test_a_secret_is_what_the_file_holds_without_one_line_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, secret: str
) -> None:
    (tmp_path / "key").write_text(content)
    monkeypatch.setenv("UMBRA_SOME_KEY_FILE", str(tmp_path / "key"))
    found = Keys.load().some_key
    assert found is not None
    assert found.get_secret_value() == secret


def test_the_file_goes_before_the_default_and_behind_what_the_caller_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dsn").write_text("postgresql://of-the-file\n")
    monkeypatch.delenv("UMBRA_POSTGRES_DSN", raising=False)
    monkeypatch.setenv("UMBRA_POSTGRES_DSN_FILE", str(tmp_path / "dsn"))
    assert PostgresSettings.load().postgres_dsn.get_secret_value() == "postgresql://of-the-file"
    given = PostgresSettings.load(postgres_dsn="postgresql://given")
    assert given.postgres_dsn.get_secret_value() == "postgresql://given"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_text("\n"), "is empty"),
        (lambda path: path.write_bytes(b"\xff\xfe\xff"), "no UTF-8"),
    ],
    ids=["missing", "directory", "empty", "binary"],
)
def test_an_unfit_file_is_named_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "key"
    make(path)
    monkeypatch.setenv("UMBRA_SOME_KEY_FILE", str(path))
    with pytest.raises(Refused, match=rf"UMBRA_SOME_KEY_FILE.*{path}.*{reason}"):
        Keys.load()


def test_both_ways_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMBRA_SOME_KEY", "a")
    monkeypatch.setenv("UMBRA_SOME_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(Refused, match="UMBRA_SOME_KEY and UMBRA_SOME_KEY_FILE are both set"):
        Keys.load()


def test_only_secrets_may_be_files() -> None:
    refuse_unknown({"UMBRA_SOME_KEY_FILE": "x", "UMBRA_POSTGRES_DSN_FILE": "x"})
    with pytest.raises(Refused, match="UMBRA_SOME_WORD_FILE"):
        refuse_unknown({"UMBRA_SOME_WORD_FILE": "x"})


def test_the_files_are_documented() -> None:
    described = {variable.name: variable.description for variable in documented_variables()}
    assert described["UMBRA_POSTGRES_DSN_FILE"] == "A file that holds `UMBRA_POSTGRES_DSN`, instead of it."
