import { describe, expect, it } from "vitest";
import type { PredictedAsset } from "../api/types";
import { chipsOf, figuresOf, inWords } from "./figures";

const box = (label: string, score: number, x: number) => ({
  type: "rectangle",
  label,
  score,
  box: [x, 10, 20, 20],
});

function asset(champion: unknown[], shadow: unknown[] | null, comparison?: unknown): PredictedAsset {
  return {
    predictions: {
      champion: { status: "ok", shapes: champion },
      ...(shadow ? { shadow: { status: "ok", shapes: shadow } } : {}),
    },
    comparison: comparison ? { shadow: comparison } : {},
  } as unknown as PredictedAsset;
}

const COMPARED = asset(
  [box("7", 0.61, 0), box("1", 0.42, 40), box("9", 0.26, 80)],
  [box("9", 0.67, 41), box("7", 0.94, 1)],
  { outcome: "compared", contested: 3, matches: [[0, 1, 0.9]], flipped: [[1, 0, 0.94]] },
);

describe("figures", () => {
  it("of an image without shapes are none", () =>
    expect(figuresOf(asset([], []), "shadow", "both")).toEqual([]));

  it("are those of the voices that are drawn, contested ones on top", () => {
    expect(figuresOf(COMPARED, "shadow", "champion").map((figure) => figure.key)).toEqual([
      "champion-0",
      "champion-1",
      "champion-2",
    ]);
    expect(figuresOf(COMPARED, "shadow", "both").map((figure) => [figure.key, figure.contested])).toEqual([
      ["champion-0", false],
      ["shadow-1", false],
      ["champion-1", true],
      ["champion-2", true],
      ["shadow-0", true],
    ]);
  });

  it("without a comparison contest nothing", () => {
    const alone = figuresOf(asset([box("7", 0.61, 0)], null), "shadow", "both");
    expect(alone.map((figure) => [figure.relation, figure.contested])).toEqual([[null, false]]);
  });
});

describe("chips", () => {
  const texts = (chips: ReturnType<typeof chipsOf>) =>
    chips.map((chip) => chip.parts.map((part) => part.text).join(" │ "));

  it("say by their sign how shapes relate", () => {
    const figures = figuresOf(COMPARED, "shadow", "both");
    expect(texts(chipsOf(figures, "all"))).toEqual(["1 .42 │ ≠ │ 9 .67", "9 .26 only", "7 │ .61 │ .94"]);
    expect(texts(chipsOf(figures, "contested"))).toEqual(["1 .42 │ ≠ │ 9 .67", "9 .26 only"]);
    expect(chipsOf(figures, "none")).toEqual([]);
    expect(texts(chipsOf(figures, "none", new Set(["champion-0"])))).toEqual(["7 │ .61 │ .94"]);
  });

  it("of one voice alone name that voice's shape", () => {
    expect(texts(chipsOf(figuresOf(COMPARED, "shadow", "champion"), "all"))).toEqual([
      "1 .42",
      "9 .26 only",
      "7 .61",
    ]);
  });

  it("are only of contested shapes when there are very many", () => {
    const many = Array.from({ length: 50 }, (_, number) => box("7", 0.5, number * 30));
    expect(chipsOf(figuresOf(asset(many, null), "shadow", "both"), "all")).toEqual([]);
  });
});

it("says in words what is drawn", () => {
  expect(inWords(COMPARED, "shadow")).toBe("3 champion shapes, 2 shadow shapes, 3 contested");
  expect(inWords(asset([box("7", 0.61, 0)], null), "shadow")).toBe("1 champion shape, no shadow prediction");
});
