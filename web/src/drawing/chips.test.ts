import { expect, it } from "vitest";
import { placeChips } from "./chips";
import type { Wanted } from "./chips";

const FRAME = { x: 0, y: 0, width: 200, height: 100 };
const chip = (given: Partial<Wanted>): Wanted => ({
  key: "a",
  anchor: { x: 50, y: 40, width: 40, height: 30 },
  width: 30,
  height: 14,
  prefers: "top-left",
  ...given,
});

it("places nothing where nothing is wanted", () => expect(placeChips([], FRAME)).toEqual([]));

it("stands where its voice prefers", () => {
  expect(placeChips([chip({})], FRAME)).toEqual([{ key: "a", x: 50, y: 26 }]);
  expect(placeChips([chip({ prefers: "bottom-right" })], FRAME)).toEqual([{ key: "a", x: 60, y: 70 }]);
});

it("gives way to those that stand there already", () => {
  const [first, second] = placeChips([chip({}), chip({ key: "b" })], FRAME);
  expect(second).not.toMatchObject({ x: first?.x, y: first?.y });
});

it("never leaves the picture, however large or far out its shape is", () => {
  const corners = [
    { x: -20, y: -20, width: 30, height: 30 },
    { x: 190, y: 95, width: 40, height: 40 },
    { x: 0, y: 0, width: 200, height: 100 },
  ];
  for (const anchor of corners) {
    for (const prefers of ["top-left", "bottom-right"] as const) {
      const [placed] = placeChips([chip({ anchor, prefers })], FRAME);
      expect(placed?.x).toBeGreaterThanOrEqual(0);
      expect(placed?.y).toBeGreaterThanOrEqual(0);
      expect((placed?.x ?? 0) + 30).toBeLessThanOrEqual(200);
      expect((placed?.y ?? 0) + 14).toBeLessThanOrEqual(100);
    }
  }
});
