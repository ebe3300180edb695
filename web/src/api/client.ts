// Requests to the API that serves this page, and its errors as problems (RFC 9457).

export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
  remedy: string | null;
  request_id: string;
}

/** The API answered, and said no. */
export class Problem extends Error {
  constructor(
    readonly details: ProblemDetails,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(details.detail);
  }

  get slug(): string {
    return this.details.type.replace("urn:umbra:", "");
  }
}

/** Nobody answered. */
export class Unreachable extends Error {
  constructor() {
    super("The API does not answer.");
  }
}

export interface Answer<T> {
  body: T;
  etag: string | null;
}

export interface Asked {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  json?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Ask, with the answer's ETag.
 *  @throws Problem, Unreachable */
export async function ask<T>(path: string, asked: Asked = {}): Promise<Answer<T>> {
  const response = await answered(path, asked);
  if (!response.ok) throw await problemOf(response);
  return { body: (await response.json()) as T, etag: response.headers.get("ETag") };
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask<T>(path, { signal })).body;
}

/** The bytes of a picture.
 *  @throws Problem, Unreachable */
export async function picture(path: string, signal: AbortSignal): Promise<Blob> {
  const response = await answered(path, { signal });
  if (!response.ok) throw await problemOf(response);
  return response.blob();
}

/** A path under /v1, each part percent-encoded whole: an image id may contain a slash. */
export function v1(parts: (string | number)[], query: Query = {}): string {
  const path = ["/v1", ...parts.map((part) => encodeURIComponent(part).replaceAll("%40", "@"))].join("/");
  const params = queryOf(query);
  return params ? `${path}?${params}` : path;
}

export type Query = Record<string, string | number | boolean | null | undefined | (string | number)[]>;

export function queryOf(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each != null && each !== "") params.append(name, String(each));
    }
  }
  return params.toString();
}

async function answered(path: string, { json, form, method, headers, signal }: Asked): Promise<Response> {
  const own: Record<string, string> = { ...tokenHeader(), ...headers };
  if (json !== undefined) own["Content-Type"] = "application/json";
  const body = form ?? (json === undefined ? null : JSON.stringify(json));
  try {
    return await fetch(path, { method: method ?? "GET", headers: own, body, signal: signal ?? null });
  } catch (err) {
    if (err instanceof DOMException && err.name === "AbortError") throw err;
    throw new Unreachable();
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const retry = Number(response.headers.get("Retry-After"));
  const details = await said(response);
  return new Problem(
    {
      type: details.type ?? "about:blank",
      title: details.title ?? "Not an answer of Umbra",
      status: response.status,
      detail: details.detail ?? `${response.status} ${response.statusText}`,
      remedy: details.remedy ?? null,
      request_id: details.request_id ?? "unknown",
    },
    retry > 0 ? retry : null,
  );
}

/** The body, if it is one of ours. */
async function said(response: Response): Promise<Partial<ProblemDetails>> {
  try {
    return (await response.json()) as Partial<ProblemDetails>;
  } catch {
    return {};
  }
}

const TOKEN = "umbra.token";

/** The token somebody entered in this tab; kept for the tab alone. */
export function token(): string | null {
  return sessionStorage.getItem(TOKEN);
}

export function rememberToken(value: string): void {
  sessionStorage.setItem(TOKEN, value);
}

export function tokenHeader(): Record<string, string> {
  const known = token();
  return known ? { Authorization: `Bearer ${known}` } : {};
}
