import { afterEach, expect, it, vi } from "vitest";
import { listen } from "./events";
import type { Heard } from "./events";

afterEach(() => {
  vi.unstubAllGlobals();
});

vi.stubGlobal("sessionStorage", { getItem: () => null });

function streamOf(...chunks: string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  return new Response(body);
}

it("hears events, goes on behind the last id after a loss, and waits longer each time", async () => {
  const heard: Heard[] = [];
  const waits: number[] = [];
  const asked: (string | null)[] = [];
  const answers = [
    () => streamOf("event: revision\nid: 7\nda", 'ta: {"revision":5}\n\n', ": still here\n\n"),
    () => new Response(null, { status: 503 }),
    () => new Response(null, { status: 503 }),
    () => streamOf("event: metrics\nid: 8\ndata: {}\n\n"),
  ];
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", (_: string, { headers }: { headers: Record<string, string> }) => {
    asked.push(headers["Last-Event-ID"] ?? null);
    return Promise.resolve((answers.shift() ?? (() => new Response(null, { status: 503 })))());
  });

  await new Promise<void>((done) => {
    const listener = {
      opened: () => undefined,
      alive: () => undefined,
      heard: (each: Heard) => heard.push(each),
      lost: () => undefined,
    };
    const end = listen("/v1/events", listener, (ms) => {
      waits.push(ms);
      if (waits.length === 5) {
        end();
        done();
      }
      return Promise.resolve();
    });
  });

  expect(heard).toEqual([
    { event: "revision", data: { revision: 5 } },
    { event: "metrics", data: {} },
  ]);
  expect(asked.slice(0, 5)).toEqual([null, "7", "7", "7", "8"]);
  expect(waits).toEqual([1000, 2000, 4000, 1000, 2000]);
});
