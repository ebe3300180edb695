// A review being made: what both models agree on, what they contest and who was right, what a person drew; pure.

import type { PredictedAsset } from "../../api/types";
import { boundsOf, iou, relationsOf, shapesOf } from "../../drawing/geometry";
import type { Box, Shape } from "../../drawing/geometry";
import { CHAMPION } from "../../state/slots";

export type Side = "champion" | "shadow";
/** `reviewed`: what was saved before. */
export type Beginning = Side | "agreed" | "empty" | "reviewed";

/** What the models contest: one question, whatever its kind. `whole`: everything that either says of an image
 *  without single objects, its classification or its areas. */
export interface Question {
  kind: "flip" | "only-champion" | "only-shadow" | "whole";
  champion: number | null;
  shadow: number | null;
  /** Where to look; null: at the whole picture. */
  bounds: Box | null;
}

/** An answer as it is stored with the review. */
export interface Decision {
  kind: "flip" | "only-champion" | "only-shadow";
  champion: number | null;
  shadow: number | null;
  taken: Side | "neither" | "label";
}

export type Answer = { taken: Side } | { taken: "neither" } | { taken: "label"; label: string };

export type Origin = "agreed" | Side | "label" | "drawn" | "reviewed";

/** A shape of the draft, with where it comes from. */
export interface Drafted {
  id: number;
  shape: Shape;
  origin: Origin;
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

/** Tasks whose predictions are of the image as a whole. */
const WHOLE = new Set(["classification", "semantic-segmentation"]);

/** The draft from one of its beginnings; questions are asked only of what is agreed on. */
export function begin(
  asset: PredictedAsset,
  slot: string,
  from: Exclude<Beginning, "reviewed">,
  task = "",
): Draft {
  const champion = shapesOf(asset.predictions[CHAMPION]);
  const shadow = shapesOf(asset.predictions[slot]);
  if (from === "empty") return { ...EMPTY, begun: from };
  if (from !== "agreed") return withShapes(from, from === "champion" ? champion : shadow, from);
  if (WHOLE.has(task)) return wholly(champion, shadow);
  const relations = relationsOf(asset.comparison[slot], champion.length, shadow.length);
  const agreed = champion.flatMap((shape, index) => {
    const relation = relations.champion[index];
    const other = relation?.kind === "matched" ? shadow[relation.other] : undefined;
    // Of two boxes for one object the surer one.
    return other ? [(other.score ?? 0) > (shape.score ?? 0) ? other : shape] : [];
  });
  return asking(withShapes("agreed", agreed, "agreed"), questionsOf(champion, shadow, relations));
}

/** The draft from a review that there is. */
export function beginReviewed(shapes: readonly Shape[]): Draft {
  return withShapes("reviewed", shapes, "reviewed");
}

const EMPTY: Draft = {
  begun: "empty",
  shapes: [],
  questions: [],
  answers: [],
  focus: null,
  selected: null,
  next: 0,
  edited: false,
};

function withShapes(begun: Beginning, shapes: readonly Shape[], origin: Origin): Draft {
  const drafted = shapes.map((shape, id) => ({ id, shape, origin, question: null }));
  return { ...EMPTY, begun, shapes: drafted, next: drafted.length };
}

function asking(draft: Draft, questions: readonly Question[]): Draft {
  return { ...draft, questions, answers: questions.map(() => null), focus: questions.length ? 0 : null };
}

/** One question, unless both say the same. */
function wholly(champion: readonly Shape[], shadow: readonly Shape[]): Draft {
  const said = (shapes: readonly Shape[]) =>
    JSON.stringify(shapes.map(({ label, rle }) => [label, rle?.counts ?? null]).sort());
  if (champion.length && said(champion) === said(shadow)) return withShapes("agreed", champion, "agreed");
  const whole: Question = { kind: "whole", champion: null, shadow: null, bounds: null };
  return asking({ ...EMPTY, begun: "agreed" }, [whole]);
}

/** Answer the question in focus; the next open one is focused by itself. */
export function answer(draft: Draft, given: Answer, asset: PredictedAsset, slot: string): Draft {
  const number = draft.focus;
  const question = number === null ? undefined : draft.questions[number];
  if (number === null || !question) return draft;
  const kept = draft.shapes.filter((each) => each.question !== number);
  const origin: Origin = given.taken === "neither" ? "drawn" : given.taken;
  const shapes = answered(question, given, asset, slot).map((shape, place) => ({
    id: draft.next + place,
    shape,
    origin,
    question: number,
  }));
  const answers = draft.answers.map((before, place) => (place === number ? given : before));
  return {
    ...draft,
    shapes: [...kept, ...shapes],
    answers,
    next: draft.next + shapes.length,
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
  const shapes = [...draft.shapes, { id: draft.next, shape, origin: "drawn" as const, question: null }];
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

export interface ReviewToSend {
  shapes: Omit<Shape, "score">[];
  based_on: string | null;
  decisions: Decision[];
}

/** What is sent: labels and places without scores, where it began, and who was right where both differed. */
export function reviewOf(draft: Draft, slot: string): ReviewToSend {
  const shapes = draft.shapes.map(({ shape }) => {
    const { type, label, box, points, rle } = shape;
    return { type, label, ...(box ? { box } : {}), ...(points ? { points } : {}), ...(rle ? { rle } : {}) };
  });
  const begun = draft.begun === "shadow" ? slot : draft.begun === "reviewed" ? null : draft.begun;
  return { shapes, based_on: begun, decisions: decisionsOf(draft) };
}

function decisionsOf(draft: Draft): Decision[] {
  return draft.questions.flatMap(({ kind, champion, shadow }, number) => {
    const given = draft.answers[number];
    return given ? [{ kind: kind === "whole" ? "flip" : kind, champion, shadow, taken: given.taken }] : [];
  });
}

/** Whether two reviews say the same. */
export function sameShapes(a: readonly Omit<Shape, "score">[], b: readonly Omit<Shape, "score">[]): boolean {
  const written = (shapes: readonly Omit<Shape, "score">[]) =>
    shapes.map(({ type, label, box, points, rle }) => JSON.stringify([type, label, box, points, rle])).sort();
  return JSON.stringify(written(a)) === JSON.stringify(written(b));
}

/** Of two reviews all that either has; where they lie on each other, mine. */
export function merged(
  theirs: readonly Omit<Shape, "score">[],
  mine: readonly Omit<Shape, "score">[],
): Omit<Shape, "score">[] {
  const places = mine.map(boundsOf);
  const alone = theirs.filter((shape) => {
    const place = boundsOf(shape);
    return place !== null && places.every((other) => other === null || iou(place, other) < SAME_OBJECT);
  });
  return [...mine, ...alone];
}

const SAME_OBJECT = 0.5;

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

/** Something else is focused or selected: nothing that could be undone. */
export function looked<T>(history: History<T>, present: T): History<T> {
  return { ...history, present };
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

/** The shapes that an answer leaves. */
function answered(question: Question, given: Answer, asset: PredictedAsset, slot: string): Shape[] {
  const side = (which: Side): Shape[] => {
    const all = shapesOf(asset.predictions[which === "champion" ? CHAMPION : slot]);
    const index = question[which];
    return question.kind === "whole" ? all : index === null ? [] : all.slice(index, index + 1);
  };
  if (given.taken === "neither") return [];
  if (given.taken !== "label") return side(given.taken);
  const [surer] = [...side("champion"), ...side("shadow")].sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  return surer ? [{ ...surer, label: given.label }] : [{ type: "classification", label: given.label }];
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
