// Where chips go (UX.md §6): beside their shape, inside the picture, over what is taken least.

import type { Box } from "./geometry";

export interface Wanted {
  key: string;
  anchor: Box;
  width: number;
  height: number;
  /** Where this voice likes to stand. */
  prefers: "top-left" | "bottom-right";
}

export interface Placed {
  key: string;
  x: number;
  y: number;
}

/** Place chips one after another, those given first have the first choice.
 *  @param frame the picture; no chip leaves it
 *  All lengths are in pixels of the screen. */
export function placeChips(wanted: readonly Wanted[], frame: Box): Placed[] {
  const taken: Box[] = [];
  return wanted.map((chip) => {
    const best = candidates(chip)
      .map((place) => kept(place, frame))
      .map((place) => ({ place, overlap: taken.reduce((sum, other) => sum + common(place, other), 0) }))
      .reduce((least, each) => (each.overlap < least.overlap ? each : least)).place;
    taken.push(best);
    return { key: chip.key, x: best.x, y: best.y };
  });
}

function candidates({ anchor, width, height, prefers }: Wanted): Box[] {
  const right = anchor.x + anchor.width - width;
  const below = anchor.y + anchor.height;
  const at = (x: number, y: number): Box => ({ x, y, width, height });
  const above = [at(anchor.x, anchor.y - height), at(right, anchor.y - height)];
  const under = [at(right, below), at(anchor.x, below)];
  const beside = [at(anchor.x + anchor.width, anchor.y), at(anchor.x - width, anchor.y)];
  const inside = [at(anchor.x, anchor.y), at(right, below - height)];
  return prefers === "top-left"
    ? [...above, ...under.reverse(), ...beside, ...inside]
    : [...under, ...above.reverse(), ...beside, ...inside.reverse()];
}

function kept(place: Box, frame: Box): Box {
  const x = Math.max(frame.x, Math.min(place.x, frame.x + frame.width - place.width));
  const y = Math.max(frame.y, Math.min(place.y, frame.y + frame.height - place.height));
  return { ...place, x, y };
}

function common(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
