import { useKeys } from "../../keys/keys";
import { useAddress } from "../../state/address";
import type { Chips, Draw } from "../../drawing/figures";

export const DRAWS: readonly { value: Draw; text: string }[] = [
  { value: "champion", text: "Champion" },
  { value: "shadow", text: "Shadow" },
  { value: "both", text: "Both" },
  { value: "differences", text: "Differences" },
];

const CHIPS: readonly Chips[] = ["contested", "all", "none"];

export interface Drawn {
  draw: Draw;
  chips: Chips;
  setDraw: (draw: Draw) => void;
  nextChips: () => void;
}

/** What is drawn on the pictures, in the address and by one key each: C S B D, and L for chips. */
export function useDrawn(usual: Draw, usualChips: Chips): Drawn {
  const { params, change } = useAddress();
  const draw = DRAWS.find((each) => each.value === params.get("draw"))?.value ?? usual;
  const chips = CHIPS.find((each) => each === params.get("chips")) ?? usualChips;
  const setDraw = (next: Draw) => change({ draw: next === usual ? null : next });
  const nextChips = () => {
    const next = CHIPS[(CHIPS.indexOf(chips) + 1) % CHIPS.length] ?? usualChips;
    change({ chips: next === usualChips ? null : next });
  };
  useKeys({
    c: () => setDraw("champion"),
    s: () => setDraw("shadow"),
    b: () => setDraw("both"),
    d: () => setDraw("differences"),
    l: nextChips,
  });
  return { draw, chips, setDraw, nextChips };
}
