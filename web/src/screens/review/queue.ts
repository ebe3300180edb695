// Which images are to be reviewed next, and how many are: what the API is asked for.

import { queryOptions } from "@tanstack/react-query";
import { get, v1 } from "../../api/client";
import type { PredictedAsset, ReviewProgress, ReviewQueue } from "../../api/types";

export const ORDERS = ["contested", "newest", "random"] as const;
export type Order = (typeof ORDERS)[number];

const AT_ONCE = 20;
const SKIPPED_COME_BACK_AFTER = 20;

export const queueOptions = (id: string, order: Order, slot: string) =>
  queryOptions({
    queryKey: ["review-queue", id, order, slot],
    queryFn: ({ signal }) =>
      get<ReviewQueue>(v1(["deployments", id, "reviews", "queue"], { order, slot, n: AT_ONCE }), signal),
    refetchInterval: false as const,
    staleTime: 5_000,
  });

export const progressOptions = (id: string) =>
  queryOptions({
    queryKey: ["review-progress", id],
    queryFn: ({ signal }) => get<ReviewProgress>(v1(["deployments", id, "reviews", "progress"]), signal),
  });

/** The line of images in hand: done ones behind, skipped ones again after twenty others. */
export interface Hand {
  done: readonly PredictedAsset[];
  next: readonly PredictedAsset[];
  /** Places that were met, so that the queue's next answer brings them once. */
  met: ReadonlySet<string>;
}

export const EMPTY: Hand = { done: [], next: [], met: new Set() };

export function placeOf(asset: PredictedAsset): string {
  return `${asset.image.partition}-${asset.image.offset}@${asset.landed_at}`;
}

/** With more of the queue behind what is in hand. */
export function refilled(hand: Hand, items: readonly PredictedAsset[]): Hand {
  const fresh = items.filter((asset) => !hand.met.has(placeOf(asset)));
  if (!fresh.length) return hand;
  return { ...hand, next: [...hand.next, ...fresh], met: new Set([...hand.met, ...fresh.map(placeOf)]) };
}

export function advanced(hand: Hand): Hand {
  const [current, ...next] = hand.next;
  return current ? { ...hand, done: [...hand.done, current], next } : hand;
}

export function skipped(hand: Hand): Hand {
  const [current, ...next] = hand.next;
  if (!current) return hand;
  const place = Math.min(SKIPPED_COME_BACK_AFTER, next.length);
  return { ...hand, next: [...next.slice(0, place), current, ...next.slice(place)] };
}

export function returned(hand: Hand): Hand {
  const last = hand.done.at(-1);
  return last ? { ...hand, done: hand.done.slice(0, -1), next: [last, ...hand.next] } : hand;
}
