import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { contentPath, deployment } from "../../api/queries";
import type { Deployment, PredictedAsset } from "../../api/types";
import { Overlay } from "../../drawing/Overlay";
import { Picture } from "../../drawing/Picture";
import { Stage } from "../../drawing/Stage";
import type { StageControls } from "../../drawing/Stage";
import { figuresOf, inWords } from "../../drawing/figures";
import type { Shape } from "../../drawing/geometry";
import { useKeys } from "../../keys/keys";
import { Button } from "../../parts/Button";
import { Name } from "../../parts/Name";
import { Ghost } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { Trouble } from "../../parts/Trouble";
import { deploymentPath, useAddress } from "../../state/address";
import { shadowsOf } from "../../state/slots";
import { say } from "../../state/toasts";
import { Decision } from "./Decision";
import { Editor } from "./Editor";
import {
  add,
  after,
  answer,
  back,
  begin,
  focusOpen,
  labelKeys,
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
import { Sender, letterOf } from "./outbox";
import { EMPTY, ORDERS, advanced, progressOptions, queueOptions, refilled, returned, skipped } from "./queue";
import type { Hand, Order } from "./queue";

const sender = new Sender(localStorage);
const LOW = 6;

export default function ReviewScreen({ id }: { id: string }) {
  const shown = useQuery(deployment(id));
  if (shown.data) return <Review key={id} id={id} of={shown.data} />;
  return (
    <div className="page">
      {shown.error ? (
        <Trouble error={shown.error} again={() => void shown.refetch()} />
      ) : (
        <Ghost lines={10} />
      )}
    </div>
  );
}

function Review({ id, of }: { id: string; of: Deployment }) {
  const { params, change } = useAddress();
  const order = ORDERS.find((each) => each === params.get("queue")) ?? "contested";
  const slot = shadowsOf(Object.keys(of.slots))[0] ?? "shadow";
  const queue = useQuery(queueOptions(id, order, slot));
  const [hand, setHand] = useState<Hand>(EMPTY);
  const current = hand.next[0];

  // What the queue brings goes behind what is in hand; another queue begins anew.
  const [from, setFrom] = useState({ order, items: queue.data?.items });
  if (from.order !== order || from.items !== queue.data?.items) {
    setFrom({ order, items: queue.data?.items });
    setHand(refilled(from.order === order ? hand : EMPTY, queue.data?.items ?? []));
  }
  const { refetch } = queue;
  useEffect(() => {
    if (hand.next.length < LOW && hand.met.size) void refetch();
  }, [hand, refetch]);

  return (
    <div className="page">
      <div className="sub-header">
        <h1>
          Review <Name>{id}</Name>
        </h1>
        <Segments
          label="Queue"
          options={ORDERS}
          value={order}
          onChange={(next: Order) => change({ queue: next === "contested" ? null : next })}
        />
        {order === "random" && (
          <span className="secondary">The only queue from which AP is free of choice.</span>
        )}
        <span className="spread" />
        <Progress id={id} />
        <Waiting />
      </div>
      {current ? (
        <One
          key={`${current.image.partition}-${current.image.offset}`}
          id={id}
          of={of}
          slot={slot}
          asset={current}
          hand={hand}
          order={order}
          onHand={setHand}
        />
      ) : queue.error ? (
        <Trouble error={queue.error} again={() => void queue.refetch()} />
      ) : queue.isPending ? (
        <Ghost lines={10} />
      ) : (
        <NothingLeft id={id} order={order} onRandom={() => change({ queue: "random" })} />
      )}
    </div>
  );
}

interface OneProps {
  id: string;
  of: Deployment;
  slot: string;
  asset: PredictedAsset;
  hand: Hand;
  order: Order;
  onHand: (hand: Hand) => void;
}

function One({ id, of, slot, asset, hand, order, onHand }: OneProps) {
  const [history, setHistory] = useState<History<Draft>>(() => started(begin(asset, slot, "agreed")));
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
    if (question) stage.current?.reveal(question.bounds);
  }, [question]);
  usePreloaded(id, hand.next.slice(1, 3));

  const put = (next: Draft) => setHistory((was) => after(was, next));
  const give = (given: Answer) => put(answer(draft, given, asset, slot));
  const restart = (beginning: Beginning) => {
    if (draft.edited) {
      say(`Draft replaced by ${beginning === "empty" ? "nothing" : `the ${beginning} shapes`}.`, {
        action: { label: "Undo (Z)", act: () => setHistory(undo) },
      });
    }
    put(begin(asset, slot, beginning));
  };
  const labelled = (name: string) => {
    setLabel(name);
    if (draft.selected !== null) put(relabel(draft, draft.selected, name));
    else if (question) give({ taken: "label", label: name });
  };
  const save = () => {
    const open = undecided(draft);
    if (open) {
      put(focusOpen(draft));
      say(`${open} ${open === 1 ? "shape is" : "shapes are"} undecided.`);
      return;
    }
    const seconds = Math.round(performance.now() - began.current) / 1000;
    sender.post(letterOf(id, asset, { ...reviewOf(draft), queue: order, seconds }, null));
    onHand(advanced(hand));
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
    ...arrow("ArrowUp", 0, -1, () => put(back(draft))),
    ...Object.fromEntries([...keys].map(([name, key]) => [key, () => labelled(name)])),
    c: () => restart("champion"),
    s: () => restart("shadow"),
    a: () => restart("agreed"),
    e: () => restart("empty"),
    r: () => setDrawing("rectangle"),
    Delete: () => selected !== null && put(remove(draft, selected)),
    Backspace: () => selected !== null && put(remove(draft, selected)),
    Escape: () => (drawing ? setDrawing(null) : put({ ...draft, selected: null })),
    z: () => (history.past.length ? setHistory(undo(history)) : onHand(returned(hand))),
    "Shift+Z": () => setHistory(redo(history)),
    j: () => onHand(skipped(hand)),
    k: () => onHand(returned(hand)),
    n: () => put(focusOpen(draft)),
    Space: save,
    h: (event) => {
      if (event.repeat) return;
      setHidden(true);
      window.addEventListener("keyup", () => setHidden(false), { once: true });
    },
  });

  return (
    <div className="review">
      <QueueStrip id={id} hand={hand} />
      <Stage deployment={id} asset={asset} label={inWords(asset, slot)} hidden={hidden} controls={stage}>
        {(scale) => (
          <>
            <Overlay
              figures={figures}
              {...picture}
              scale={scale}
              draw="both"
              chips="contested"
              hovered={
                new Set(
                  question ? [`champion-${question.champion ?? ""}`, `shadow-${question.shadow ?? ""}`] : [],
                )
              }
            />
            <Editor
              draft={draft}
              {...picture}
              scale={scale}
              drawing={drawing}
              label={label}
              onChange={put}
              onSelect={(next) => put({ ...draft, selected: next })}
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
        onSelect={(which) => put({ ...draft, selected: which })}
        onSave={save}
        onSkip={() => onHand(skipped(hand))}
      />
    </div>
  );
}

function QueueStrip({ id, hand }: { id: string; hand: Hand }) {
  const done = hand.done.slice(-3);
  return (
    <nav className="queue" aria-label="Queue">
      {[...done, ...hand.next.slice(0, 6)].map((asset, place) => (
        <div
          key={`${asset.image.partition}-${asset.image.offset}`}
          className={place < done.length ? "done" : ""}
          aria-current={place === done.length ? "true" : undefined}
        >
          <Picture deployment={id} asset={asset} size="thumb" />
          <Name>{asset.image_id}</Name>
        </div>
      ))}
    </nav>
  );
}

function Progress({ id }: { id: string }) {
  const { data } = useQuery(progressOptions(id));
  if (!data) return null;
  return (
    <span className="badge person" role="status">
      {data.reviewed}
      {data.goal ? ` / ${data.goal}` : ""} reviewed
    </span>
  );
}

function Waiting() {
  const outbox = useSyncExternalStore(sender.subscribe, sender.read);
  useEffect(() => {
    void sender.run();
    const leaving = (event: BeforeUnloadEvent) => {
      if (sender.read().waiting) event.preventDefault();
    };
    window.addEventListener("beforeunload", leaving);
    return () => window.removeEventListener("beforeunload", leaving);
  }, []);
  if (outbox.waiting < 2 && !outbox.trouble) return null;
  return (
    <span className="badge warn" role="status">
      {outbox.waiting} reviews waiting to be sent{outbox.trouble ? `: ${outbox.trouble}` : ""}
    </span>
  );
}

function NothingLeft({ id, order, onRandom }: { id: string; order: Order; onRandom: () => void }) {
  const [, go] = useLocation();
  return (
    <div className="empty">
      <strong>Nothing left to review</strong>
      <p>Every image of this queue is reviewed.</p>
      <div className="row">
        {order !== "random" && <Button onClick={onRandom}>Draw more at random</Button>}
        <Button onClick={() => go(deploymentPath(id))}>Back to the overview</Button>
      </div>
    </div>
  );
}

/** The next pictures are decoded before they are shown. */
function usePreloaded(id: string, assets: readonly PredictedAsset[]): void {
  const paths = assets.map((asset) => contentPath(id, asset, "full")).join("\n");
  useEffect(() => {
    for (const path of paths.split("\n").filter(Boolean)) {
      const image = new Image();
      image.src = path;
      void image.decode().catch(() => undefined);
    }
  }, [paths]);
}

function frequency(labels: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const label of labels) found.set(label, (found.get(label) ?? 0) + 1);
  return found;
}
