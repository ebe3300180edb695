// A review being made: what both models agree on, what they contest and who was right, what a person drew; pure.

import type { PredictedAsset } from "../../api/types";
import { boundsOf, relationsOf, shapesOf } from "../../drawing/geometry";
import type { Box, Shape } from "../../drawing/geometry";
import { CHAMPION } from "../../state/slots";

export type Side = "champion" | "shadow";
export type Beginning = Side | "agreed" | "empty";

/** What the models contest: one question, whatever its kind. */
export interface Question {
  kind: "flip" | "only-champion" | "only-shadow";
  champion: number | null;
  shadow: number | null;
  /** Where to look. */
  bounds: Box;
}

export type Answer = { taken: Side } | { taken: "neither" } | { taken: "label"; label: string };

/** A shape of the draft, with where it comes from. */
export interface Drafted {
  id: number;
  shape: Shape;
  /** The question that it answers; null: agreed on, started from, or drawn. */
  question: number | null;
}

export interface Draft {
  begun: Beginning;
  shapes: readonly Drafted[];
  questions: readonly Question[];
  answers: readonly (Answer | null)[];
  /** The question in focus; null: all are answered, or the draft did not begin from what is agreed. */
  focus: number | null;
  selected: number | null;
  next: number;
  /** Whether a person changed more than answering questions. */
  edited: boolean;
}

/** The draft from one of its beginnings; questions are asked only of what is agreed on. */
export function begin(asset: PredictedAsset, slot: string, from: Beginning): Draft {
  const champion = shapesOf(asset.predictions[CHAMPION]);
  const shadow = shapesOf(asset.predictions[slot]);
  const relations = relationsOf(asset.comparison[slot], champion.length, shadow.length);
  const empty = { begun: from, questions: [], answers: [], focus: null, selected: null, edited: false };
  if (from === "empty") return { ...empty, shapes: [], next: 0 };
  if (from !== "agreed") {
    const shapes = drafted(from === "champion" ? champion : shadow);
    return { ...empty, shapes, next: shapes.length };
  }
  const agreed = champion.flatMap((shape, index) => {
    const relation = relations.champion[index];
    const other = relation?.kind === "matched" ? shadow[relation.other] : undefined;
    // Of two boxes for one object the surer one.
    return other ? [(other.score ?? 0) > (shape.score ?? 0) ? other : shape] : [];
  });
  const shapes = drafted(agreed);
  const questions = questionsOf(champion, shadow, relations);
  return {
    ...empty,
    shapes,
    questions,
    answers: questions.map(() => null),
    focus: questions.length ? 0 : null,
    next: shapes.length,
  };
}

/** Answer the question in focus; the next open one is focused by itself. */
export function answer(draft: Draft, given: Answer, asset: PredictedAsset, slot: string): Draft {
  const number = draft.focus;
  const question = number === null ? undefined : draft.questions[number];
  if (number === null || !question) return draft;
  const kept = draft.shapes.filter((each) => each.question !== number);
  const shape = answered(question, given, asset, slot);
  const shapes = shape ? [...kept, { id: draft.next, shape, question: number }] : kept;
  const answers = draft.answers.map((before, place) => (place === number ? given : before));
  return {
    ...draft,
    shapes,
    answers,
    next: draft.next + 1,
    focus: nextOpen(answers, number),
    selected: null,
  };
}

/** Back to the question before the one in focus, answered or not. */
export function back(draft: Draft): Draft {
  if (!draft.questions.length) return draft;
  const from = draft.focus ?? draft.questions.length;
  return { ...draft, focus: Math.max(0, from - 1), selected: null };
}

export function undecided(draft: Draft): number {
  return draft.answers.filter((each) => each === null).length;
}

/** The first question that is still open, focused. */
export function focusOpen(draft: Draft): Draft {
  return { ...draft, focus: nextOpen(draft.answers, -1) };
}

export function add(draft: Draft, shape: Shape): Draft {
  const shapes = [...draft.shapes, { id: draft.next, shape, question: null }];
  return { ...draft, shapes, selected: draft.next, next: draft.next + 1, edited: true };
}

export function remove(draft: Draft, id: number): Draft {
  return { ...draft, shapes: draft.shapes.filter((each) => each.id !== id), selected: null, edited: true };
}

export function relabel(draft: Draft, id: number, label: string): Draft {
  return reshaped(draft, id, (shape) => ({ ...shape, label }));
}

/** Move a shape, or change its size, within the picture. */
export function nudge(
  draft: Draft,
  id: number,
  by: { dx?: number; dy?: number; dw?: number; dh?: number },
  picture: { width: number; height: number },
): Draft {
  return reshaped(draft, id, (shape) => {
    const [dx, dy] = [by.dx ?? 0, by.dy ?? 0];
    if (shape.points) {
      return {
        ...shape,
        points: shape.points.map(
          ([x, y]) => [within(x + dx, picture.width), within(y + dy, picture.height)] as const,
        ),
      };
    }
    if (!shape.box) return shape;
    const [x, y, width, height] = shape.box;
    const [w, h] = [Math.max(1, width + (by.dw ?? 0)), Math.max(1, height + (by.dh ?? 0))];
    return {
      ...shape,
      box: [
        within(x + dx, picture.width - w),
        within(y + dy, picture.height - h),
        Math.min(w, picture.width),
        Math.min(h, picture.height),
      ],
    };
  });
}

export function place(draft: Draft, id: number, box: Shape["box"]): Draft {
  return reshaped(draft, id, (shape) => ({ ...shape, ...(box ? { box } : {}) }));
}

/** What is sent: labels and places, without scores. */
export function reviewOf(draft: Draft): { shapes: Omit<Shape, "score">[]; based_on: Beginning | "shadow" } {
  const shapes = draft.shapes.map(({ shape }) => {
    const { type, label, box, points, rle } = shape;
    return { type, label, ...(box ? { box } : {}), ...(points ? { points } : {}), ...(rle ? { rle } : {}) };
  });
  return { shapes, based_on: draft.begun };
}

/** Everything back and forth within one image, without an end. */
export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
}

export function started<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

export function after<T>(history: History<T>, present: T): History<T> {
  return present === history.present
    ? history
    : { past: [...history.past, history.present], present, future: [] };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future] };
}

export function redo<T>(history: History<T>): History<T> {
  const [following, ...future] = history.future;
  return following === undefined
    ? history
    : { past: [...history.past, history.present], present: following, future };
}

/** Label → its key: a one-digit label is its own; else the ten most frequent ones have 1 … 0. */
export function labelKeys(
  labels: readonly string[],
  frequency: ReadonlyMap<string, number>,
): Map<string, string> {
  if (labels.length && labels.every((label) => /^\d$/.test(label)))
    return new Map(labels.map((label) => [label, label]));
  const byUse = [...labels].sort((a, b) => (frequency.get(b) ?? 0) - (frequency.get(a) ?? 0));
  return new Map(byUse.slice(0, 10).map((label, place) => [label, String((place + 1) % 10)]));
}

function drafted(shapes: readonly Shape[]): Drafted[] {
  return shapes.map((shape, id) => ({ id, shape, question: null }));
}

function questionsOf(
  champion: Shape[],
  shadow: Shape[],
  relations: ReturnType<typeof relationsOf>,
): Question[] {
  const ofChampion = champion.flatMap((shape, index): Question[] => {
    const relation = relations.champion[index];
    const bounds = boundsOf(shape);
    if (!bounds || relation?.kind === "matched") return [];
    return relation?.kind === "flipped"
      ? [{ kind: "flip", champion: index, shadow: relation.other, bounds }]
      : [{ kind: "only-champion", champion: index, shadow: null, bounds }];
  });
  const ofShadow = shadow.flatMap((shape, index): Question[] => {
    const bounds = boundsOf(shape);
    return bounds && relations.shadow[index]?.kind === "only"
      ? [{ kind: "only-shadow", champion: null, shadow: index, bounds }]
      : [];
  });
  return [...ofChampion, ...ofShadow];
}

/** The shape that an answer leaves; null: none is there. */
function answered(question: Question, given: Answer, asset: PredictedAsset, slot: string): Shape | null {
  const side = (which: Side): Shape | null => {
    const index = question[which];
    return index === null
      ? null
      : (shapesOf(asset.predictions[which === "champion" ? CHAMPION : slot])[index] ?? null);
  };
  if (given.taken === "neither") return null;
  if (given.taken !== "label") return side(given.taken);
  const surer = [side("champion"), side("shadow")]
    .filter((shape) => shape !== null)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))[0];
  return surer ? { ...surer, label: given.label } : null;
}

function nextOpen(answers: readonly (Answer | null)[], after: number): number | null {
  const order = answers.map((_, step) => (after + 1 + step) % answers.length);
  return order.find((number) => answers[number] === null) ?? null;
}

function reshaped(draft: Draft, id: number, how: (shape: Shape) => Shape): Draft {
  const shapes = draft.shapes.map((each) => (each.id === id ? { ...each, shape: how(each.shape) } : each));
  return { ...draft, shapes, edited: true };
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, 0), Math.max(0, most));
}
