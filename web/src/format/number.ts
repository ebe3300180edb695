// Numbers as UX.md §13 writes them: fixed widths, three significant digits, a real minus sign.

export const UNKNOWN = "–";
const MINUS = "−";

/** `95,436`; in tight cells `95.4 k`. */
export function count(value: number | null | undefined, tight = false): string {
  if (value == null) return UNKNOWN;
  if (!tight || Math.abs(value) < 10_000) return grouped(value);
  const [size, unit] = Math.abs(value) < 1_000_000 ? [1_000, "k"] : [1_000_000, "M"];
  return `${threeDigits(value / size)} ${unit}`;
}

/** `0.21 ms`, `9.4 ms`, `128 ms`, `1.35 s`. */
export function milliseconds(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  if (Math.abs(value) < 1000) return `${latencyDigits(value)} ms`;
  return `${threeDigits(value / 1000)} s`;
}

/** A share or a score in [0, 1]: `.745`; `1.00` and `0` stand as they are. */
export function share(value: number | null | undefined, digits = 3): string {
  if (value == null) return UNKNOWN;
  if (value === 0) return "0";
  const text = Math.abs(value).toFixed(digits);
  return (
    (value < 0 ? MINUS : "") + (text.startsWith("0.") ? text.slice(1) : Number(text).toFixed(digits - 1))
  );
}

/** `12.3 %`; below 0.1 % two significant digits. */
export function percent(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  const hundred = value * 100;
  if (hundred !== 0 && Math.abs(hundred) < 0.1) return `${signed(Number(hundred.toPrecision(2)))} %`;
  return `${signed(Number(hundred.toFixed(1)))} %`;
}

/** `1 deployment`, `2 deployments`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** `48.2/s`, `0/s`. */
export function perSecond(value: number | null | undefined): string {
  return value == null ? UNKNOWN : `${value === 0 ? "0" : threeDigits(value)}/s`;
}

/** A mean like shapes an image: two digits behind the point. */
export function mean(value: number | null | undefined): string {
  return value == null ? UNKNOWN : signed(value, 2);
}

/** `6.3 MB`. */
export function bytes(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : threeDigits(size)} ${units[unit] ?? ""}`;
}

export interface Difference {
  text: string;
  /** null: it has no good direction, or nothing can be said. */
  word: string | null;
}

export interface Direction {
  above: string;
  below: string;
}

export const BETTER: Direction = { above: "better", below: "worse" };
export const SLOWER: Direction = { above: "slower", below: "faster" };

/** Always with its sign, and a word where one direction is the good one: `+.180 better`. */
export function difference(
  value: number | null | undefined,
  write: (size: number) => string,
  direction?: Direction,
): Difference {
  if (value == null) return { text: UNKNOWN, word: null };
  const written = write(Math.abs(value));
  if (value === 0 || Number.parseFloat(written) === 0) return { text: `±${written}`, word: null };
  const word = direction ? (value > 0 ? direction.above : direction.below) : null;
  return { text: (value > 0 ? "+" : MINUS) + written, word };
}

function grouped(value: number): string {
  const [whole, ...rest] = String(Math.abs(value)).split(".");
  const digits = (whole ?? "").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return (value < 0 ? MINUS : "") + [digits, ...rest].join(".");
}

function signed(value: number, digits?: number): string {
  const text = digits == null ? String(Math.abs(value)) : Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + text;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return signed(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function latencyDigits(value: number): string {
  const size = Math.abs(value);
  return signed(value, size >= 100 ? 0 : size >= 1 ? 1 : 2);
}
