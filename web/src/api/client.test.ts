import { expect, it } from "vitest";
import { queryOf, v1 } from "./client";

it("encodes each part of a path whole", () => {
  expect(v1(["deployments", "digits", "images", "cam/1 a?b", "content"])).toBe(
    "/v1/deployments/digits/images/cam%2F1%20a%3Fb/content",
  );
  expect(v1(["model-versions", "digits-small@1"])).toBe("/v1/model-versions/digits-small@1");
});

it("leaves out what is not given, and repeats what is given several times", () => {
  expect(queryOf({ window: "15m", slot: null, label: ["7", "a&b"], limit: 60, at: "" })).toBe(
    "window=15m&label=7&label=a%26b&limit=60",
  );
  expect(v1(["deployments"], {})).toBe("/v1/deployments");
});
