// Shapes of the API as geometry: pixels of the original image.

import type { PairComparison, SlotPrediction } from "../api/types";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Point = readonly [number, number];

/** A shape as predictions and reviews have it; `score` only of predictions. */
export interface Shape {
  type: "rectangle" | "polygon" | "mask" | "classification";
  label: string;
  score?: number;
  box?: [number, number, number, number];
  points?: Point[];
  rle?: { size: [number, number]; counts: string };
}

export function shapesOf(prediction: SlotPrediction | undefined): Shape[] {
  return (prediction?.shapes ?? []) as unknown as Shape[];
}

export type Relation =
  | { kind: "matched"; iou: number; other: number }
  | { kind: "flipped"; iou: number; other: number }
  | { kind: "only" };

/** What a shadow's comparison says of each of the champion's shapes, and of each of its own. */
export interface Relations {
  champion: Relation[];
  shadow: Relation[];
}

export function relationsOf(
  comparison: PairComparison | undefined,
  championShapes: number,
  shadowShapes: number,
): Relations {
  const found: Relations = {
    champion: Array.from({ length: championShapes }, () => ({ kind: "only" })),
    shadow: Array.from({ length: shadowShapes }, () => ({ kind: "only" })),
  };
  const pairs = [
    ...(comparison?.matches ?? []).map((pair) => ({ pair, kind: "matched" as const })),
    ...(comparison?.flipped ?? []).map((pair) => ({ pair, kind: "flipped" as const })),
  ];
  for (const { pair, kind } of pairs) {
    const [champion, shadow, iou] = pair;
    found.champion[champion] = { kind, iou, other: shadow };
    found.shadow[shadow] = { kind, iou, other: champion };
  }
  return found;
}

export function isContested(relation: Relation): boolean {
  return relation.kind !== "matched";
}

/** The box around a shape; null of what has no place in the picture. */
export function boundsOf(shape: Shape): Box | null {
  if (shape.box) {
    const [x, y, width, height] = shape.box;
    return { x, y, width, height };
  }
  if (shape.points?.length) {
    const xs = shape.points.map(([x]) => x);
    const ys = shape.points.map(([, y]) => y);
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    return { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
  }
  if (shape.rle) return boundsOfRuns(decodeRle(shape.rle.counts), shape.rle.size);
  return null;
}

/** COCO's compressed run lengths, column by column, beginning with zeros. */
export function decodeRle(counts: string): number[] {
  const runs: number[] = [];
  let place = 0;
  while (place < counts.length) {
    let value = 0;
    let shift = 0;
    let more = true;
    while (more) {
      const bits = counts.charCodeAt(place) - 48;
      value |= (bits & 0x1f) << shift;
      more = (bits & 0x20) !== 0;
      place += 1;
      shift += 5;
      if (!more && bits & 0x10) value |= -1 << shift;
    }
    if (runs.length > 2) value += runs[runs.length - 2] ?? 0;
    runs.push(value);
  }
  return runs;
}

/** A mask as pixels, row by row: 1 inside. */
export function maskOf(runs: number[], [height, width]: [number, number]): Uint8Array {
  const mask = new Uint8Array(height * width);
  let place = 0;
  runs.forEach((run, number) => {
    if (number % 2) {
      for (let at = place; at < place + run; at++) mask[(at % height) * width + Math.floor(at / height)] = 1;
    }
    place += run;
  });
  return mask;
}

function boundsOfRuns(runs: number[], [height, width]: [number, number]): Box | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  let place = 0;
  runs.forEach((run, number) => {
    if (number % 2 && run) {
      const [first, last] = [place, place + run - 1];
      left = Math.min(left, Math.floor(first / height));
      right = Math.max(right, Math.floor(last / height));
      const oneColumn = Math.floor(first / height) === Math.floor(last / height);
      top = Math.min(top, oneColumn ? first % height : 0);
      bottom = Math.max(bottom, oneColumn ? last % height : height - 1);
    }
    place += run;
  });
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The edge of a mask as lines between pixels, for an SVG path. */
export function edgePath(mask: Uint8Array, [height, width]: [number, number]): string {
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (mask[y * width + x] ?? 0);
  const parts: string[] = [];
  for (let y = 0; y <= height; y++) {
    let from = -1;
    for (let x = 0; x <= width; x++) {
      const edge = x < width && at(x, y) !== at(x, y - 1);
      if (edge && from < 0) from = x;
      if (!edge && from >= 0) {
        parts.push(`M${from} ${y}H${x}`);
        from = -1;
      }
    }
  }
  for (let x = 0; x <= width; x++) {
    let from = -1;
    for (let y = 0; y <= height; y++) {
      const edge = y < height && at(x, y) !== at(x - 1, y);
      if (edge && from < 0) from = y;
      if (!edge && from >= 0) {
        parts.push(`M${x} ${from}V${y}`);
        from = -1;
      }
    }
  }
  return parts.join("");
}

/** Intersection over union of two boxes; 0 when both are empty. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const common = Math.max(0, width) * Math.max(0, height);
  const all = a.width * a.height + b.width * b.height - common;
  return all > 0 ? common / all : 0;
}
