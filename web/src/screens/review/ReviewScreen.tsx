import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { contentPath, deployment } from "../../api/queries";
import type { Deployment, PredictedAsset } from "../../api/types";
import { Picture } from "../../drawing/Picture";
import { count } from "../../format/number";
import { Button } from "../../parts/Button";
import { Name } from "../../parts/Name";
import { Ghost } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { Trouble } from "../../parts/Trouble";
import { deploymentPath, useAddress } from "../../state/address";
import { shadowsOf } from "../../state/slots";
import { Conflict } from "./Conflict";
import { One } from "./One";
import type { Draft, History } from "./draft";
import {
  EMPTY,
  ORDERS,
  advanced,
  placeOf,
  progressOptions,
  queueOptions,
  refilled,
  returned,
  skipped,
} from "./queue";
import type { Hand, Order } from "./queue";
import { sender, takeOver } from "./tabs";

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
  // What was drafted of each image, so that going back finds it as it was.
  const drafts = useRef(new Map<string, History<Draft>>());
  const keep = useCallback((place: string, draft: History<Draft>) => drafts.current.set(place, draft), []);
  const recall = useCallback((place: string) => drafts.current.get(place), []);

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
      <Conflict />
      <Preloaded id={id} assets={hand.next.slice(1, 3)} />
      {current ? (
        <One
          key={placeOf(current)}
          id={id}
          of={of}
          slot={slot}
          asset={current}
          order={order}
          recall={recall}
          keep={keep}
          onSaved={() => setHand(advanced)}
          onSkip={() => setHand(skipped)}
          onBack={() => setHand(returned)}
          strip={<QueueStrip id={id} hand={hand} />}
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

function QueueStrip({ id, hand }: { id: string; hand: Hand }) {
  const done = hand.done.slice(-3);
  return (
    <nav className="queue" aria-label="Queue">
      {[...done, ...hand.next.slice(0, 6)].map((asset, place) => (
        <div
          key={placeOf(asset)}
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
      {count(data.reviewed)} / {count(data.goal)} reviewed
    </span>
  );
}

function Waiting() {
  const outbox = useSyncExternalStore(sender.subscribe, sender.read);
  useEffect(() => {
    takeOver();
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
function Preloaded({ id, assets }: { id: string; assets: readonly PredictedAsset[] }) {
  const paths = assets.map((asset) => contentPath(id, asset, "full")).join("\n");
  useEffect(() => {
    for (const path of paths.split("\n").filter(Boolean)) {
      const image = new Image();
      image.src = path;
      void image.decode().catch(() => undefined);
    }
  }, [paths]);
  return null;
}
