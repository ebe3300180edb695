import { describe, expect, it } from "vitest";
import {
  BETTER,
  SLOWER,
  bytes,
  count,
  difference,
  mean,
  milliseconds,
  percent,
  perSecond,
  share,
} from "./number";

describe("numbers", () => {
  it.each([
    [null, "–"],
    [0, "0"],
    [95436, "95,436"],
    [-1234567, "−1,234,567"],
  ])("counts %s as %s", (value, text) => expect(count(value)).toBe(text));

  it.each([
    [9999, "9,999"],
    [95436, "95.4 k"],
    [123456, "123 k"],
    [1234567, "1.23 M"],
  ])("counts %s in a tight cell as %s", (value, text) => expect(count(value, true)).toBe(text));

  it.each([
    [null, "–"],
    [0, "0.00 ms"],
    [0.214, "0.21 ms"],
    [9.42, "9.4 ms"],
    [128.4, "128 ms"],
    [1352, "1.35 s"],
    [12_345, "12.3 s"],
  ])("writes %s ms as %s", (value, text) => expect(milliseconds(value)).toBe(text));

  it.each([
    [null, "–"],
    [0, "0"],
    [1, "1.00"],
    [0.745, ".745"],
    [0.9996, "1.00"],
    [-0.18, "−.180"],
  ])("writes the share %s as %s", (value, text) => expect(share(value)).toBe(text));

  it.each([
    [0, "0 %"],
    [0.1234, "12.3 %"],
    [0.000123, "0.012 %"],
    [-0.05, "−5 %"],
  ])("writes %s as %s", (value, text) => expect(percent(value)).toBe(text));

  it("writes rates, means and bytes", () => {
    expect([perSecond(48.23), perSecond(0), perSecond(null)]).toEqual(["48.2/s", "0/s", "–"]);
    expect([mean(4.136), mean(-0.001)]).toEqual(["4.14", "0.00"]);
    expect([bytes(512), bytes(6_291_456), bytes(null)]).toEqual(["512 B", "6.29 MB", "–"]);
  });
});

describe("differences", () => {
  it.each([
    [0.18, { text: "+.180", word: "better" }],
    [-0.18, { text: "−.180", word: "worse" }],
    [0, { text: "±0", word: null }],
    [null, { text: "–", word: null }],
  ])("of %s say which way is good", (value, said) => expect(difference(value, share, BETTER)).toEqual(said));

  it("of latency are slower or faster", () => {
    expect(difference(3.2, milliseconds, SLOWER)).toEqual({ text: "+3.2 ms", word: "slower" });
    expect(difference(-3.2, milliseconds, SLOWER)).toEqual({ text: "−3.2 ms", word: "faster" });
  });

  it("have no word where no direction is good, or where nothing is left of them", () => {
    expect(difference(-1.25, mean)).toEqual({ text: "−1.25", word: null });
    expect(difference(0.001, mean, BETTER)).toEqual({ text: "±0.00", word: null });
  });
});
