// What a screen shows stands in its address, so that it can be sent to a colleague.

import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

export const WINDOWS = ["15m", "1h", "24h", "7d"] as const;
export type Window = (typeof WINDOWS)[number];

export interface Address {
  params: URLSearchParams;
  /** Change some parameters; null takes one away, a list repeats it. */
  change: (changed: Record<string, string | string[] | null>) => void;
}

export function useAddress(): Address {
  const search = useSearch();
  const [path, go] = useLocation();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback(
    (changed: Record<string, string | string[] | null>) => {
      const next = changedParams(new URLSearchParams(window.location.search), changed);
      go(withQuery(path, next), { replace: true });
    },
    [go, path],
  );
  return { params, change };
}

export function changedParams(
  params: URLSearchParams,
  changed: Record<string, string | string[] | null>,
): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changed)) {
    next.delete(name);
    for (const each of value == null ? [] : [value].flat()) next.append(name, each);
  }
  return next;
}

export function withQuery(path: string, params: URLSearchParams): string {
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}

export function useWindow(): [Window, (window: Window) => void] {
  const { params, change } = useAddress();
  const asked = params.get("window");
  const window = WINDOWS.find((each) => each === asked) ?? "15m";
  return [window, (next) => change({ window: next === "15m" ? null : next })];
}

/** The address of a deployment's tab; window and filters carry over. */
export function deploymentPath(id: string, ...rest: string[]): string {
  return ["/deployments", id, ...rest]
    .map((part, place) => (place ? encodeURIComponent(part) : part))
    .join("/");
}
