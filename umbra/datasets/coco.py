"""COCO's JSON: `images`, `annotations`, `categories` (https://cocodataset.org/#format-data)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from umbra.contracts.http.review import Review
from umbra.contracts.manifest import Task
from umbra.core.errors import Refused
from umbra.core.rle import decode
from umbra.core.runs import area, bounding_box
from umbra.datasets.labelled import Labelled, Shape, Written, text_of


def read(file: Path, task: Task) -> Iterator[Labelled]:
    """Every image of a file, those without an annotation too: nothing is in them.

    Args:
        task: of the deployment: of an annotation its box is taken, its segmentation or its category alone.

    Raises:
        Refused: it is no such file; the text says what is wrong with it.
    """
    try:
        whole = json.loads(text_of(file))
        names = {one["id"]: one["name"] for one in whole["categories"]}
        of_image: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for annotation in whole["annotations"]:
            of_image[annotation["image_id"]].append(annotation)
        images = [(one["id"], one["file_name"], one) for one in whole["images"]]
    except (ValueError, KeyError, TypeError) as err:
        raise Refused(f"{file} is no COCO ground truth: {err!r}.") from err
    for number, name, image in images:
        yield Labelled(name, [_shape(one, names, image, task, file) for one in of_image[number]])


def write(file: Path, reviews: Iterable[Review], labels: Iterable[str]) -> Written:
    """Write the ground truth of reviewed images. A classification is an annotation without a place.

    Args:
        labels: the categories, numbered from 1.
    """
    numbers = {label: number for number, label in enumerate(labels, 1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, review in enumerate(reviews, 1):
        images.append(
            {"id": number, "file_name": review.image_id, "width": review.width, "height": review.height}
        )
        for shape in review.shapes:
            category = numbers.setdefault(shape["label"], len(numbers) + 1)
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "category_id": category} | _annotation(shape)
            )
    categories = [{"id": number, "name": label} for label, number in numbers.items()]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    file.write_text(json.dumps(whole))
    return Written(len(images))


def _shape(
    annotation: dict[str, Any], names: dict[Any, str], image: dict[str, Any], task: Task, file: Path
) -> Shape:
    try:
        shape: Shape = {"label": names[annotation["category_id"]]}
        if task == "classification":
            return shape | {"type": "classification"}
        shape |= {"crowd": True} if annotation.get("iscrowd") else {}
        if annotation.get("area"):
            shape["area"] = annotation["area"]
        if task == "detection":
            return shape | {"type": "rectangle", "box": annotation["bbox"]}
        return shape | _region(annotation["segmentation"], image)
    except (KeyError, TypeError, ValueError, IndexError) as err:
        raise Refused(f"{file}: annotation {annotation.get('id')!r} cannot be read: {err!r}.") from err


def _region(segmentation: Any, image: dict[str, Any]) -> Shape:
    """A polygon, or a mask when there are several or its holes are told."""
    if isinstance(segmentation, list) and len(segmentation) == 1:
        (flat,) = segmentation
        return {"type": "polygon", "points": list(zip(flat[::2], flat[1::2], strict=True))}
    from faster_coco_eval import mask as coco  # a tenth of a second that boxes do without

    height, width = image["height"], image["width"]
    if isinstance(segmentation, dict) and isinstance(segmentation["counts"], str):
        return {"type": "mask", "rle": segmentation}
    rles = coco.frPyObjects(segmentation, height, width)
    one = coco.merge(rles) if isinstance(rles, list) else rles
    counts = one["counts"]
    text = counts.decode() if isinstance(counts, bytes) else counts
    return {"type": "mask", "rle": {"size": [height, width], "counts": text}}


def _annotation(shape: Shape) -> dict[str, Any]:
    crowd = {"iscrowd": int(shape.get("crowd", False))}
    match shape["type"]:
        case "rectangle":
            _, _, width, height = shape["box"]
            return crowd | {"bbox": shape["box"], "area": shape.get("area", width * height)}
        case "polygon":
            xs, ys = zip(*shape["points"], strict=True)
            flat = [value for point in shape["points"] for value in point]
            box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
            return crowd | {
                "segmentation": [flat],
                "bbox": box,
                "area": shape.get("area", _shoelace(shape["points"])),
            }
        case "mask":
            rle = shape["rle"]
            height, width = rle["size"]
            runs = decode(height, width, rle["counts"])
            return crowd | {
                "segmentation": rle,
                "bbox": list(bounding_box(runs, height)),
                "area": shape.get("area", area(runs)),
            }
    return {}


def _shoelace(points: list[tuple[float, float]]) -> float:
    behind = [*points[1:], points[0]]
    return abs(sum(x * b - a * y for (x, y), (a, b) in zip(points, behind, strict=True))) / 2
