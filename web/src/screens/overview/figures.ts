// The ten figures of a card, in the same places on both sides.

import type { Deployment, Evaluation, Metrics, Value, VersionFigures, Workers } from "../../api/types";
import { BETTER, SLOWER, count, difference, mean, milliseconds, percent, share } from "../../format/number";
import type { Difference, Direction } from "../../format/number";
import { duration } from "../../format/time";
import { CHAMPION } from "../../state/slots";

export interface Figure {
  name: string;
  value: string;
  raw: number | null;
  /** Under the value: why it is unknown, or what it rests on. */
  note: string | null;
  write: (value: number) => string;
  direction?: Direction;
}

/** Under so many reviews a figure with ground truth is no ground for a verdict. */
export const ENOUGH_REVIEWS = 30;

const FAILURES: Direction = { above: "worse", below: "better" };

export function versionOf(
  metrics: Metrics | undefined,
  slot: string,
  modelVersion: string,
): VersionFigures | null {
  return metrics?.slots[slot]?.find((version) => version.model_version === modelVersion) ?? null;
}

export function figuresOf(
  of: Deployment,
  slot: string,
  metrics: Metrics | undefined,
  evaluation: Evaluation | undefined,
  crew: Workers | undefined,
): Figure[] {
  const held = of.slots[slot];
  const totals = held ? versionOf(metrics, slot, held.model_version)?.totals : undefined;
  const latency = totals?.latency_ms;
  return [
    { name: "images", raw: totals?.images ?? null, value: count(totals?.images), note: null, write: count },
    ...(["p50", "p95", "p99"] as const).map((name): Figure => {
      const raw = latency?.[name] ?? null;
      return {
        name: `latency ${name}`,
        raw,
        value: milliseconds(raw),
        note: null,
        write: milliseconds,
        direction: SLOWER,
      };
    }),
    {
      name: "failures",
      raw: totals?.failed ?? null,
      value: count(totals?.failed),
      note: failureShare(totals),
      write: count,
      direction: FAILURES,
    },
    ...truthFigures(of.task, held?.model_version, evaluation),
    {
      name: "shapes/image",
      raw: totals?.shapes_mean ?? null,
      value: mean(totals?.shapes_mean),
      note: null,
      write: mean,
    },
    {
      name: "mean score",
      raw: totals?.score_mean ?? null,
      value: share(totals?.score_mean),
      note: null,
      write: share,
    },
    lag(slot, crew),
  ];
}

/** A shadow's difference from the champion, with its word where a direction is the good one. */
export function differenceOf(champion: Figure | undefined, shadow: Figure): Difference | null {
  if (champion?.raw == null || shadow.raw == null) return null;
  return difference(shadow.raw - champion.raw, shadow.write, shadow.direction);
}

function failureShare(totals: VersionFigures["totals"] | undefined): string | null {
  return totals?.images && totals.failed ? percent(totals.failed / totals.images) : null;
}

export type TruthField = "ap" | "ar" | "accuracy" | "macro_f1" | "miou" | "pixel_accuracy";

const TRUTHS: Record<string, readonly (readonly [string, TruthField])[]> = {
  classification: [
    ["accuracy", "accuracy"],
    ["macro F1", "macro_f1"],
  ],
  "semantic-segmentation": [
    ["mIoU", "miou"],
    ["pixel accuracy", "pixel_accuracy"],
  ],
};

export function truthNames(task: string): readonly (readonly [string, TruthField])[] {
  return (
    TRUTHS[task] ?? [
      ["AP", "ap"],
      ["AR", "ar"],
    ]
  );
}

function truthFigures(
  task: string,
  modelVersion: string | undefined,
  evaluation: Evaluation | undefined,
): Figure[] {
  const version = evaluation?.versions.find((each) => each.model_version === modelVersion);
  const names = truthNames(task);
  return names.map(([name, field]): Figure => {
    const raw = version?.images ? (version[field]?.value ?? null) : null;
    const few = version && version.images < ENOUGH_REVIEWS;
    const note = !version?.images
      ? "after the first review"
      : few
        ? `too few reviews (${version.images} of ${ENOUGH_REVIEWS})`
        : within(version[field]) || `${count(version.images)} reviews`;
    return few || !version
      ? { name, raw, value: share(raw), note, write: share }
      : { name, raw, value: share(raw), note, write: share, direction: BETTER };
  });
}

/** `.637 – .676`. */
function within(value: Value | null): string {
  return value?.low == null || value.high == null ? "" : `${share(value.low)} – ${share(value.high)}`;
}

function lag(slot: string, crew: Workers | undefined): Figure {
  const live = crew?.items.filter((worker) => worker.slot === slot && worker.live) ?? [];
  const images = live.length
    ? live.reduce((sum, worker) => sum + Object.values(worker.lag).reduce((a, b) => a + b, 0), 0)
    : null;
  const rate = live.reduce((sum, worker) => sum + worker.images_per_s, 0);
  const note =
    images && rate ? duration(images / rate) : live.length || slot === CHAMPION ? null : "no worker";
  return { name: "lag", raw: images, value: count(images), note, write: count };
}
