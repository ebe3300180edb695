// What changes of a deployment are called.

import type { Evaluation, PairFigures, RevisionEntry } from "../../api/types";
import { inOrder } from "../../state/slots";
import { ENOUGH_REVIEWS, truthNames } from "../overview/figures";

/** Which ModelVersion is in which slot, on one line. */
export function heldText(slots: RevisionEntry["slots"]): string {
  const held = inOrder(Object.keys(slots)).map((slot) => {
    const of = slots[slot];
    return `${slot} ${of?.model_version ?? ""}${of?.paused ? " (paused)" : ""}`;
  });
  return held.join(", ") || "no slot";
}

export type Verdict = "better" | "worse" | "no difference seen" | "not enough reviews";

/** What the reviews say of the shadow. Without intervals a difference smaller than a hundredth is none. */
export function verdictOf(
  task: string,
  evaluation: Evaluation | undefined,
  pair: PairFigures | null,
): { verdict: Verdict; rests: string } {
  const found = evaluation?.differences.find(
    (each) => each.slot === pair?.slot && each.shadow === pair.shadow,
  );
  if (!found || found.images < ENOUGH_REVIEWS) {
    const reviews = found?.images ?? 0;
    return {
      verdict: "not enough reviews",
      rests: `${reviews} of ${ENOUGH_REVIEWS} images that both judged are reviewed.`,
    };
  }
  const [name, field] = truthNames(task)[0] ?? ["AP", "ap"];
  const gap = found[field]?.value ?? null;
  const rests = `${name} on ${found.images} reviewed images that both judged.`;
  if (gap === null || Math.abs(gap) < SMALL) return { verdict: "no difference seen", rests };
  return { verdict: gap > 0 ? "better" : "worse", rests };
}

const SMALL = 0.01;
