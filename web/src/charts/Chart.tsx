import { useEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { absolute, clock } from "../format/time";
import { UNKNOWN } from "../format/number";
import { usePreferences } from "../state/preferences";
import { Button } from "../parts/Button";
import { Voice } from "../parts/Voice";
import { columnsOf, steadyRange, together } from "./series";
import type { Line, Mark } from "./series";
import "./charts.css";

const HEIGHT = 150;
const MARKS_APART = 24;
const SYNC = uPlot.sync("overview");

interface Props {
  title: ReactNode;
  /** Where each step begins, epoch seconds; only complete ones. */
  times: number[];
  stepSeconds: number;
  lines: Line[];
  marks: Mark[];
  write: (value: number | null) => string;
  fromZero?: boolean;
  bars?: boolean;
  beside?: ReactNode;
  /** In place of a plot: why there is none. */
  instead?: string | null;
  openStep?: (from: number, to: number) => void;
  openRevision?: (revision: number) => void;
}

/** One figure over time. All charts of a page share the cursor and the zoom. */
export function Chart(props: Props) {
  const { title, times, lines, write, beside, instead } = props;
  const [asTable, setAsTable] = useState(false);
  const [cursor, setCursor] = useState<number | null>(null);
  const shownStep = cursor ?? lastKnown(lines, times.length);

  return (
    <figure className="chart panel" aria-label={typeof title === "string" ? title : undefined}>
      <figcaption>
        <strong>{title}</strong>
        <span className="spread" />
        {beside}
        {lines.map((line) => (
          <span key={line.name} className="row now" title={line.versions[shownStep] ?? line.name}>
            {line.role !== "neutral" && <Voice slot={line.name} order={line.order} />}
            <span className="value">{write(line.values[shownStep] ?? null)}</span>
          </span>
        ))}
        <Button
          kind="quiet"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
          title="View as table"
        >
          ▤<span className="visually-hidden">View as table</span>
        </Button>
      </figcaption>
      {instead ? (
        <p className="instead tertiary">{instead}</p>
      ) : asTable ? (
        <ChartTable times={times} lines={lines} write={write} />
      ) : (
        <Plot {...props} cursor={cursor} onCursor={setCursor} />
      )}
    </figure>
  );
}

interface PlotProps extends Props {
  cursor: number | null;
  onCursor: (step: number | null) => void;
}

function Plot({
  title,
  times,
  stepSeconds,
  lines,
  marks,
  fromZero = true,
  bars,
  openStep,
  openRevision,
  cursor,
  onCursor,
}: PlotProps) {
  const { theme, zone } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const range = useRef<[number, number] | null>(null);
  const data = useMemo(() => [times, ...lines.flatMap(columnsOf)] as uPlot.AlignedData, [times, lines]);
  const latest = useRef({ marks, openStep, openRevision, onCursor, times, stepSeconds, data });
  useEffect(() => {
    latest.current = { marks, openStep, openRevision, onCursor, times, stepSeconds, data };
  });

  const look = lines.map((line) => `${line.name}/${line.order}/${!!line.band}`).join();
  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const color = (name: string) => getComputedStyle(parent).getPropertyValue(name).trim();
    const axis = {
      stroke: color("--chart-axis"),
      grid: { stroke: color("--chart-grid"), width: 1 },
      ticks: { show: false },
      font: "10px Inter Variable, sans-serif",
    };
    const made = new uPlot(
      {
        width: parent.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: {
          sync: { key: SYNC.key, setSeries: false },
          drag: { x: true, y: false },
          points: { size: 5 },
        },
        scales: {
          x: { time: true },
          y: {
            range: () =>
              (range.current = steadyRange(
                range.current,
                latest.current.data.slice(1) as (number | null)[][],
                fromZero,
              )),
          },
        },
        axes: [
          {
            ...axis,
            size: 24,
            space: 70,
            values: (_, ticks) => ticks.map((at) => tick(at, zone, latest.current.times)),
          },
          { ...axis, size: 44, space: 32 },
        ],
        series: [{}, ...lines.flatMap((line) => seriesOf(line, color, !!bars))],
        bands: bandsOf(lines, color),
        hooks: {
          draw: [(drawn) => drawMarks(drawn, latest.current.marks, color("--chart-mark"))],
          setCursor: [(moved) => latest.current.onCursor(moved.cursor.idx ?? null)],
          ready: [
            (drawn) => {
              drawn.over.addEventListener("click", (event) => clicked(drawn, event));
            },
          ],
        },
      },
      latest.current.data,
      parent,
    );
    function clicked(drawn: uPlot, event: MouseEvent) {
      const now = latest.current;
      const near = together(now.marks, MARKS_APART, (at) => drawn.valToPos(at, "x")).find(
        (mark) => Math.abs(drawn.valToPos(mark.at, "x") - event.offsetX) < 5 && event.offsetY < 16,
      );
      const step = drawn.cursor.idx;
      if (near) now.openRevision?.(near.revision);
      else if (step != null && drawn.select.width < 4) openAt(step);
    }
    function openAt(step: number) {
      const from = latest.current.times[step];
      if (from !== undefined) latest.current.openStep?.(from, from + latest.current.stepSeconds);
    }
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: parent.clientWidth, height: HEIGHT }));
    resized.observe(parent);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the plot is made anew only for another look
  }, [look, theme, zone, fromZero, bars]);

  useEffect(() => plot.current?.setData(data), [data]);

  function keys(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = cursor ?? times.length - 1;
    if (step && plot.current) {
      const next = Math.min(Math.max(at + step, 0), times.length - 1);
      plot.current.setCursor({ left: plot.current.valToPos(times[next] ?? 0, "x"), top: 10 });
    } else if (event.key === "Enter" && times[at] !== undefined) {
      openStep?.(times[at], times[at] + stepSeconds);
    } else {
      return;
    }
    event.preventDefault();
  }

  return (
    <div
      ref={box}
      className="plot"
      tabIndex={0}
      role="group"
      aria-label={`${typeof title === "string" ? title : "Chart"}, ${times.length} steps; arrow keys move, Enter opens the images`}
      onKeyDown={keys}
    />
  );
}

function ChartTable({ times, lines, write }: Pick<Props, "times" | "lines" | "write">) {
  const { zone } = usePreferences();
  return (
    <div className="as-table" tabIndex={0} role="group" aria-label="Values">
      <table className="table">
        <thead>
          <tr>
            <th>time</th>
            {lines.map((line) => (
              <th key={line.name} className="number">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .map((at, step) => (
              <tr key={at}>
                <td>{absolute(new Date(at * 1000), zone)}</td>
                {lines.map((line) => (
                  <td key={line.name} className="number" title={line.versions[step] ?? ""}>
                    {line.values[step] == null ? UNKNOWN : write(line.values[step])}
                  </td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}

function lastKnown(lines: Line[], length: number): number {
  for (let step = length - 1; step >= 0; step--)
    if (lines.some((line) => line.values[step] != null)) return step;
  return length - 1;
}

function strokeOf(line: Line, color: (name: string) => string): string {
  return {
    champion: color("--champion"),
    shadow: color(line.order > 1 ? `--shadow-${Math.min(line.order, 5)}` : "--shadow"),
    neutral: color("--text-2"),
  }[line.role];
}

/** The series of a line, in the order of its columns. */
function seriesOf(line: Line, color: (name: string) => string, bars: boolean): uPlot.Series[] {
  const main = mainSeries(line, color, bars);
  if (!line.band) return [main];
  const bound = { stroke: "transparent", width: 0, points: { show: false } };
  return [main, { ...main, dash: [2, 3] }, bound, bound];
}

/** Between the bounds of each line that has some. */
function bandsOf(lines: Line[], color: (name: string) => string): uPlot.Band[] {
  let column = 1;
  return lines.flatMap((line): uPlot.Band[] => {
    const first = column;
    column += line.band ? 4 : 1;
    const fill = translucent(strokeOf(line, color), Number(color("--band")));
    return line.band ? [{ series: [first + 2, first + 3], fill }] : [];
  });
}

/** A colour of the tokens, `#rrggbb`, as far as `share` opaque. */
function translucent(hex: string, share: number): string {
  return (
    hex +
    Math.round(share * 255)
      .toString(16)
      .padStart(2, "0")
  );
}

function mainSeries(line: Line, color: (name: string) => string, bars: boolean): uPlot.Series {
  const stroke = strokeOf(line, color);
  const dash =
    line.order > 1
      ? color(`--shadow-${Math.min(line.order, 5)}-dash`)
          .split(" ")
          .map(Number)
      : undefined;
  return {
    stroke,
    width: line.role === "champion" ? 2 : 1.4,
    ...(dash ? { dash } : {}),
    ...(bars && uPlot.paths.bars
      ? { paths: uPlot.paths.bars({ size: [0.35], align: line.role === "champion" ? -1 : 1 }), fill: stroke }
      : {}),
    points: { show: (plot, series) => alone(plot.data[series] as (number | null)[]), size: 4, fill: stroke },
    spanGaps: false,
  };
}

/** A value without neighbours would not be seen as a line. */
function alone(values: (number | null)[]): boolean {
  return values.some((value, step) => value !== null && values[step - 1] == null && values[step + 1] == null);
}

function drawMarks(plot: uPlot, marks: Mark[], color: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = ratio;
  ctx.font = `${10 * ratio}px Inter Variable, sans-serif`;
  for (const mark of together(marks, MARKS_APART * ratio, (at) => plot.valToPos(at, "x", true))) {
    const x = Math.round(plot.valToPos(mark.at, "x", true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash((mark.dotted ? [1, 3] : [4, 3]).map((each) => each * ratio));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(mark.text, x + 3 * ratio, bbox.top + 10 * ratio);
  }
  ctx.restore();
}

function tick(at: number, zone: "UTC" | "local", times: number[]): string {
  const moment = new Date(at * 1000);
  const days = (times.at(-1) ?? 0) - (times[0] ?? 0) > 2 * 86_400;
  return days ? absolute(moment, zone).slice(0, -3) : clock(moment, zone).slice(0, 5);
}
