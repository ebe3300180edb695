import { describe, expect, it } from "vitest";
import { boundsOf, decodeRle, edgePath, iou, maskOf, relationsOf } from "./geometry";
import type { PairComparison } from "../api/types";

describe("bounds", () => {
  it("of a rectangle, a polygon and what has no place", () => {
    expect(boundsOf({ type: "rectangle", label: "7", box: [1, 2, 3, 4] })).toEqual({
      x: 1,
      y: 2,
      width: 3,
      height: 4,
    });
    const points = [
      [1, 5],
      [4, 2],
      [3, 9],
    ] as const;
    expect(boundsOf({ type: "polygon", label: "7", points: [...points] })).toEqual({
      x: 1,
      y: 2,
      width: 3,
      height: 7,
    });
    expect(boundsOf({ type: "classification", label: "7" })).toBeNull();
    expect(boundsOf({ type: "polygon", label: "7", points: [] })).toBeNull();
  });

  it("of a mask are those of its pixels", () => {
    // 4 x 4 with the pixels (1, 1) (1, 2) (2, 1), as pycocotools writes it.
    const shape = {
      type: "mask",
      label: "7",
      rle: { size: [4, 4] as [number, number], counts: "522O4" },
    } as const;
    expect(decodeRle("522O4")).toEqual([5, 2, 2, 1, 6]);
    expect(boundsOf(shape)).toEqual({ x: 1, y: 1, width: 2, height: 2 });
  });
});

describe("masks", () => {
  it("are laid out row by row", () => {
    const mask = maskOf([5, 2, 2, 1, 6], [4, 4]);
    expect([...mask]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });

  it("of nothing have no edge", () => expect(edgePath(new Uint8Array(4), [2, 2])).toBe(""));

  it("of one pixel have four sides", () => {
    expect(edgePath(Uint8Array.from([0, 0, 0, 1]), [2, 2])).toBe("M1 1H2M1 2H2M1 1V2M2 1V2");
  });
});

it("boxes overlap as much as they do", () => {
  const a = { x: 0, y: 0, width: 2, height: 2 };
  expect(iou(a, a)).toBe(1);
  expect(iou(a, { x: 1, y: 0, width: 2, height: 2 })).toBeCloseTo(1 / 3);
  expect(iou(a, { x: 5, y: 5, width: 1, height: 1 })).toBe(0);
  expect(iou({ ...a, width: 0 }, { ...a, width: 0 })).toBe(0);
});

it("knows of each shape whether the other side has it, has it otherwise, or not at all", () => {
  const comparison = { matches: [[0, 2, 0.94]], flipped: [[2, 0, 0.9]] } as unknown as PairComparison;
  const found = relationsOf(comparison, 3, 3);
  expect(found.champion.map((relation) => relation.kind)).toEqual(["matched", "only", "flipped"]);
  expect(found.shadow.map((relation) => relation.kind)).toEqual(["flipped", "only", "matched"]);
  expect(found.shadow[2]).toEqual({ kind: "matched", iou: 0.94, other: 0 });
  expect(relationsOf(undefined, 0, 1)).toEqual({ champion: [], shadow: [{ kind: "only" }] });
});
