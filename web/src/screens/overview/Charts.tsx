import { useMemo, useState } from "react";
import { Chart } from "../../charts/Chart";
import { completeSteps, lineOf } from "../../charts/series";
import type { Line, Mark, Values } from "../../charts/series";
import type { Comparisons, Deployment, Evaluation, Metrics, VersionFigures } from "../../api/types";
import { count, mean, milliseconds, perSecond, share } from "../../format/number";
import { CHAMPION, inOrder } from "../../state/slots";
import { ENOUGH_REVIEWS, truthNames } from "./figures";
import type { TruthField } from "./figures";
import "../../charts/charts.css";

interface Props {
  metrics: Metrics | undefined;
  comparisons: Comparisons | undefined;
  evaluation: Evaluation | undefined;
  of: Deployment;
  slot: string | null;
  onImages: (from: number, to: number) => void;
  onRevision: (revision: number) => void;
}

type Percentile = "p50" | "p95" | "p99";

export function Charts({ metrics, comparisons, evaluation, of, slot, onImages, onRevision }: Props) {
  const [percentile, setPercentile] = useState<Percentile>("p99");
  const steps = metrics ? completeSteps(metrics.t, metrics.step_s, metrics.complete_until) : 0;
  const times = useMemo(() => metrics?.t.slice(0, steps) ?? [], [metrics, steps]);
  const marks = useMemo(() => marksOf(metrics), [metrics]);
  const slots = useMemo(() => inOrder(Object.keys(of.slots)), [of]);

  const lines = useMemo(() => {
    const make = (values: (version: VersionFigures) => Values) => slotLines(metrics, slots, steps, values);
    return {
      latency: make((version) => version.series[percentile]),
      rate: make((version) => version.series.images.map((images) => images / (metrics?.step_s ?? 1))),
      failed: make((version) => version.series.failed),
      shapes: make((version) => version.series.shapes_mean),
      score: make((version) => version.series.score_mean),
      agreement: agreementLines(comparisons, slot, times),
    };
  }, [metrics, comparisons, slots, slot, steps, times, percentile]);

  const shared = {
    times,
    stepSeconds: metrics?.step_s ?? 10,
    marks,
    openStep: onImages,
    openRevision: onRevision,
  };
  return (
    <div className="charts">
      <Chart
        {...shared}
        title={`latency ${percentile}`}
        lines={lines.latency}
        write={milliseconds}
        beside={
          <select
            className="input switcher"
            aria-label="Percentile"
            value={percentile}
            onChange={(event) => setPercentile(event.target.value as Percentile)}
          >
            <option>p50</option>
            <option>p95</option>
            <option>p99</option>
          </select>
        }
      />
      <Chart {...shared} title="images/s" lines={lines.rate} write={perSecond} />
      <Chart
        {...shared}
        title="agreement"
        lines={lines.agreement}
        write={share}
        fromZero={false}
        instead={slot ? null : "no shadow, nothing to compare"}
      />
      <Chart {...shared} title="failures" lines={lines.failed} write={count} bars />
      {truthNames(of.task).map(([name, field]) => (
        <Chart
          key={name}
          {...shared}
          {...truthChart(evaluation, slots, of, field)}
          title={name}
          write={share}
          fromZero={false}
        />
      ))}
      <Chart {...shared} title="shapes/image" lines={lines.shapes} write={mean} />
      <Chart {...shared} title="mean score" lines={lines.score} write={share} />
    </div>
  );
}

/** A figure with ground truth over time: each step is of the images of a while before its end. */
function truthChart(
  evaluation: Evaluation | undefined,
  slots: string[],
  of: Deployment,
  field: TruthField,
): { times: number[]; stepSeconds: number; lines: Line[]; instead: string | null } {
  const shown = slots.map((slot) =>
    evaluation?.versions.find((version) => version.model_version === of.slots[slot]?.model_version),
  );
  const series = shown.find((version) => version?.series.t.length)?.series;
  const times = series?.t ?? [];
  const lines = slots.flatMap((slot, place): Line[] => {
    const version = shown[place];
    const found = version?.series[field];
    if (!version || !found) return [];
    const values = found.value;
    return [
      {
        name: slot,
        role: slot === CHAMPION ? "champion" : "shadow",
        order: slot === CHAMPION ? 0 : place,
        values,
        versions: values.map(() => version.model_version),
        band: {
          low: found.low.map((low, step) => enough(version.series.n[step], low)),
          high: found.high.map((high, step) => enough(version.series.n[step], high)),
        },
      },
    ];
  });
  const known = lines.some((line) => line.values.some((value) => value !== null));
  const instead = known ? null : evaluation?.reviewed ? "too few reviews" : "after the first review";
  return { times, stepSeconds: series?.step_s ?? 10, lines, instead };
}

/** A band is drawn only where it rests on enough reviews. */
function enough(reviews: number | undefined, bound: number | null): number | null {
  return (reviews ?? 0) < ENOUGH_REVIEWS ? null : bound;
}

function slotLines(
  metrics: Metrics | undefined,
  slots: string[],
  steps: number,
  values: (version: VersionFigures) => Values,
): Line[] {
  return slots.map((slot, place) =>
    lineOf(
      slot,
      slot === CHAMPION ? 0 : place,
      (metrics?.slots[slot] ?? []).map((version) => ({
        model_version: version.model_version,
        values: values(version).slice(0, steps),
      })),
      steps,
    ),
  );
}

/** Of each assignment its own steps: between two of them there is a gap. */
function agreementLines(comparisons: Comparisons | undefined, slot: string | null, times: number[]): Line[] {
  const found = comparisons?.pairs.filter((pair) => pair.slot === slot) ?? [];
  const versions = found.map((pair) => {
    const at = new Map(pair.series.t.map((time, step) => [time, pair.series.agreement[step] ?? null]));
    return {
      model_version: `${pair.champion} beside ${pair.shadow}`,
      values: times.map((time) => at.get(time) ?? null),
    };
  });
  return [{ ...lineOf("agreement", 0, versions, times.length), role: "neutral" }];
}

function marksOf(metrics: Metrics | undefined): Mark[] {
  return (metrics?.marks ?? [])
    .filter((mark) => mark.state !== "failed")
    .map((mark) => ({
      at: Date.parse(mark.at) / 1000,
      text: `r${mark.revision}`,
      revision: mark.revision,
      dotted: mark.state === "staged",
    }));
}
