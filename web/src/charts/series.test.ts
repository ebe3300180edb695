import { describe, expect, it } from "vitest";
import { broken, columnsOf, completeSteps, lineOf, steadyRange, together } from "./series";

describe("a line", () => {
  it("of nothing is unknown at every step", () => {
    expect(lineOf("champion", 0, [], 2)).toEqual({
      name: "champion",
      role: "champion",
      order: 0,
      values: [null, null],
      versions: [null, null],
    });
  });

  it("takes at each step the newest version that counted something", () => {
    const line = lineOf(
      "shadow",
      1,
      [
        { model_version: "b@1", values: [null, 3, 4] },
        { model_version: "a@1", values: [1, 2, null] },
      ],
      3,
    );
    expect(line.values).toEqual([1, 3, 4]);
    expect(line.versions).toEqual(["a@1", "b@1", "b@1"]);
  });

  it("breaks where the version changes, and not where nothing was counted between", () => {
    const line = lineOf(
      "champion",
      0,
      [
        { model_version: "b@1", values: [null, null, null, 4, 5] },
        { model_version: "a@1", values: [1, null, 2, null, null] },
      ],
      5,
    );
    expect(broken(line)).toEqual([1, null, 2, null, 5]);
  });
});

it("draws a step once it is complete", () => {
  const times = [0, 10, 20, 30];
  expect(completeSteps(times, 10, "1970-01-01T00:00:30Z")).toBe(3);
  expect(completeSteps(times, 10, "1970-01-01T00:00:29Z")).toBe(2);
});

describe("the range of an axis", () => {
  it("begins at zero where it is to", () => expect(steadyRange(null, [[2, 4]], true)).toEqual([0, 4.6]));
  it("does not move while everything is within", () => {
    const first = steadyRange(null, [[2, 4]], false);
    expect(steadyRange(first, [[2.5, 3]], false)).toBe(first);
    expect(steadyRange(first, [[2.5, 9]], false)[1]).toBeGreaterThan(9);
  });
  it("of nothing is something", () => expect(steadyRange(null, [[null]], false)).toEqual([0, 1]));
});

it("draws marks together that are too close", () => {
  const mark = (revision: number, at: number) => ({ revision, at, text: `r${revision}`, dotted: false });
  const found = together([mark(4, 0), mark(5, 10), mark(6, 15), mark(7, 100)], 24, (at) => at);
  expect(found.map((each) => [each.text, each.at])).toEqual([
    ["r4–r6", 0],
    ["r7", 100],
  ]);
});

it("a band is drawn where there is one, and what has none is dotted up to it", () => {
  const line = {
    ...lineOf("champion", 0, [{ model_version: "a@1", values: [0.1, 0.2, 0.3, null] }], 4),
    band: { low: [null, 0.1, 0.2, null], high: [null, 0.3, 0.4, null] },
  };
  expect(columnsOf(line)).toEqual([
    [null, 0.2, 0.3, null],
    [0.1, 0.2, 0.3, null],
    [null, 0.3, 0.4, null],
    [null, 0.1, 0.2, null],
  ]);
  expect(columnsOf(lineOf("champion", 0, [], 1))).toEqual([[null]]);
});
