import { expect, it } from "vitest";
import { absolute, both, clock, duration, relative, rfc3339 } from "./time";

const AT = new Date("2026-11-24T19:20:10.500Z");

function after(seconds: number): Date {
  return new Date(AT.getTime() + seconds * 1000);
}

it.each([
  [0, "now"],
  [42, "42 s ago"],
  [-30, "in 30 s"],
  [125, "2 min ago"],
  [7300, "2 h ago"],
  [200_000, "2 d ago"],
  [700_000, "24 Nov"],
])("%s seconds later it was %s", (seconds, text) => expect(relative(AT, after(seconds), "UTC")).toBe(text));

it("is absolute in the zone of the app", () => {
  expect([absolute(AT, "UTC"), clock(AT, "UTC"), rfc3339(AT)]).toEqual([
    "24 Nov 19:20:10",
    "19:20:10",
    "2026-11-24T19:20:10.500Z",
  ]);
  expect(both(AT)).toContain("24 Nov 19:20:10 UTC · ");
});

it.each([
  [0.412, "412 ms"],
  [42, "42 s"],
  [185, "3 min"],
  [7200, "2 h"],
  [8400, "2 h 20 min"],
])("%s seconds last %s", (seconds, text) => expect(duration(seconds)).toBe(text));
