import pytest

from umbra.postgres.statements import parse, statements

FILES = ("buckets", "comparisons", "days", "dead_letters", "fences", "predictions")

TWO = """-- name: one
-- Gives one.
SELECT 1

-- name: two
-- Gives two,
-- in two lines.
SELECT 2 -- not a description
"""


def test_an_empty_file_has_no_statements() -> None:
    assert parse("", "empty.sql") == {}


def test_each_statement_is_found_by_its_name_without_its_description() -> None:
    assert parse(TWO, "two.sql") == {"one": b"SELECT 1", "two": b"SELECT 2 -- not a description"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT 1", "put `-- name: …` before 'SELECT 1'"),
        ("-- name: one\nSELECT 1", "one has no description"),
        ("-- name: one\n-- Gives one.", "one has no SQL"),
        (TWO + TWO, "two statements are named one"),
    ],
)
def test_a_careless_file_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        parse(text, "careless.sql")
    assert "careless.sql" in str(refused.value)


@pytest.mark.parametrize("file", FILES)
def test_our_files_are_sound(file: str) -> None:
    assert statements(file)
