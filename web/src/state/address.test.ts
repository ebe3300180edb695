import { expect, it } from "vitest";
import { changedParams, deploymentPath, withQuery } from "./address";

it("changes some parameters and keeps the others", () => {
  const next = changedParams(new URLSearchParams("window=1h&label=7&label=9"), {
    label: ["3"],
    slot: "b",
    window: null,
  });
  expect(withQuery("/x", next)).toBe("/x?label=3&slot=b");
  expect(withQuery("/x", changedParams(next, { label: null, slot: null }))).toBe("/x");
});

it("encodes ids that contain what separates parts", () => {
  expect(deploymentPath("digits", "predictions", "cam/1 a")).toBe(
    "/deployments/digits/predictions/cam%2F1%20a",
  );
});
