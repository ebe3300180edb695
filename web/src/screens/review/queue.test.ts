import { expect, it } from "vitest";
import type { PredictedAsset } from "../../api/types";
import { EMPTY, advanced, refilled, returned, skipped } from "./queue";

const asset = (offset: number) =>
  ({
    image_id: `img${offset}`,
    landed_at: "2026-11-24T00:00:00Z",
    image: { partition: 0, offset },
  }) as unknown as PredictedAsset;
const assets = (count: number) => Array.from({ length: count }, (_, offset) => asset(offset));
const ids = (list: readonly PredictedAsset[]) => list.map((each) => each.image_id);

it("takes from the queue what it has not met", () => {
  const hand = refilled(refilled(EMPTY, assets(2)), assets(3));
  expect(ids(hand.next)).toEqual(["img0", "img1", "img2"]);
  expect(ids(refilled(advanced(hand), assets(3)).next)).toEqual(["img1", "img2"]);
  expect(refilled(hand, assets(3))).toBe(hand);
});

it("goes on, and back", () => {
  const hand = advanced(refilled(EMPTY, assets(2)));
  expect([ids(hand.done), ids(hand.next)]).toEqual([["img0"], ["img1"]]);
  expect(ids(returned(hand).next)).toEqual(["img0", "img1"]);
  expect(advanced(EMPTY)).toBe(EMPTY);
  expect(returned(EMPTY)).toBe(EMPTY);
});

it("brings what was skipped again after twenty others", () => {
  expect(ids(skipped(refilled(EMPTY, assets(3))).next)).toEqual(["img1", "img2", "img0"]);
  expect(ids(skipped(refilled(EMPTY, assets(30))).next).indexOf("img0")).toBe(20);
  expect(skipped(EMPTY)).toBe(EMPTY);
});
