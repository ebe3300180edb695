import { describe, expect, it } from "vitest";
import type { PredictedAsset } from "../../api/types";
import {
  add,
  answer,
  back,
  begin,
  beginReviewed,
  focusOpen,
  labelKeys,
  nudge,
  redo,
  relabel,
  remove,
  reviewOf,
  started,
  after,
  undecided,
  undo,
} from "./draft";
import type { Draft } from "./draft";

const box = (label: string, score: number, x: number) => ({
  type: "rectangle",
  label,
  score,
  box: [x, 10, 20, 20],
});

/** Agreed: a 7 (the shadow is surer). Contested: 1 or 9, and two shapes that only one of them has. */
const ASSET = {
  predictions: {
    champion: { status: "ok", shapes: [box("7", 0.61, 0), box("1", 0.42, 40), box("5", 0.26, 80)] },
    shadow: { status: "ok", shapes: [box("9", 0.67, 41), box("7", 0.94, 1), box("3", 0.5, 120)] },
  },
  comparison: { shadow: { outcome: "compared", matches: [[0, 1, 0.9]], flipped: [[1, 0, 0.94]] } },
} as unknown as PredictedAsset;

const labels = (draft: Draft) => draft.shapes.map((each) => each.shape.label);
const give = (draft: Draft, ...taken: ("champion" | "shadow" | "neither")[]) =>
  taken.reduce((before, each) => answer(before, { taken: each }, ASSET, "shadow"), draft);

describe("a draft", () => {
  it("begins with what both agree on, the surer box of each, and asks the rest", () => {
    const draft = begin(ASSET, "shadow", "agreed");
    expect(draft.shapes.map((each) => each.shape.box)).toEqual([[1, 10, 20, 20]]);
    expect(draft.questions.map((question) => question.kind)).toEqual([
      "flip",
      "only-champion",
      "only-shadow",
    ]);
    expect([draft.focus, undecided(draft)]).toEqual([0, 3]);
  });

  it("begins with one side's shapes or nothing, and then asks nothing", () => {
    expect(labels(begin(ASSET, "shadow", "champion"))).toEqual(["7", "1", "5"]);
    expect(labels(begin(ASSET, "shadow", "shadow"))).toEqual(["9", "7", "3"]);
    const empty = begin(ASSET, "shadow", "empty");
    expect([labels(empty), empty.focus, undecided(empty)]).toEqual([[], null, 0]);
  });
});

describe("an answer", () => {
  it("keeps what the side that is right has there, and none where it has none", () => {
    const draft = give(begin(ASSET, "shadow", "agreed"), "shadow", "shadow", "shadow");
    expect(labels(draft)).toEqual(["7", "9", "3"]);
    expect([draft.focus, undecided(draft)]).toEqual([null, 0]);
    expect(labels(give(begin(ASSET, "shadow", "agreed"), "champion", "champion", "champion"))).toEqual([
      "7",
      "1",
      "5",
    ]);
    expect(labels(give(begin(ASSET, "shadow", "agreed"), "neither", "neither", "neither"))).toEqual(["7"]);
  });

  it("may be another label, on the surer box", () => {
    const draft = answer(begin(ASSET, "shadow", "agreed"), { taken: "label", label: "4" }, ASSET, "shadow");
    expect(draft.shapes.at(-1)?.shape).toMatchObject({ label: "4", box: [41, 10, 20, 20] });
  });

  it("can be given again: it replaces the one before", () => {
    const draft = give(back(give(begin(ASSET, "shadow", "agreed"), "champion")), "shadow");
    expect(labels(draft)).toEqual(["7", "9"]);
    expect(draft.focus).toBe(1);
  });

  it("is asked for where one is missing", () => {
    const first = give(begin(ASSET, "shadow", "agreed"), "champion");
    expect(focusOpen({ ...first, focus: null }).focus).toBe(1);
    expect(give(begin(ASSET, "shadow", "empty"), "champion").shapes).toEqual([]);
  });
});

describe("editing", () => {
  const picture = { width: 128, height: 128 };

  it("adds, relabels, moves within the picture, and removes", () => {
    const drawn = add(begin(ASSET, "shadow", "empty"), {
      type: "rectangle",
      label: "7",
      box: [100, 100, 20, 20],
    });
    expect([drawn.selected, drawn.edited]).toEqual([0, true]);
    expect(labels(relabel(drawn, 0, "9"))).toEqual(["9"]);
    expect(nudge(drawn, 0, { dx: 1, dy: -1 }, picture).shapes[0]?.shape.box).toEqual([101, 99, 20, 20]);
    expect(nudge(drawn, 0, { dx: 50 }, picture).shapes[0]?.shape.box).toEqual([108, 100, 20, 20]);
    expect(nudge(drawn, 0, { dw: -50 }, picture).shapes[0]?.shape.box).toEqual([100, 100, 1, 20]);
    expect(remove(drawn, 0).shapes).toEqual([]);
  });

  it("is undone and done again, as far as one likes", () => {
    let history = started(begin(ASSET, "shadow", "empty"));
    for (const label of ["1", "2", "3"])
      history = after(history, add(history.present, { type: "rectangle", label, box: [0, 0, 5, 5] }));
    expect(labels(undo(undo(history)).present)).toEqual(["1"]);
    expect(labels(redo(undo(history)).present)).toEqual(["1", "2", "3"]);
    expect(undo(started(1))).toEqual(started(1));
    expect(redo(history)).toBe(history);
    expect(after(history, history.present)).toBe(history);
  });
});

it("is sent without scores, and with what it began from", () => {
  const draft = give(begin(ASSET, "shadow", "agreed"), "shadow", "neither", "neither");
  expect(reviewOf(draft, "canary-b")).toEqual({
    shapes: [
      { type: "rectangle", label: "7", box: [1, 10, 20, 20] },
      { type: "rectangle", label: "9", box: [41, 10, 20, 20] },
    ],
    based_on: "agreed",
    decisions: [
      { kind: "flip", champion: 1, shadow: 0, taken: "shadow" },
      { kind: "only-champion", champion: 2, shadow: null, taken: "neither" },
      { kind: "only-shadow", champion: null, shadow: 2, taken: "neither" },
    ],
  });
  expect(reviewOf(begin(ASSET, "canary-b", "shadow"), "canary-b").based_on).toBe("canary-b");
  expect(reviewOf(beginReviewed([]), "shadow").based_on).toBeNull();
});

describe("an image as a whole", () => {
  const said = (champion: string, shadow: string) =>
    ({
      predictions: {
        champion: { status: "ok", shapes: [{ type: "classification", label: champion, score: 0.6 }] },
        shadow: { status: "ok", shapes: [{ type: "classification", label: shadow, score: 0.9 }] },
      },
      comparison: {},
    }) as unknown as PredictedAsset;

  it("is one question, unless both say the same", () => {
    const asset = said("cat", "dog");
    const draft = begin(asset, "shadow", "agreed", "classification");
    expect([draft.questions.length, labels(draft)]).toEqual([1, []]);
    expect(labels(answer(draft, { taken: "shadow" }, asset, "shadow"))).toEqual(["dog"]);
    expect(labels(answer(draft, { taken: "label", label: "owl" }, asset, "shadow"))).toEqual(["owl"]);
    const agreed = begin(said("cat", "cat"), "shadow", "agreed", "classification");
    expect([agreed.questions.length, labels(agreed)]).toEqual([0, ["cat"]]);
  });
});

it("labels have keys: digits their own, others by how often they are used", () => {
  expect([...labelKeys(["0", "7"], new Map())]).toEqual([
    ["0", "0"],
    ["7", "7"],
  ]);
  const keys = labelKeys(
    ["cat", "dog", "owl"],
    new Map([
      ["owl", 5],
      ["dog", 9],
    ]),
  );
  expect([...keys]).toEqual([
    ["dog", "1"],
    ["owl", "2"],
    ["cat", "3"],
  ]);
  expect(
    labelKeys(
      Array.from({ length: 12 }, (_, n) => `label ${n}`),
      new Map(),
    ).get("label 9"),
  ).toBe("0");
  expect(labelKeys([], new Map()).size).toBe(0);
});
