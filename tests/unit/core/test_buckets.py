import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from umbra.core.agreement import Shapes
from umbra.core.buckets import (
    ComparisonBucket,
    ComparisonKey,
    VersionBucket,
    VersionKey,
    bucket_at,
    comparison_bucket,
    comparison_buckets,
    version_bucket,
    version_buckets,
)
from umbra.core.judgement import Judgement, LandingKey, Latencies, Pair, pair, pairs

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BOXES = [(0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 10.0, 10.0), (22.0, 0.0, 10.0, 10.0)]


def judgement(
    number: int = 0, slot: str = "champion", *, failed: bool = False, revision: int = 1, seed: int = 0
) -> Judgement:
    """The judgement of image `number`; images land 4 s apart."""
    chance = random.Random(f"{number} {slot} {seed}")
    seen = 0 if failed else chance.randint(0, 3)
    return Judgement(
        LandingKey(NOON + timedelta(seconds=4 * number), number % 2, number),
        "digits",
        f"img{number}",
        slot,
        f"{slot}@1",
        revision,
        failed,
        Latencies(*(chance.randint(0, 9000) for _ in range(4))),
        Shapes(
            [chance.choice("12") for _ in range(seen)], [chance.random() for _ in range(seen)], BOXES[:seen]
        ),
    )


images = st.lists(
    st.builds(
        lambda number, a, b, champion_failed, shadow_failed: (
            judgement(number, "champion", failed=champion_failed, revision=a),
            judgement(number, "shadow", failed=shadow_failed, revision=b),
        ),
        st.integers(0, 9),
        st.integers(1, 2),
        st.integers(1, 2),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("landed_at", "start"),
    [
        (NOON, NOON),
        (NOON + timedelta(seconds=9, microseconds=999_999), NOON),
        (NOON + timedelta(seconds=10), NOON + timedelta(seconds=10)),
        (NOON.astimezone(), NOON),
    ],
)
def test_bucket_at(landed_at: datetime, start: datetime) -> None:
    assert bucket_at(landed_at) == start


def test_nothing_fills_no_bucket() -> None:
    assert version_buckets([]) == {}
    assert comparison_buckets([]) == {}


def test_a_failed_image_is_counted_and_adds_nothing_else() -> None:
    bucket = version_bucket([judgement(failed=True)])

    assert (bucket.images, bucket.failed, bucket.shapes, bucket.latency_us) == (1, 1, 0, 0)
    assert sum(bucket.latency_histogram) == 0


def test_pairs_that_are_not_compared_are_counted_by_outcome() -> None:
    champion = judgement()
    mixed = pair(champion, judgement(slot="shadow", revision=2))
    failed = pair(champion, judgement(slot="shadow", failed=True))

    bucket = comparison_bucket([mixed, failed])

    assert (bucket.compared, bucket.mixed, bucket.failed, bucket.champion_shapes) == (0, 1, 1, 0)
    assert bucket.confusion == {}


def test_the_key_of_a_pair_is_the_champions_revision() -> None:
    [key] = comparison_buckets([pair(judgement(revision=3), judgement(slot="shadow", revision=2))])

    assert key == ComparisonKey(NOON, "digits", "shadow", "champion@1", "shadow@1", 3)


def test_confusion_covers_every_shape_of_both() -> None:
    met = [pair(judgement(number), judgement(number, "shadow")) for number in range(20)]

    bucket = comparison_bucket(met)

    confusion = {labels: met.shapes for labels, met in bucket.confusion.items()}
    assert sum(n for (champion, _), n in confusion.items() if champion) == bucket.champion_shapes
    assert sum(n for (_, shadow), n in confusion.items() if shadow) == bucket.shadow_shapes
    assert (
        sum(n for (champion, shadow), n in confusion.items() if champion == shadow)
        == bucket.matched_same_label
    )
    assert sum(met.iou_millionths for met in bucket.confusion.values()) == bucket.iou_millionths
    assert (
        sum(met.score_delta_millionths for met in bucket.confusion.values()) == bucket.score_delta_millionths
    )


@given(images, st.integers(0, 12), st.randoms())
def test_version_buckets_do_not_mind_order_or_cuts(
    seen: list[tuple[Judgement, Judgement]], cut: int, chance: random.Random
) -> None:
    judgements = [judgement for both in seen for judgement in both]
    shuffled = chance.sample(judgements, len(judgements))

    parts = [version_buckets(shuffled[:cut]), version_buckets(shuffled[cut:])]

    assert version_buckets(judgements) == summed_versions(parts)


@given(images, st.integers(0, 12), st.randoms())
def test_comparison_buckets_do_not_mind_order_or_cuts(
    seen: list[tuple[Judgement, Judgement]], cut: int, chance: random.Random
) -> None:
    met = [pair(*both) for both in seen]
    shuffled = chance.sample(met, len(met))

    parts = [comparison_buckets(shuffled[:cut]), comparison_buckets(shuffled[cut:])]

    assert comparison_buckets(met) == summed_comparisons(parts)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["champion", "shadow", "canary"])), unique=True),
    st.randoms(),
)
def test_pairs_meet_once_however_they_arrive(places: list[tuple[int, str]], chance: random.Random) -> None:
    judgements = [judgement(number, slot) for number, slot in places]
    known: list[Judgement] = []
    found: list[Pair] = []
    for arrived in batches(chance.sample(judgements, len(judgements)), chance):
        found += pairs(arrived, known)
        known += arrived

    assert sorted(map(names, found)) == sorted(
        (number, slot) for number, slot in places if slot != "champion" and (number, "champion") in places
    )


def batches(judgements: list[Judgement], chance: random.Random) -> list[list[Judgement]]:
    cut = chance.randint(0, len(judgements))
    return [judgements[:cut], judgements[cut:]]


def names(met: Pair) -> tuple[int, str]:
    assert met.champion.landing == met.shadow.landing
    return met.champion.landing.offset, met.shadow.slot


def test_other_images_of_the_same_place_do_not_meet() -> None:
    other = judgement(0, "shadow")
    elsewhere = Judgement(**{**fields_of(other), "deployment": "letters"})  # type: ignore[arg-type]

    assert pairs([judgement(0), elsewhere], []) == []


def fields_of(judgement: Judgement) -> dict[str, object]:
    return {name: getattr(judgement, name) for name in judgement.__dataclass_fields__}


def summed_versions(parts: list[dict[VersionKey, VersionBucket]]) -> Mapping[VersionKey, VersionBucket]:
    keys = {key for part in parts for key in part}
    return {key: reduce(VersionBucket.__add__, (part[key] for part in parts if key in part)) for key in keys}


def summed_comparisons(
    parts: list[dict[ComparisonKey, ComparisonBucket]],
) -> Mapping[ComparisonKey, ComparisonBucket]:
    keys = {key for part in parts for key in part}
    return {
        key: reduce(ComparisonBucket.__add__, (part[key] for part in parts if key in part)) for key in keys
    }
