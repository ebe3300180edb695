// The filters of predictions: tokens in the query bar, parameters in the address, questions to the API.

import type { Query } from "../../api/client";

export const COMPARISONS = [
  "contested",
  "agree",
  "flip",
  "only-champion",
  "only-shadow",
  "orphan",
  "waiting",
  "mixed",
  "failed",
] as const;

/** Filters with values of their own; each may be given several times: any of them. */
export const NAMES = ["label", "comparison", "status", "source", "tag", "version", "revision", "id"] as const;
export type Name = (typeof NAMES)[number];

export interface Token {
  name: Name | "score";
  value: string;
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** What is filtered by, in the order it is shown. */
export function tokensOf(params: URLSearchParams): Token[] {
  const named = NAMES.flatMap((name) => params.getAll(name).map((value) => ({ name, value })));
  const [low, high] = [params.get("score_min"), params.get("score_max")];
  return low || high ? [...named, { name: "score", value: `${low ?? "0"}–${high ?? "1"}` }] : named;
}

/** `label:7`, `score:.2-.5`, `"cam 1"`; a word that is none of these is how an id begins. */
export function parsed(text: string): Token[] {
  const words = text.match(/(?:[a-z]+:)?(?:"[^"]*"|\S+)/g) ?? [];
  return words.map((word): Token => {
    const [, name, value] = /^([a-z]+):(.*)$/.exec(word) ?? [];
    const plain = (value ?? word).replace(/^"|"$/g, "");
    if (name === "score") return { name, value: plain };
    return NAMES.some((each) => each === name)
      ? { name: name as Name, value: plain }
      : { name: "id", value: word.replace(/^"|"$/g, "") };
  });
}

/** The parameters that more tokens make of those that are there. */
export function added(
  params: URLSearchParams,
  tokens: readonly Token[],
): Record<string, string | string[] | null> {
  const changed: Record<string, string | string[] | null> = {};
  for (const { name, value } of tokens) {
    if (name === "score") {
      const [low, high] = value.split(/[–-]/).map((each) => each.trim());
      changed["score_min"] = low || null;
      changed["score_max"] = high || null;
    } else if (name === "id") {
      changed["id"] = value; // an id begins in one way only
    } else {
      const known = [changed[name] ?? params.getAll(name)].flat();
      changed[name] = [...new Set([...known, value])];
    }
  }
  return changed;
}

export function removed(
  params: URLSearchParams,
  { name, value }: Token,
): Record<string, string | string[] | null> {
  if (name === "score") return { score_min: null, score_max: null };
  return { [name]: params.getAll(name).filter((each) => each !== value) };
}

/** The question to the API; a window is resolved now, so that its pages fit together. */
export function questionOf(params: URLSearchParams, now: Date): Query {
  const [from, to] = [params.get("from"), params.get("to")];
  const asked: Query = { from: from ?? since(params.get("window") ?? "15m", now), to };
  for (const name of NAMES) asked[name] = params.getAll(name);
  return {
    ...asked,
    id: params.get("id"),
    score_min: params.get("score_min"),
    score_max: params.get("score_max"),
  };
}

function since(window: string, now: Date): string {
  const [, size, unit] = /^(\d+)([smhd])$/.exec(window) ?? [];
  const seconds = Number(size ?? 15) * (SECONDS[unit ?? "m"] ?? 60);
  return new Date(now.getTime() - seconds * 1000).toISOString();
}
