// What changes of a deployment are called.

import type { Evaluation, PairFigures, RevisionEntry, Value } from "../../api/types";
import { difference, share } from "../../format/number";
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

export type Verdict = Evaluation["differences"][number]["verdict"];

/** What the reviews say of the shadow, and what that rests on. */
export function verdictOf(
  task: string,
  evaluation: Evaluation | undefined,
  pair: PairFigures | null,
): { verdict: Verdict; rests: string } {
  const found = evaluation?.differences.find(
    (each) => each.slot === pair?.slot && each.shadow === pair.shadow,
  );
  if (!found || found.verdict === "not enough reviews") {
    const rests = `${found?.images ?? 0} of ${ENOUGH_REVIEWS} images that both judged are reviewed.`;
    return { verdict: "not enough reviews", rests };
  }
  const name = truthNames(task).find(([, field]) => field === found.verdict_by)?.[0] ?? found.verdict_by;
  const gap = intervalText(found[found.verdict_by]);
  return {
    verdict: found.verdict,
    rests: `${name} on ${found.images} reviewed images that both judged${gap ? `: ${gap}` : "."}`,
  };
}

/** `+.157 to +.194`: the 95 % interval of a difference; empty where there is none. */
export function intervalText(gap: Value | null | undefined): string {
  if (gap?.low == null || gap.high == null) return "";
  const [low, high] = [gap.low, gap.high].map((each) => difference(each, share).text);
  return `${low ?? ""} to ${high ?? ""}`;
}
