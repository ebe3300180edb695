// Keys: bindings of the screen that is open, sequences like `g d`, and nothing while somebody types.

import { useEffect, useRef } from "react";
import { preferences } from "../state/preferences";
import { isTyping, written } from "./written";

/** Key → what it does. Written as `Shift+U`, `Ctrl+K`, `ArrowLeft`, `g d`, `?`. */
export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_MS = 1_200;
const FIRSTS = new Set(["g"]);

/** Bind keys while the component is mounted; those of the component mounted last come first. */
export function useKeys(bindings: Bindings, enabled = true): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    if (!enabled) return undefined;
    const layer: Layer = () => latest.current;
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
    };
  }, [enabled]);
}

type Layer = () => Bindings;
const layers: Layer[] = [];
let pending: { key: string; at: number } | null = null;

function heard(event: KeyboardEvent): void {
  if (event.defaultPrevented || (isTyping(event.target) && event.key !== "Escape" && !event.ctrlKey)) return;
  const key = written(event);
  const bound = find(sequence(key, event.timeStamp)) ?? find(key);
  if (bound) {
    pending = null;
    event.preventDefault();
    bound(event);
  } else if (FIRSTS.has(key)) {
    pending = { key, at: event.timeStamp };
  }
}

function sequence(key: string, at: number): string {
  return pending && at - pending.at < SEQUENCE_MS ? `${pending.key} ${key}` : key;
}

function find(key: string): ((event: KeyboardEvent) => void) | undefined {
  const single = /^(Shift\+)?.$|^Space$/.test(key) || key.includes(" ");
  const name =
    single && !preferences().singleKeys
      ? null
      : key.replace(/^Alt\+(?=.$)/, (alt) => (preferences().singleKeys ? alt : ""));
  if (name === null) return undefined;
  for (const layer of [...layers].reverse()) {
    const bound = layer()[name];
    if (bound) return bound;
  }
  return undefined;
}

/** Listen for the whole page; once. */
export function listen(): void {
  window.addEventListener("keydown", heard);
}
