// Reviews on their way to the API: sent one after another behind the reviewer's back, kept until it has them.

import { Problem, ask, v1 } from "../../api/client";
import type { PredictedAsset, Review } from "../../api/types";

export interface Letter {
  deployment: string;
  imageId: string;
  at: string;
  body: unknown;
  /** ETag of the review it began from; null: there was none. What this tab saved since then counts instead. */
  etag: string | null;
  /** Pixels, to show it beside another one. */
  width: number | null;
  height: number | null;
}

export interface Outbox {
  waiting: number;
  trouble: string | null;
  /** Somebody else saved the same image meanwhile; nothing is sent until it is settled. */
  conflict: Letter | null;
}

/** Where waiting letters are kept as text. */
export interface Kept {
  getItem: () => string | null;
  setItem: (text: string) => void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Sends in order; what cannot be sent now waits and is tried again, also after the page was left. */
export class Sender {
  private letters: Letter[];
  private conflict: Letter | null = null;
  private readonly etags = new Map<string, string | null>();
  private trouble: string | null = null;
  private waitMs = FIRST_WAIT_MS;
  private busy = false;
  private snapshot: Outbox = { waiting: 0, trouble: null, conflict: null };
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly storage: Kept,
    private readonly put: (letter: Letter, etag: string | null) => Promise<string | null> = sent,
    private readonly wait: (ms: number) => Promise<void> = (ms) =>
      new Promise((done) => setTimeout(done, ms)),
  ) {
    this.letters = lettersOf(storage.getItem());
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

  /** Send what another tab left behind. */
  adopt(letters: readonly Letter[]): void {
    this.letters = [...this.letters, ...letters];
    this.tell();
    void this.run();
  }

  /** What becomes of a conflict: ours is dropped, or this body is sent as a correction of theirs. */
  settle(body: unknown, etag: string | null): void {
    const letter = this.conflict;
    this.conflict = null;
    if (letter) this.etags.set(placeOf(letter), etag);
    if (letter && body !== null) this.letters = [{ ...letter, body, etag }, ...this.letters];
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
      const place = placeOf(letter);
      this.etags.set(place, await this.put(letter, this.etags.get(place) ?? letter.etag));
      this.done(letter);
      this.trouble = null;
      this.waitMs = FIRST_WAIT_MS;
    } catch (err) {
      if (err instanceof Problem && err.details.status === 412) {
        this.done(letter);
        this.conflict = letter;
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
      this.storage.setItem(JSON.stringify(this.letters));
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
  const { width, height } = asset.image;
  return {
    deployment,
    imageId: asset.image_id,
    at: `${partition}-${offset}`,
    body,
    etag,
    width: width ?? null,
    height: height ?? null,
  };
}

export function reviewPath({ deployment, imageId, at }: Letter): string {
  return v1(["deployments", deployment, "images", imageId, "review"], { at });
}

async function sent(letter: Letter, etag: string | null): Promise<string | null> {
  const headers: Record<string, string> = etag ? { "If-Match": etag } : { "If-None-Match": "*" };
  return (await ask<Review>(reviewPath(letter), { method: "PUT", json: letter.body, headers })).etag;
}

function placeOf(letter: Letter): string {
  return `${letter.deployment}/${letter.imageId}/${letter.at}`;
}

function same(a: Letter, b: Letter): boolean {
  return placeOf(a) === placeOf(b);
}

/** Letters out of text; none out of nonsense. */
export function lettersOf(text: string | null): Letter[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? (found as Letter[]) : [];
  } catch {
    return [];
  }
}
