"""Who may do what on Kafka: the least that each account needs, and what it must never have."""

import pytest

from umbra.contracts import acls
from umbra.contracts.acls import Right
from umbra.contracts.topics import Topics

TOPICS = Topics("acme.")
SLOTS = ("champion", "shadow", "canary-b")
EVERYBODY = {account.name: account for account in acls.accounts(TOPICS, SLOTS)}


def writers(topic: str) -> set[str]:
    return {name for name, account in EVERYBODY.items() if Right("Write", "topic", topic) in account.rights}


@pytest.mark.parametrize(
    ("topic", "accounts"),
    [
        (TOPICS.images, {"producer", "ingest", "api", "operator"}),
        (TOPICS.predictions_champion, {"champion-worker"}),
        (TOPICS.predictions_shadow, {"shadow-worker", "canary-b-worker", "replay-worker"}),
        (TOPICS.control, {"api"}),
        (TOPICS.workers, {f"{slot}-worker" for slot in (*SLOTS, "replay")}),
        (TOPICS.dlq("canary-b"), {"canary-b-worker"}),
        (TOPICS.dlq("replay-1"), {"replay-worker"}),
    ],
)
def test_each_topic_has_its_writers(topic: str, accounts: set[str]) -> None:
    assert writers(topic) == accounts


def test_everything_begins_with_the_prefix_or_is_the_brokers_own() -> None:
    names = {right.name for account in EVERYBODY.values() for right in account.rights}
    assert {name for name in names if not name.startswith("acme.")} == {"", acls.TRANSACTION_STATE}


def test_only_the_setup_makes_and_changes_topics() -> None:
    changing = {"Create", "Alter", "AlterConfigs"}
    changes = {a.name for a in EVERYBODY.values() if changing & {right.operation for right in a.rights}}
    assert changes == {"setup"}


def test_every_replay_is_within_the_rights_of_its_account() -> None:
    assert acls.worker(TOPICS, "replay-1") == acls.worker(TOPICS, "replays") == EVERYBODY["replay-worker"]
    own = [right for right in EVERYBODY["replay-worker"].rights if right.prefixed]
    for name in (TOPICS.group("replay-1"), TOPICS.worker("replay-1", "0")):
        assert any(name.startswith(right.name) for right in own)


def test_no_right_is_granted_twice() -> None:
    for account in EVERYBODY.values():
        assert len(set(account.rights)) == len(account.rights)


@pytest.mark.parametrize(
    ("right", "text"),
    [
        (Right("Write", "topic", "umbra.images"), "Write on topic umbra.images"),
        (
            Right("Write", "transactional-id", "umbra.a-", prefixed=True),
            "Write on transactional id umbra.a-*",
        ),
        (Right("DescribeConfigs", "cluster"), "DescribeConfigs on cluster"),
    ],
)
def test_a_right_reads_as_a_person_says_it(right: Right, text: str) -> None:
    assert str(right) == text
