// Times as UX.md §13 writes them: relative in lists, absolute elsewhere; one zone for the whole app.

export type Zone = "UTC" | "local";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2 min ago`, `in 5 s`; days and more as a date. */
export function relative(at: Date, now: Date, zone: Zone): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  if (size >= 7 * DAY) return date(at, zone);
  const [unit, name] =
    size < MINUTE ? [1, "s"] : size < HOUR ? [MINUTE, "min"] : size < DAY ? [HOUR, "h"] : [DAY, "d"];
  const told = `${Math.floor(size / unit)} ${name}`;
  return seconds > 0 ? `${told} ago` : `in ${told}`;
}

/** `24 Nov 19:20:10`; the zone stands beside, once for the app. */
export function absolute(at: Date, zone: Zone): string {
  return `${date(at, zone)} ${clock(at, zone)}`;
}

/** `19:20:10`. */
export function clock(at: Date, zone: Zone): string {
  return parts(at, zone).slice(3).map(two).join(":");
}

/** `24 Nov`. */
export function date(at: Date, zone: Zone): string {
  const [, month, day] = parts(at, zone);
  return `${day} ${MONTHS[month] ?? ""}`;
}

/** Both zones, for tooltips. */
export function both(at: Date): string {
  return `${absolute(at, "UTC")} UTC · ${absolute(at, "local")} local`;
}

/** RFC 3339 UTC, for addresses and copies. */
export function rfc3339(at: Date): string {
  return at.toISOString();
}

/** `42 s`, `3 min`, `1 h 20 min`: how long something took or lasts. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 2 * MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < 2 * HOUR) return `${Math.round(seconds / MINUTE)} min`;
  const minutes = Math.round((seconds % HOUR) / MINUTE);
  return `${Math.floor(seconds / HOUR)} h${minutes ? ` ${minutes} min` : ""}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function parts(at: Date, zone: Zone): [number, number, number, number, number, number] {
  return zone === "UTC"
    ? [
        at.getUTCFullYear(),
        at.getUTCMonth(),
        at.getUTCDate(),
        at.getUTCHours(),
        at.getUTCMinutes(),
        at.getUTCSeconds(),
      ]
    : [at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
