// What the screens ask the API for. Answers become old by events (state/live.ts); what no event tells of is
// asked for again now and then.

import { QueryClient, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { Problem, get, v1 } from "./client";
import type { Query } from "./client";
import type * as t from "./types";

const ASK_AGAIN_MS = 15_000;
const WATCHED_MS = 500;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => !(error instanceof Problem && error.details.status < 500) && failures < 2,
      staleTime: 1_000,
      refetchOnWindowFocus: true,
      refetchInterval: ASK_AGAIN_MS,
      refetchIntervalInBackground: false,
      placeholderData: keepPreviousData,
    },
  },
});

/** Keys begin with what they are about, so that an event can invalidate a whole family. */
export const deployments = () =>
  queryOptions({
    queryKey: ["deployments"],
    queryFn: ({ signal }) => get<t.Deployments>(v1(["deployments"], { summary: "5m" }), signal),
  });

export const deployment = (id: string) =>
  queryOptions({
    queryKey: ["deployment", id],
    queryFn: ({ signal }) => get<t.Deployment>(v1(["deployments", id]), signal),
  });

export const metrics = (id: string, window: string) =>
  queryOptions({
    queryKey: ["metrics", id, window],
    queryFn: ({ signal }) => get<t.Metrics>(v1(["deployments", id, "metrics"], { window }), signal),
  });

export const comparisons = (id: string, window: string, slot?: string) =>
  queryOptions({
    queryKey: ["comparisons", id, window, slot ?? null],
    queryFn: ({ signal }) =>
      get<t.Comparisons>(v1(["deployments", id, "comparisons"], { window, slot }), signal),
  });

export const evaluation = (id: string, window: string, slot?: string) =>
  queryOptions({
    queryKey: ["evaluation", id, window, slot ?? null],
    queryFn: ({ signal }) =>
      get<t.Evaluation>(v1(["deployments", id, "evaluation"], { window, slot }), signal),
  });

export const revisions = (id: string) =>
  queryOptions({
    queryKey: ["revisions", id],
    queryFn: ({ signal }) => get<t.Revisions>(v1(["deployments", id, "revisions"]), signal),
  });

export const revision = (id: string, number: number) =>
  queryOptions({
    queryKey: ["revisions", id, number],
    queryFn: ({ signal }) => get<t.RevisionEntry>(v1(["deployments", id, "revisions", number]), signal),
    refetchInterval: ({ state }) => (state.data?.state === "staged" ? WATCHED_MS : ASK_AGAIN_MS),
  });

export const workers = () =>
  queryOptions({
    queryKey: ["workers"],
    queryFn: ({ signal }) => get<t.Workers>(v1(["workers"]), signal),
  });

export const modelVersions = () =>
  queryOptions({
    queryKey: ["models"],
    queryFn: ({ signal }) => get<t.ModelVersions>(v1(["model-versions"]), signal),
  });

/** An open image never changes by itself, but its reviews do. */
export const image = (id: string, imageId: string, at?: string) =>
  queryOptions({
    queryKey: ["image", id, imageId, at ?? null],
    queryFn: ({ signal }) =>
      get<t.PredictedAsset>(v1(["deployments", id, "images", imageId], { at }), signal),
    refetchInterval: false as const,
    placeholderData: () => undefined,
  });

export function imagesPath(id: string, filters: Query): string {
  return v1(["deployments", id, "images"], filters);
}

export type PictureSize = "thumb" | "full";

/** Where the picture of a landing is. */
export function contentPath(id: string, asset: t.PredictedAsset, size: PictureSize): string {
  const { partition, offset } = asset.image;
  const query = { at: `${partition}-${offset}`, size };
  return v1(["deployments", id, "images", asset.image_id, "content"], query);
}
