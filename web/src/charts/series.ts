// What a chart draws, out of the API's columns: lines of roles, broken where a ModelVersion changes.

export type Values = (number | null)[];

export interface Line {
  /** For the caption and the table: the slot, or what both voices have in common. */
  name: string;
  role: "champion" | "shadow" | "neutral";
  /** Of further shadows: 2 and up. */
  order: number;
  values: Values;
  /** The ModelVersion at each step; null where nothing was counted. */
  versions: (string | null)[];
  /** 95 %; null where the value rests on too little for one. */
  band?: { low: Values; high: Values };
}

export interface Versioned {
  model_version: string;
  values: Values;
}

/** One line of a slot whose ModelVersion may have changed: at each step the newest that has a value.
 *  @param versions newest first, as the API lists them */
export function lineOf(name: string, order: number, versions: Versioned[], length: number): Line {
  const values: Values = Array.from({ length }, () => null);
  const names: (string | null)[] = Array.from({ length }, () => null);
  for (const version of versions) {
    version.values.forEach((value, step) => {
      if (value !== null && values[step] == null) {
        values[step] = value;
        names[step] = version.model_version;
      }
    });
  }
  return { name, role: name === "champion" ? "champion" : "shadow", order, values, versions: names };
}

/** The same line, with a gap wherever the ModelVersion changes: uPlot joins neighbours only.
 *  The step that begins another version stays, so the gap is before it. */
export function broken(line: Line): Values {
  let last: string | null = null;
  return line.values.map((value, step) => {
    const version = line.versions[step] ?? null;
    const changed = last !== null && version !== null && version !== last;
    last = version ?? last;
    return changed ? null : value;
  });
}

/** What is drawn of a line: all of it, or with a band what has one, what has none (dotted), and its bounds.
 *  Where one begins and the other ends both have the step, so that they join. */
export function columnsOf(line: Line): Values[] {
  const values = broken(line);
  if (!line.band) return [values];
  const { low, high } = line.band;
  const sure = values.map((value, step) => (low[step] == null ? null : value));
  const unsure = values.map((value, step) =>
    low[step] == null || low[step - 1] == null || low[step + 1] == null ? value : null,
  );
  return [sure, unsure, high, low];
}

/** The last step whose figures are complete; what comes after is not drawn. */
export function completeSteps(times: number[], stepSeconds: number, completeUntil: string): number {
  const until = Date.parse(completeUntil) / 1000;
  return times.filter((at) => at + stepSeconds <= until).length;
}

/** A range fixed by the data, which moves only when a value leaves it.
 *  @param before the range drawn so far, null at first */
export function steadyRange(
  before: [number, number] | null,
  values: Values[],
  fromZero: boolean,
): [number, number] {
  const known = values.flat().filter((value): value is number => value !== null);
  if (!known.length) return before ?? [0, 1];
  const low = fromZero ? 0 : Math.min(...known);
  const high = Math.max(...known, fromZero ? 0 : -Infinity);
  if (before && low >= before[0] && high <= before[1]) return before;
  const air = (high - low || Math.abs(high) || 1) * 0.15;
  return [fromZero ? 0 : Math.max(0, low - air), high + air];
}

export interface Mark {
  at: number;
  text: string;
  revision: number;
  dotted: boolean;
}

/** Revisions closer together than `apart` pixels are one mark: `r4–r6`. */
export function together(marks: Mark[], apart: number, place: (at: number) => number): Mark[] {
  const found: Mark[] = [];
  let first: Mark | null = null;
  for (const mark of marks) {
    const last = found.at(-1);
    if (last && first && place(mark.at) - place(last.at) < apart) {
      found[found.length - 1] = { ...mark, at: last.at, text: `r${first.revision}–r${mark.revision}` };
    } else {
      found.push(mark);
      first = mark;
    }
  }
  return found;
}
