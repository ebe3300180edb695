// The API's event stream: read with fetch, which can carry a token; taken up again where it was lost.

import { createParser } from "eventsource-parser";
import { tokenHeader } from "./client";

export interface Heard {
  event: string;
  data: unknown;
}

export interface Listener {
  /** The stream is open; what happened before may have been missed. */
  opened: () => void;
  /** Something came, be it a comment that only says that the API lives. */
  alive: () => void;
  heard: (heard: Heard) => void;
  lost: () => void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Listen until the returned function is called. */
export function listen(path: string, listener: Listener, wait = sleep): () => void {
  const ending = new AbortController();
  void keepListening(path, listener, ending.signal, wait);
  return () => ending.abort();
}

async function keepListening(
  path: string,
  listener: Listener,
  signal: AbortSignal,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  let lastId: string | null = null;
  const ended = () => signal.aborted;
  while (!ended()) {
    try {
      await read(path, lastId, signal, {
        ...listener,
        opened: () => {
          waitMs = FIRST_WAIT_MS;
          listener.opened();
        },
        id: (id) => (lastId = id),
      });
    } catch {
      // Lost or refused: the same to whoever looks at the page, and tried again.
    }
    if (ended()) return;
    listener.lost();
    await wait(waitMs, signal);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function read(
  path: string,
  lastId: string | null,
  signal: AbortSignal,
  listener: Listener & { id: (id: string) => void },
): Promise<void> {
  const headers = {
    Accept: "text/event-stream",
    ...tokenHeader(),
    ...(lastId === null ? {} : { "Last-Event-ID": lastId }),
  };
  const response = await fetch(path, { headers, signal, cache: "no-store" });
  if (!response.ok || !response.body) throw new Error(String(response.status));
  listener.opened();
  const parser = createParser({
    onEvent: ({ event, data, id }) => {
      if (id !== undefined) listener.id(id);
      listener.heard({ event: event ?? "message", data: parsed(data) });
    },
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    listener.alive();
    parser.feed(value);
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });
}
