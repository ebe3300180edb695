"""A batch recount: what PostgreSQL must hold, from all prediction records at once.

    assert stored(connection) == recount(predictions)

Knows nothing of batches, fences or order of arrival, and pairs, matches and sums by itself, in plain
Python, without `umbra.core`: what both get wrong alike would stay unseen.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from pycocotools import mask as reference

from tests.tables import Row, Rows, Tables
from umbra.contracts.prediction import Mask, Prediction, Rectangle, Shape

Match = tuple[int, int, float]
"""Index of the champion's shape, of the shadow's, and their intersection over union."""

LOG_SPACED = [round(10 ** (1 + step / 12)) for step in range(121)]
SCORES = [50_000 * step for step in range(21)]
LATENCIES = [0, *LOG_SPACED]
DELTAS = [*(-edge for edge in reversed(LOG_SPACED[:85])), *LOG_SPACED[:85]]


def recount(predictions: Iterable[Prediction]) -> Tables:
    """What the tables must hold.

    Args:
        predictions: every committed and readable one, in the order of the log within a partition and slot;
            their shapes are those of their task, without polygons.
    """
    tables = Tables({}, {}, {}, {}, {})
    first: dict[tuple[Any, ...], Prediction] = {}
    for p in predictions:
        first.setdefault((p.landed_at, p.image.partition, p.image.offset, p.slot), p)
    for key, p in first.items():
        tables.predictions[key] = _prediction(p)
        _add(tables.version_buckets, _version_key(p), _counted(p))
        champion = first.get((*key[:3], "champion"))
        if p.slot != "champion" and champion is not None:
            _add_meeting(tables, key, Meeting(champion, p))
    return tables


def _add_meeting(tables: Tables, key: tuple[Any, ...], meeting: "Meeting") -> None:
    tables.comparisons[key] = meeting.row()
    _add(tables.comparison_buckets, meeting.key(), meeting.counted())
    for labels, sums in meeting.labels():
        _add(tables.confusion_buckets, (*meeting.key(), *labels), sums)


def _prediction(p: Prediction) -> Row:
    names = ("deployment", "image_id", "model_version", "revision", "status")
    return {name: getattr(p, name) for name in names} | {"shapes": len(p.shapes)}


class Meeting:
    """Champion and shadow on one landing.

    Attributes:
        matches: one-to-one pairs of shapes; none unless compared.
    """

    def __init__(self, champion: Prediction, shadow: Prediction) -> None:
        self.champion = champion
        self.shadow = shadow
        self.outcome = _outcome(champion, shadow)
        self.compared = self.outcome == "compared"
        self.matches = _matched(champion, shadow) if self.compared else []
        self.same = [m for m in self.matches if champion.shapes[m[0]].label == shadow.shapes[m[1]].label]
        self.flipped = [match for match in self.matches if match not in self.same]
        self.only_champion = sorted({*range(len(champion.shapes))} - {i for i, _, _ in self.matches})
        self.only_shadow = sorted({*range(len(shadow.shapes))} - {j for _, j, _ in self.matches})

    def key(self) -> tuple[Any, ...]:
        """Of its buckets."""
        models = self.champion.model_version, self.shadow.model_version
        champion = self.champion
        return _bucket_at(champion), champion.deployment, self.shadow.slot, *models, champion.revision

    def sums(self) -> Row:
        a, b = self.champion.shapes, self.shadow.shapes
        return {
            "champion_shapes": len(a),
            "shadow_shapes": len(b),
            "matched": len(self.matches),
            "matched_same_label": len(self.same),
            "flips": len(self.flipped),
            "contested": len(self.flipped) + len(self.only_champion) + len(self.only_shadow),
            "iou_millionths": sum(_millionths(iou) for _, _, iou in self.matches),
            "score_delta_millionths": sum(
                _millionths(b[j].score) - _millionths(a[i].score) for i, j, _ in self.matches
            ),
            "latency_delta_us": _us(self.shadow.latency_ms.total) - _us(self.champion.latency_ms.total),
        }

    def row(self) -> Row:
        """In the table of comparisons."""
        shapes = len(self.champion.shapes) + len(self.shadow.shapes)
        agreement = 2 * len(self.same) / shapes if shapes else None
        figures = self.sums() | {"agreement": agreement, "pairing": self._pairing()}
        return {
            "deployment": self.champion.deployment,
            "image_id": self.champion.image_id,
            "revision": self.champion.revision,
            "champion": self.champion.model_version,
            "shadow": self.shadow.model_version,
            "outcome": self.outcome,
            **(figures if self.compared else dict.fromkeys(figures)),
        }

    def counted(self) -> Row:
        """What it adds to its bucket."""
        sums = self.sums()
        sums["contested_images"] = int(sums["contested"] > 0)
        return {
            **{name: int(name == self.outcome) for name in ("compared", "failed", "mixed")},
            **(sums if self.compared else dict.fromkeys(sums, 0)),
            "latency_delta_histogram": _histogram(DELTAS, [sums["latency_delta_us"]] * self.compared),
        }

    def labels(self) -> list[tuple[tuple[str | None, str | None], Row]]:
        """Which met which, None where a shape is alone, and what it adds."""
        if not self.compared:
            return []
        a, b = self.champion.shapes, self.shadow.shapes
        alone = {"shapes": 1, "iou_millionths": 0, "score_delta_millionths": 0}
        return [
            *(((a[i].label, b[j].label), self._met(match)) for match in self.matches for i, j, _ in [match]),
            *(((a[i].label, None), alone) for i in self.only_champion),
            *(((None, b[j].label), alone) for j in self.only_shadow),
        ]

    def _met(self, match: Match) -> Row:
        i, j, iou = match
        shift = _millionths(self.shadow.shapes[j].score) - _millionths(self.champion.shapes[i].score)
        return {"shapes": 1, "iou_millionths": _millionths(iou), "score_delta_millionths": shift}

    def _pairing(self) -> Row:
        return {
            "matches": [[i, j, _millionths(iou) / 1_000_000] for i, j, iou in self.same],
            "flipped": [[i, j, _millionths(iou) / 1_000_000] for i, j, iou in self.flipped],
            "only_champion": self.only_champion,
            "only_shadow": self.only_shadow,
        }


def _outcome(champion: Prediction, shadow: Prediction) -> str:
    if champion.revision != shadow.revision:
        return "mixed"
    return "failed" if "failed" in (champion.status, shadow.status) else "compared"


def _matched(champion: Prediction, shadow: Prediction) -> list[Match]:
    """Things that share at least half, as pairs of the greatest sum; what only has a name, by its name."""
    pairs = [(i, j) for i in range(len(champion.shapes)) for j in range(len(shadow.shapes))]
    a, b = champion.shapes, shadow.shapes
    if champion.task == "classification":
        return [(i, j, 1.0) for i, j in pairs if a[i].label == b[j].label or len(a) == len(b) == 1]
    overlaps = [(i, j, _overlap(a[i], b[j])) for i, j in pairs]
    if champion.task == "semantic-segmentation":
        return [(i, j, iou) for i, j, iou in overlaps if a[i].label == b[j].label]
    return _best([overlap for overlap in overlaps if overlap[2] >= 0.5])


def _overlap(a: Shape, b: Shape) -> float:
    if isinstance(a, Rectangle) and isinstance(b, Rectangle):
        return _iou(a.box, b.box)
    assert isinstance(a, Mask)
    assert isinstance(b, Mask)
    one, other = ({"size": m.rle.size, "counts": m.rle.counts.encode()} for m in (a, b))
    return float(reference.iou([one], [other], [0])[0, 0])


def _best(overlaps: Sequence[Match]) -> list[Match]:
    """Of all ways to pair one to one that of the greatest sum, by trying them."""
    if not overlaps:
        return []
    first, *rest = overlaps
    beside = [other for other in rest if other[0] != first[0] and other[1] != first[1]]
    taken = [first, *_best(beside)]
    ways = [taken] if len(beside) == len(rest) else [taken, _best(rest)]
    return max(ways, key=lambda way: sum(iou for _, _, iou in way))


def _iou(a: Sequence[float], b: Sequence[float]) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared) if shared else 0.0


def _version_key(p: Prediction) -> tuple[Any, ...]:
    return _bucket_at(p), p.deployment, p.slot, p.model_version, p.revision


def _counted(p: Prediction) -> Row:
    good, latency = p.status == "ok", p.latency_ms
    scores = [_millionths(shape.score) for shape in p.shapes]
    return {
        "images": 1,
        "failed": int(not good),
        "shapes": len(scores),
        "score_millionths": sum(scores),
        "latency_us": _us(latency.total) * good,
        "queue_us": _us(latency.queue) * good,
        "decode_us": _us(latency.decode) * good,
        "inference_us": _us(latency.inference) * good,
        "score_histogram": _histogram(SCORES, scores),
        "latency_histogram": _histogram(LATENCIES, [_us(latency.total)] * good),
        "queue_histogram": _histogram(LATENCIES, [_us(latency.queue)] * good),
    }


def _bucket_at(p: Prediction) -> Any:
    at = p.landed_at.astimezone(UTC)
    return at.replace(second=at.second // 10 * 10, microsecond=0)


def _add(rows: Rows, key: tuple[Any, ...], more: Row) -> None:
    row = rows.setdefault(key, {name: [0] * len(n) if isinstance(n, list) else 0 for name, n in more.items()})
    for name, number in more.items():
        if isinstance(number, list):
            row[name] = [x + y for x, y in zip(row[name], number, strict=True)]
        else:
            row[name] += number


def _histogram(edges: Sequence[int], values: Sequence[int]) -> list[int]:
    places = [min(max(bisect_right(edges, value) - 1, 0), len(edges) - 2) for value in values]
    return [places.count(bucket) for bucket in range(len(edges) - 1)]


def _millionths(number: float) -> int:
    return round(number * 1_000_000)


def _us(milliseconds: float) -> int:
    return round(milliseconds * 1000)
