// What is said in passing, with a way back where there is one.

import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  text: string;
  action?: { label: string; act: () => void } | undefined;
  /** Announced as an alert. */
  bad: boolean;
}

const LASTS_MS = 8_000;
const listeners = new Set<() => void>();
let toasts: Toast[] = [];
let next = 1;

export function say(
  text: string,
  {
    action,
    bad = false,
    lastsMs = LASTS_MS,
  }: { action?: Toast["action"]; bad?: boolean; lastsMs?: number } = {},
): number {
  const id = next++;
  put([...toasts.slice(-3), { id, text, action, bad }]);
  setTimeout(() => unsay(id), lastsMs);
  return id;
}

export function unsay(id: number): void {
  put(toasts.filter((toast) => toast.id !== id));
}

export function useToasts(): Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}

function put(changed: Toast[]): void {
  toasts = changed;
  listeners.forEach((listener) => listener());
}
