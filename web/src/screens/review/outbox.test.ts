import { expect, it } from "vitest";
import { Problem, Unreachable } from "../../api/client";
import { Sender } from "./outbox";
import type { Letter } from "./outbox";

function storage(text: string | null = null) {
  const kept = { text };
  return {
    kept,
    getItem: () => kept.text,
    setItem: (value: string) => {
      kept.text = value;
    },
  };
}

const letter = (imageId: string, shapes = 0): Letter => ({
  deployment: "digits",
  imageId,
  at: "0-1",
  body: { shapes },
  etag: null,
  width: 128,
  height: 128,
});
const problem = (status: number) =>
  new Problem({ type: "urn:umbra:x", title: "", status, detail: "No.", remedy: null, request_id: "1" });
const settled = () => new Promise((done) => setTimeout(done, 5));

it("sends in order, and keeps nothing that was taken", async () => {
  const [seen, place] = [[] as string[], storage()];
  const sender = new Sender(place, (each) => Promise.resolve(`"${seen.push(each.imageId)}"`));
  for (const id of ["a", "b", "c"]) sender.post(letter(id));
  await settled();
  expect(seen).toEqual(["a", "b", "c"]);
  expect([sender.read().waiting, place.kept.text]).toEqual([0, "[]"]);
});

it("waits for an API that is away, longer each time, and loses nothing", async () => {
  const waits: number[] = [];
  let away = 3;
  const sender = new Sender(
    storage(),
    () => (away-- > 0 ? Promise.reject(new Unreachable()) : Promise.resolve('"1"')),
    (ms) => Promise.resolve(void waits.push(ms)),
  );
  sender.post(letter("a"));
  await settled();
  expect(waits).toEqual([1_000, 2_000, 4_000]);
  expect(sender.read()).toEqual({ waiting: 0, trouble: null, conflict: null });
});

it("sends what was left when the page was closed", async () => {
  const seen: string[] = [];
  const sender = new Sender(storage(JSON.stringify([letter("left")])), (each) =>
    Promise.resolve(`"${seen.push(each.imageId)}"`),
  );
  await sender.run();
  expect(seen).toEqual(["left"]);
  expect(new Sender(storage("nonsense")).read().waiting).toBe(0);
});

it("of one image that still waits sends the newest review alone", async () => {
  const seen: unknown[] = [];
  let open = () => {};
  const first = new Promise<void>((done) => (open = done));
  const sender = new Sender(storage(), async (each) => {
    seen.push(each.body);
    await first;
    return '"1"';
  });
  sender.post(letter("a", 1));
  sender.post(letter("b", 1));
  sender.post(letter("b", 2));
  open();
  await settled();
  expect(seen).toEqual([{ shapes: 1 }, { shapes: 2 }]);
});

it("does not repeat for ever what is refused", async () => {
  const sender = new Sender(storage(), () => Promise.reject(problem(422)));
  sender.post(letter("a"));
  await settled();
  expect(sender.read()).toMatchObject({ waiting: 0, trouble: "a: No." });
});

it("stops at a conflict until somebody says whose review counts", async () => {
  const seen: (string | null)[] = [];
  const sender = new Sender(storage(), (_, etag) => {
    seen.push(etag);
    return seen.length === 1 ? Promise.reject(problem(412)) : Promise.resolve('"3"');
  });
  sender.post(letter("a"));
  sender.post(letter("b"));
  await settled();
  expect(sender.read().conflict?.imageId).toBe("a");
  expect(sender.read().waiting).toBe(1);

  sender.settle({ shapes: 2 }, '"2"');
  await settled();
  expect(seen).toEqual([null, '"2"', null]);
  expect(sender.read()).toMatchObject({ waiting: 0, conflict: null });
});

it("drops its own review of a conflict, and begins from theirs the next time", async () => {
  const seen: (string | null)[] = [];
  const sender = new Sender(storage(), (_, etag) => {
    seen.push(etag);
    return seen.length === 1 ? Promise.reject(problem(412)) : Promise.resolve('"8"');
  });
  sender.post(letter("a"));
  await settled();
  sender.settle(null, '"7"');
  sender.post(letter("a", 1));
  await settled();
  expect(seen).toEqual([null, '"7"']);
});

it("corrects what this tab saved before, whatever the image said when it was read", async () => {
  const seen: (string | null)[] = [];
  const sender = new Sender(storage(), (_, etag) => {
    seen.push(etag);
    return Promise.resolve(`"${seen.length}"`);
  });
  for (const shapes of [1, 2]) {
    sender.post(letter("a", shapes));
    await settled();
  }
  expect(seen).toEqual([null, '"1"']);
});

it("takes over what closed tabs left, once", async () => {
  const seen: string[] = [];
  const sender = new Sender(storage(), (each) => Promise.resolve(`"${seen.push(each.imageId)}"`));
  sender.adopt([letter("left"), letter("too")]);
  await settled();
  expect(seen).toEqual(["left", "too"]);
});
