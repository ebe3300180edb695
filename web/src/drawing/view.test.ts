import { expect, it } from "vitest";
import { fitted, moved, shown, zoomed } from "./view";

const PICTURE = { width: 100, height: 50 };
const STAGE = { width: 400, height: 400 };

it("fits the whole picture in the middle", () => {
  const view = fitted(PICTURE, STAGE);
  expect(view.scale).toBeCloseTo(3.88);
  expect(view.x).toBeCloseTo((400 - 388) / 2);
  expect(view.y + 25 * view.scale).toBeCloseTo(200);
});

it("keeps under the pointer what is there when it zooms", () => {
  const before = fitted(PICTURE, STAGE);
  const at = { x: 120, y: 180 };
  const after = zoomed(before, 1.5, at, PICTURE, STAGE);
  const place = (view: typeof before) => [(at.x - view.x) / view.scale, (at.y - view.y) / view.scale];
  place(after).forEach((value, axis) => expect(value).toBeCloseTo(place(before)[axis] ?? NaN));
});

it("never loses the picture", () => {
  const far = moved(fitted(PICTURE, STAGE), 10_000, -10_000, PICTURE, STAGE);
  expect(far.x).toBe(360);
  expect(far.y).toBeCloseTo(40 - 50 * far.scale);
});

it("brings a part into view, and leaves alone what is", () => {
  const fit = fitted(PICTURE, STAGE);
  const part = { x: 10, y: 10, width: 10, height: 10 };
  expect(shown(fit, part, PICTURE, STAGE)).toBe(fit);
  const away = { scale: 10, x: -700, y: -300 };
  const view = shown(away, part, PICTURE, STAGE);
  expect(view.x + 15 * view.scale).toBeCloseTo(200);
  expect(view.y + 15 * view.scale).toBeCloseTo(200);
});
