import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Problem, ask } from "../../api/client";
import type { Deployment, PredictedAsset, Review } from "../../api/types";
import { Overlay } from "../../drawing/Overlay";
import { Stage } from "../../drawing/Stage";
import type { StageControls } from "../../drawing/Stage";
import { figuresOf, inWords } from "../../drawing/figures";
import type { Shape } from "../../drawing/geometry";
import { useKeys } from "../../keys/keys";
import { Ghost } from "../../parts/Panel";
import { Trouble } from "../../parts/Trouble";
import { say } from "../../state/toasts";
import { Decision } from "./Decision";
import { Editor } from "./Editor";
import {
  add,
  after,
  answer,
  back,
  begin,
  beginReviewed,
  focusOpen,
  labelKeys,
  looked,
  nudge,
  redo,
  relabel,
  remove,
  reviewOf,
  started,
  undecided,
  undo,
} from "./draft";
import type { Answer, Beginning, Draft, History } from "./draft";
import { letterOf, reviewPath } from "./outbox";
import { placeOf } from "./queue";
import type { Order } from "./queue";
import { sender } from "./tabs";

interface Props {
  id: string;
  of: Deployment;
  slot: string;
  asset: PredictedAsset;
  order: Order;
  recall: (place: string) => History<Draft> | undefined;
  keep: (place: string, draft: History<Draft>) => void;
  onSaved: () => void;
  onSkip: () => void;
  onBack: () => void;
  strip: ReactNode;
}

interface Known {
  review: Review | null;
  etag: string | null;
}

/** One image: from what was said of it before, if anything was. */
export function One(props: Props) {
  const { id, asset, of, slot } = props;
  const known = useQuery({
    queryKey: ["review-begun", id, placeOf(asset)],
    queryFn: () => reviewOfImage(id, asset),
    refetchInterval: false as const,
    refetchOnWindowFocus: false,
    placeholderData: () => undefined,
    staleTime: Infinity,
    gcTime: 0,
  });
  if (known.error) return <Trouble error={known.error} again={() => void known.refetch()} />;
  const drafted = props.recall(placeOf(asset));
  if (!drafted && !known.data) return <Ghost lines={10} />;
  const review = known.data?.review;
  const initial =
    drafted ??
    started(
      review ? beginReviewed(review.shapes as unknown as Shape[]) : begin(asset, slot, "agreed", of.task),
    );
  return <Reviewing {...props} initial={initial} etag={known.data?.etag ?? null} />;
}

async function reviewOfImage(id: string, asset: PredictedAsset): Promise<Known> {
  try {
    const { body, etag } = await ask<Review>(reviewPath(letterOf(id, asset, null, null)));
    return { review: body, etag };
  } catch (error) {
    if (error instanceof Problem && error.details.status === 404) return { review: null, etag: null };
    throw error;
  }
}

function Reviewing({
  id,
  of,
  slot,
  asset,
  order,
  keep,
  onSaved,
  onSkip,
  onBack,
  strip,
  initial,
  etag,
}: Props & { initial: History<Draft>; etag: string | null }) {
  const [history, setHistory] = useState(initial);
  const [drawing, setDrawing] = useState<"rectangle" | null>(null);
  const [hidden, setHidden] = useState(false);
  const [label, setLabel] = useState(of.labels[0] ?? "");
  const stage = useRef<StageControls>(null);
  const began = useRef(0);
  const draft = history.present;
  const picture = { width: asset.image.width ?? 640, height: asset.image.height ?? 480 };
  const figures = useMemo(() => figuresOf(asset, slot, "both"), [asset, slot]);
  const keys = useMemo(
    () => labelKeys(of.labels, frequency(figures.map((figure) => figure.shape.label))),
    [of.labels, figures],
  );
  const question = draft.focus === null ? null : (draft.questions[draft.focus] ?? null);

  useEffect(() => {
    began.current = performance.now();
  }, []);
  useEffect(() => {
    keep(placeOf(asset), history);
  }, [keep, asset, history]);
  useEffect(() => {
    if (question?.bounds) stage.current?.reveal(question.bounds);
  }, [question]);

  const put = (next: Draft) => setHistory((was) => after(was, next));
  const look = (next: Draft) => setHistory((was) => looked(was, next));
  const give = (given: Answer) => put(answer(draft, given, asset, slot));
  const restart = (beginning: Exclude<Beginning, "reviewed">) => {
    if (draft.edited) {
      say(`Draft replaced by ${beginning === "empty" ? "nothing" : `the ${beginning} shapes`}.`, {
        action: { label: "Undo (Z)", act: () => setHistory(undo) },
      });
    }
    put(begin(asset, slot, beginning, of.task));
  };
  const labelled = (name: string) => {
    setLabel(name);
    if (draft.selected !== null) put(relabel(draft, draft.selected, name));
    else if (question) give({ taken: "label", label: name });
  };
  const save = () => {
    const open = undecided(draft);
    if (open) {
      look(focusOpen(draft));
      say(`${open} ${open === 1 ? "shape is" : "shapes are"} undecided.`);
      return;
    }
    const seconds = Math.round(performance.now() - began.current) / 1000;
    sender.post(letterOf(id, asset, { ...reviewOf(draft, slot), queue: order, seconds }, etag));
    onSaved();
  };
  const selected = draft.selected;
  const arrows = (dx: number, dy: number, how: "move" | "size") =>
    selected !== null &&
    put(nudge(draft, selected, how === "move" ? { dx, dy } : { dw: dx, dh: dy }, picture));
  const arrow = (name: string, dx: number, dy: number, act: () => void) => ({
    [name]: () => (selected === null ? act() : arrows(dx, dy, "move")),
    [`Shift+${name}`]: () => arrows(dx * 10, dy * 10, "move"),
    [`Alt+${name}`]: () => arrows(dx, dy, "size"),
  });

  useKeys({
    ...arrow("ArrowLeft", -1, 0, () => give({ taken: "champion" })),
    ...arrow("ArrowRight", 1, 0, () => give({ taken: "shadow" })),
    ...arrow("ArrowDown", 0, 1, () => give({ taken: "neither" })),
    ...arrow("ArrowUp", 0, -1, () => look(back(draft))),
    ...Object.fromEntries([...keys].map(([name, key]) => [key, () => labelled(name)])),
    c: () => restart("champion"),
    s: () => restart("shadow"),
    a: () => restart("agreed"),
    e: () => restart("empty"),
    r: () => setDrawing("rectangle"),
    Delete: () => selected !== null && put(remove(draft, selected)),
    Backspace: () => selected !== null && put(remove(draft, selected)),
    Escape: () => (drawing ? setDrawing(null) : look({ ...draft, selected: null })),
    z: () => (history.past.length ? setHistory(undo(history)) : onBack()),
    "Shift+Z": () => setHistory(redo(history)),
    j: onSkip,
    k: onBack,
    n: () => look(focusOpen(draft)),
    Space: save,
    h: (event) => {
      if (event.repeat) return;
      setHidden(true);
      window.addEventListener("keyup", () => setHidden(false), { once: true });
    },
  });
  const asked = question ? [`champion-${question.champion ?? ""}`, `shadow-${question.shadow ?? ""}`] : [];

  return (
    <div className="review">
      {strip}
      <Stage deployment={id} asset={asset} label={inWords(asset, slot)} hidden={hidden} controls={stage}>
        {(scale) => (
          <>
            <Overlay
              figures={figures}
              {...picture}
              scale={scale}
              draw="both"
              chips="contested"
              hovered={new Set(asked)}
            />
            <Editor
              draft={draft}
              {...picture}
              scale={scale}
              drawing={drawing}
              label={label}
              onChange={put}
              onSelect={(next) => look({ ...draft, selected: next })}
              onDrawn={(shape: Shape) => {
                put(add(draft, shape));
                setDrawing(null);
              }}
            />
          </>
        )}
      </Stage>
      <Decision
        asset={asset}
        slot={slot}
        draft={draft}
        question={question}
        labels={of.labels}
        keys={keys}
        onAnswer={give}
        onLabel={labelled}
        onRestart={restart}
        onDraw={() => setDrawing("rectangle")}
        onRemove={(which) => put(remove(draft, which))}
        onSelect={(which) => look({ ...draft, selected: which })}
        onSave={save}
        onSkip={onSkip}
      />
    </div>
  );
}

function frequency(labels: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const label of labels) found.set(label, (found.get(label) ?? 0) + 1);
  return found;
}
