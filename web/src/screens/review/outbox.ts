// Reviews on their way to the API: sent one after another behind the reviewer's back, kept until it has them.

import { Problem, ask, v1 } from "../../api/client";
import type { PredictedAsset, Review } from "../../api/types";

export interface Letter {
  deployment: string;
  imageId: string;
  at: string;
  body: unknown;
  /** ETag of the review it began from; null: there was none. */
  etag: string | null;
}

export interface Conflict {
  letter: Letter;
  theirs: Review | null;
}

export interface Outbox {
  waiting: number;
  trouble: string | null;
  conflict: Conflict | null;
}

type Storage = Pick<globalThis.Storage, "getItem" | "setItem">;

const KEY = "umbra.outbox";
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Sends in order; what cannot be sent now waits and is tried again, also after the page was left. */
export class Sender {
  private letters: Letter[];
  private conflict: Conflict | null = null;
  private trouble: string | null = null;
  private waitMs = FIRST_WAIT_MS;
  private busy = false;
  private snapshot: Outbox = { waiting: 0, trouble: null, conflict: null };
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly storage: Storage,
    private readonly put: (letter: Letter) => Promise<unknown> = sent,
    private readonly wait: (ms: number) => Promise<void> = (ms) =>
      new Promise((done) => setTimeout(done, ms)),
  ) {
    this.letters = kept(storage);
    this.tell();
  }

  /** A review of the same image that still waits is replaced: the newest counts. */
  post(letter: Letter): void {
    const [first, ...rest] = this.letters;
    const others = rest.filter((each) => !same(each, letter));
    const onItsWay = first && (this.busy || !same(first, letter)) ? [first] : [];
    this.letters = [...onItsWay, ...others, letter];
    this.tell();
    void this.run();
  }

  /** What becomes of a conflict: ours is dropped, or sent as a correction of theirs. */
  settle(mine: boolean, etag: string | null): void {
    const letter = this.conflict?.letter;
    this.conflict = null;
    if (letter && mine) this.letters = [{ ...letter, etag }, ...this.letters];
    this.tell();
    void this.run();
  }

  async run(): Promise<void> {
    if (this.busy || this.conflict) return;
    this.busy = true;
    for (let letter = this.next(); letter; letter = this.next()) await this.send(letter);
    this.busy = false;
    this.tell();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  read = (): Outbox => this.snapshot;

  private async send(letter: Letter): Promise<void> {
    try {
      await this.put(letter);
      this.done(letter);
      this.trouble = null;
      this.waitMs = FIRST_WAIT_MS;
    } catch (err) {
      if (err instanceof Problem && err.details.status === 412) {
        this.done(letter);
        this.conflict = { letter, theirs: null };
      } else if (err instanceof Problem && err.details.status < 500 && err.details.status !== 429) {
        // It will never be taken: say so instead of trying for ever.
        this.done(letter);
        this.trouble = `${letter.imageId}: ${err.details.detail}`;
      } else {
        this.trouble = err instanceof Error ? err.message : String(err);
        this.tell();
        await this.wait(this.waitMs);
        this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
      }
    }
    this.tell();
  }

  private next(): Letter | undefined {
    return this.conflict ? undefined : this.letters[0];
  }

  private done(letter: Letter): void {
    this.letters = this.letters.filter((each) => each !== letter);
  }

  private tell(): void {
    try {
      this.storage.setItem(KEY, JSON.stringify(this.letters));
    } catch {
      // full or forbidden: they are sent from memory
    }
    this.snapshot = { waiting: this.letters.length, trouble: this.trouble, conflict: this.conflict };
    this.listeners.forEach((listener) => listener());
  }
}

export function letterOf(
  deployment: string,
  asset: PredictedAsset,
  body: unknown,
  etag: string | null,
): Letter {
  const { partition, offset } = asset.image;
  return { deployment, imageId: asset.image_id, at: `${partition}-${offset}`, body, etag };
}

async function sent(letter: Letter): Promise<unknown> {
  const path = v1(["deployments", letter.deployment, "images", letter.imageId, "review"], { at: letter.at });
  const headers: Record<string, string> = letter.etag
    ? { "If-Match": letter.etag }
    : { "If-None-Match": "*" };
  return ask<Review>(path, { method: "PUT", json: letter.body, headers });
}

function same(a: Letter, b: Letter): boolean {
  return a.deployment === b.deployment && a.imageId === b.imageId && a.at === b.at;
}

function kept(storage: Storage): Letter[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? (found as Letter[]) : [];
  } catch {
    return [];
  }
}
