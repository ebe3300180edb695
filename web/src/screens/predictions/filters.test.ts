import { expect, it } from "vitest";
import { added, parsed, questionOf, removed, tokensOf } from "./filters";

const params = (text: string) => new URLSearchParams(text);

it("reads tokens as they are typed", () => {
  expect(parsed('label:7 comparison:contested score:.2-.5 source:"cam 1" cam1-00')).toEqual([
    { name: "label", value: "7" },
    { name: "comparison", value: "contested" },
    { name: "score", value: ".2-.5" },
    { name: "source", value: "cam 1" },
    { name: "id", value: "cam1-00" },
  ]);
  expect(parsed("http://x")).toEqual([{ name: "id", value: "http://x" }]);
  expect(parsed("  ")).toEqual([]);
});

it("adds values of one kind, and replaces what there is only one of", () => {
  const before = params("label=7&id=a");
  expect(added(before, parsed("label:9 label:7 b"))).toEqual({ label: ["7", "9"], id: "b" });
  expect(added(before, parsed("score:.2-.5"))).toEqual({ score_min: ".2", score_max: ".5" });
});

it("shows and drops what is filtered by", () => {
  const now = params("label=7&label=9&score_min=.2");
  expect(tokensOf(now)).toEqual([
    { name: "label", value: "7" },
    { name: "label", value: "9" },
    { name: "score", value: ".2–1" },
  ]);
  expect(removed(now, { name: "label", value: "7" })).toEqual({ label: ["9"] });
  expect(removed(now, { name: "score", value: "" })).toEqual({ score_min: null, score_max: null });
});

it("asks for the window from now, or for the times in the address", () => {
  const now = new Date("2026-11-24T12:00:00Z");
  expect(questionOf(params("window=1h&label=7"), now)).toMatchObject({
    from: "2026-11-24T11:00:00.000Z",
    to: null,
    label: ["7"],
  });
  expect(questionOf(params("from=a&to=b"), now)).toMatchObject({ from: "a", to: "b" });
});
