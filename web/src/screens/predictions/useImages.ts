import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { get, queryOf } from "../../api/client";
import { imagesPath } from "../../api/queries";
import type { Images, PredictedAsset } from "../../api/types";
import { questionOf } from "./filters";

const PAGE = 120;
const NEWER_EVERY_MS = 5_000;
const NEWER_MOST = 500;

export interface ImageList {
  assets: PredictedAsset[];
  /** Images that landed since the list was read; they wait until they are asked for. */
  newer: string;
  more: () => void;
  hasMore: boolean;
  loading: boolean;
  error: Error | null;
  renew: () => void;
}

/** The landings that match, page by page, as of one moment: nothing moves under the reader. */
export function useImages(id: string, params: URLSearchParams): ImageList {
  const filters = filtersOnly(params);
  const [asOf, setAsOf] = useState(() => new Date());
  const question = useMemo(() => questionOf(new URLSearchParams(filters), asOf), [filters, asOf]);
  const pages = useInfiniteQuery({
    queryKey: ["images", id, filters, asOf.getTime()],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      get<Images>(
        imagesPath(id, {
          ...question,
          to: question["to"] ?? asOf.toISOString(),
          limit: PAGE,
          cursor: pageParam,
        }),
        signal,
      ),
    getNextPageParam: (page) => page.next,
    refetchInterval: false,
    refetchOnWindowFocus: false,
    placeholderData: () => undefined,
    staleTime: Infinity,
  });
  const fixed = params.has("to");
  const newer = useQuery({
    queryKey: ["newer", id, filters, asOf.getTime()],
    queryFn: ({ signal }) =>
      get<Images>(imagesPath(id, { ...question, from: asOf.toISOString(), limit: NEWER_MOST }), signal),
    select: (found) => found.items.length,
    refetchInterval: NEWER_EVERY_MS,
    enabled: !fixed,
  });
  const assets = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  return {
    assets,
    newer: newer.data ? (newer.data >= NEWER_MOST ? `${NEWER_MOST}+` : String(newer.data)) : "",
    more: () => void pages.fetchNextPage(),
    hasMore: pages.hasNextPage && !pages.isFetchingNextPage,
    loading: pages.isPending,
    error: pages.error,
    renew: () => setAsOf(new Date()),
  };
}

const NOT_FILTERS = ["view", "draw", "slot", "chips", "at"];

function filtersOnly(params: URLSearchParams): string {
  const kept = new URLSearchParams(params);
  NOT_FILTERS.forEach((name) => kept.delete(name));
  return queryOf(Object.fromEntries([...new Set(kept.keys())].map((name) => [name, kept.getAll(name)])));
}
