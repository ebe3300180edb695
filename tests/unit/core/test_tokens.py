"""The text of a tokens file, and tokens in headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.errors import Refused
from umbra.core.role import Role
from umbra.core.tokens import Holder, authorization, entry, read_tokens, sha256_of, shown_token, without

ANA, LINE = Holder("ana", Role.OPERATOR), Holder("line-3", Role.PRODUCER)
TEXT = f"# ours\n\n{entry(ANA, 'a')}  {entry(LINE, 'b').strip()}  # the camera\r\n"

names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True).filter(
    lambda name: name not in ("relay", "anonymous")
)
holders = st.lists(
    st.builds(Holder, names, st.sampled_from(Role)), unique_by=lambda holder: holder.name, max_size=6
)


@pytest.mark.parametrize("text", ["", "\n\n", "# nobody yet", "   # ana operator"])
def test_a_file_without_entries_lets_nobody_in(text: str) -> None:
    tokens = read_tokens(text)

    assert len(tokens) == 0
    assert tokens.holder("") is None


def test_a_token_is_known_by_its_hash() -> None:
    tokens = read_tokens(TEXT)

    assert tokens.holders() == [ANA, LINE]
    assert (tokens.holder("a"), tokens.holder("b"), tokens.holder("c")) == (ANA, LINE, None)
    assert tokens.holder(sha256_of("a")) is None, "the hash is not the token"


@given(holders)
def test_what_is_written_is_read(written: list[Holder]) -> None:
    text = "".join(entry(holder, f"umbra_{number}") for number, holder in enumerate(written))
    tokens = read_tokens(text)

    assert tokens.holders() == written
    assert [tokens.holder(f"umbra_{number}") for number in range(len(written))] == written
    for number, holder in enumerate(written):
        left = read_tokens(without(text, holder.name))
        assert left.holder(f"umbra_{number}") is None
        assert left.holders() == [other for other in written if other is not holder]


SHA = sha256_of("x")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ana", "a name, a role and the sha256"),
        (f"ana operator {SHA} today", "a name, a role and the sha256"),
        (f"ana admin {SHA}", "'admin' is no role: choose one of viewer"),
        (f"Ana operator {SHA}", "'Ana' is no token name"),
        (f"relay operator {SHA}", "'relay' stands in the history for somebody else"),
        (f"anonymous viewer {SHA}", "'anonymous' stands in the history"),
        (f"ana operator {SHA[:-1]}", "no sha256"),
        (f"ana operator {SHA.upper()}", "no sha256"),
        (f"line-3 viewer {SHA}", "there is another line-3"),
        (f"bob viewer {sha256_of('b')}", "bob has the same token as line-3"),
    ],
)
def test_an_unfit_line_is_named_with_the_reason(line: str, reason: str) -> None:
    with pytest.raises(Refused, match=rf"^line 5: .*{reason}"):
        read_tokens(f"{TEXT}{line}\n")


def test_a_token_in_the_place_of_its_hash_is_not_repeated() -> None:
    with pytest.raises(Refused) as refused:
        read_tokens("ana operator umbra_secret\n")
    assert "umbra_secret" not in str(refused.value)


def test_a_revoked_line_leaves_the_others_as_they_were() -> None:
    assert without(TEXT, "ana") == TEXT.replace(entry(ANA, "a"), "")
    assert without(TEXT, "line-3") == f"# ours\n\n{entry(ANA, 'a')}"


@pytest.mark.parametrize("name", ["nobody", "an", "ours", "#"])
def test_who_has_no_token_cannot_lose_one(name: str) -> None:
    with pytest.raises(Refused, match="`umbra tokens list`"):
        without(TEXT, name)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic YTpi", None),
        ("umbra_x", None),
        ("Bearer umbra_x", "umbra_x"),
        ("bearer  umbra_x ", "umbra_x"),
        ("Bearer a b", "a b"),
    ],
)
def test_a_header_shows_a_token_or_none(header: str, token: str | None) -> None:
    assert shown_token(header) == token


def test_no_token_is_no_header() -> None:
    assert authorization(None) == {}


def test_a_token_read_from_a_file_may_end_with_a_newline() -> None:
    assert authorization("umbra_x\n") == {"Authorization": "Bearer umbra_x"}


@pytest.mark.parametrize("token", ["", " ", "a b", "a\r\nX: y", "ä", "“umbra_x”"])
def test_what_can_be_no_token_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(Refused, match="UMBRA_TOKEN") as refused:
        authorization(token)
    assert token.strip() == "" or token not in str(refused.value)
