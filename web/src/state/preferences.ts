// What a person chose for this browser: theme, zone, whether single keys act, how wide tiles are.

import { useSyncExternalStore } from "react";
import type { Zone } from "../format/time";

export interface Preferences {
  theme: "light" | "dark";
  zone: Zone;
  /** Off: single-character keys need Alt (WCAG 2.1.4). */
  singleKeys: boolean;
  tileWidth: number;
  saveWhenDecided: boolean;
}

const PREFIX = "umbra.";
const listeners = new Set<() => void>();

let current: Preferences = {
  theme: document.documentElement.dataset["theme"] === "dark" ? "dark" : "light",
  zone: stored("zone") === "local" ? "local" : "UTC",
  singleKeys: stored("singleKeys") !== "false",
  tileWidth: Number(stored("tileWidth")) || 220,
  saveWhenDecided: stored("saveWhenDecided") === "true",
};

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}

export function preferences(): Preferences {
  return current;
}

export function prefer(changed: Partial<Preferences>): void {
  current = { ...current, ...changed };
  document.documentElement.dataset["theme"] = current.theme;
  for (const [name, value] of Object.entries(changed)) remember(name, String(value));
  listeners.forEach((listener) => listener());
}

export function toggleTheme(): void {
  prefer({ theme: current.theme === "dark" ? "light" : "dark" });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // no storage, no memory
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // it holds for as long as the page is open
  }
}
