import { useEffect, useState } from "react";
import { absolute, both, relative } from "../format/time";
import { usePreferences } from "../state/preferences";

const EVERY_MS = 20_000;

/** `2 min ago`, both zones in the tooltip. */
export function Ago({ at }: { at: string }) {
  const { zone } = usePreferences();
  const now = useNow(EVERY_MS);
  const moment = new Date(at);
  return (
    <time dateTime={at} title={both(moment)}>
      {relative(moment, now, zone)}
    </time>
  );
}

/** `24 Nov 19:20:10` in the zone of the app. */
export function At({ at }: { at: string }) {
  const { zone } = usePreferences();
  const moment = new Date(at);
  return (
    <time dateTime={at} title={both(moment)}>
      {absolute(moment, zone)}
    </time>
  );
}

/** The present moment, again and again. */
export function useNow(everyMs: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
