// Whether what the page shows is of now. One event stream a tab; events only say what to ask for again, at
// most once a second and never while nobody looks.

import { focusManager } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { v1 } from "../api/client";
import { listen } from "../api/events";
import type { Heard } from "../api/events";
import { queryClient } from "../api/queries";

export interface Live {
  /** No word from the API for a while. */
  stale: boolean;
  /** When it was heard last. */
  last: Date | null;
  /** Somebody stopped the page at this moment. */
  pausedAt: Date | null;
}

const STALE_MS = 15_000;
const ASK_EVERY_MS = 1_000;

/** What each event makes old: the beginnings of query keys. */
const FAMILIES: Record<string, readonly string[]> = {
  revision: ["deployment", "deployments", "revisions", "metrics", "comparisons", "workers"],
  worker: ["workers", "deployments", "revisions"],
  metrics: ["metrics", "comparisons", "deployments", "newer"],
  images: ["newer", "deployments"],
  review: ["evaluation", "review-progress", "reviews", "facets"],
};

let live: Live = { stale: false, last: null, pausedAt: null };
const listeners = new Set<() => void>();
const old = new Set<string>();
let askedAt = 0;
let timer: ReturnType<typeof setTimeout> | null = null;

export function useLive(): Live {
  return useSyncExternalStore(subscribe, () => live);
}

/** Keep the stream of a deployment open while mounted, or of all of them. */
export function useEvents(deployment: string | null): void {
  useEffect(() => {
    const path = v1(deployment ? ["deployments", deployment, "events"] : ["events"]);
    const close = listen(path, { opened: catchUp, alive, heard, lost: look });
    const looking = setInterval(look, ASK_EVERY_MS);
    document.addEventListener("visibilitychange", ask);
    return () => {
      close();
      clearInterval(looking);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [deployment]);
}

/** Stop the page where it is, or let it go on. */
export function togglePause(): void {
  tell({ ...live, pausedAt: live.pausedAt ? null : new Date() });
  // Nothing is asked for by itself while nobody looks, and a page that stands still is not looked at.
  focusManager.setFocused(live.pausedAt ? false : undefined);
  if (!live.pausedAt) void queryClient.invalidateQueries();
}

function catchUp(): void {
  alive();
  Object.values(FAMILIES)
    .flat()
    .forEach((family) => old.add(family));
  ask();
}

function alive(): void {
  tell({ ...live, stale: false, last: new Date() });
}

function heard({ event }: Heard): void {
  FAMILIES[event]?.forEach((family) => old.add(family));
  ask();
}

function look(): void {
  const stale = live.last !== null && Date.now() - live.last.getTime() > STALE_MS;
  if (stale !== live.stale) tell({ ...live, stale });
}

/** Ask for what is old, if it is time. */
function ask(): void {
  if (!old.size || live.pausedAt || document.hidden || timer) return;
  const due = Math.max(0, askedAt + ASK_EVERY_MS - Date.now());
  timer = setTimeout(() => {
    timer = null;
    if (live.pausedAt || document.hidden) return;
    askedAt = Date.now();
    const families = new Set(old);
    old.clear();
    void queryClient.invalidateQueries({
      predicate: ({ queryKey }) => typeof queryKey[0] === "string" && families.has(queryKey[0]),
    });
  }, due);
}

function tell(next: Live): void {
  const same =
    next.stale === live.stale &&
    next.pausedAt === live.pausedAt &&
    next.last?.getTime() === live.last?.getTime();
  if (same) return;
  live = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
