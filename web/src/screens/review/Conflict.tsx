import { useQuery } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { ask } from "../../api/client";
import type { Answer } from "../../api/client";
import type { Review } from "../../api/types";
import type { Shape } from "../../drawing/geometry";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Ghost } from "../../parts/Panel";
import { Ago } from "../../parts/Time";
import { Trouble } from "../../parts/Trouble";
import { merged, sameShapes } from "./draft";
import type { ReviewToSend } from "./draft";
import { reviewPath } from "./outbox";
import type { Letter } from "./outbox";
import { sender } from "./tabs";

/** Somebody else saved the same image: whose review counts? */
export function Conflict() {
  const { conflict } = useSyncExternalStore(sender.subscribe, sender.read);
  return (
    <Dialog
      open={conflict !== null}
      // What is not decided stays open: nothing that was drafted is thrown away by a key.
      onClose={() => undefined}
      title="Two reviews of one image"
    >
      {conflict && <Content letter={conflict} />}
    </Dialog>
  );
}

function Content({ letter }: { letter: Letter }) {
  const theirs = useQuery({
    queryKey: ["review-theirs", letter.deployment, letter.imageId, letter.at],
    queryFn: () => ask<Review>(reviewPath(letter)),
    gcTime: 0,
    staleTime: 0,
    placeholderData: () => undefined,
  });
  const mine = letter.body as ReviewToSend;
  const found = theirs.data;
  const same = found !== undefined && sameShapes(shapesOf(found), mine.shapes);
  useEffect(() => {
    if (same) sender.settle(null, found.etag);
  }, [same, found]);
  if (theirs.error) return <Trouble error={theirs.error} again={() => void theirs.refetch()} />;
  if (!found || same) return <Ghost lines={3} />;
  const said = shapesOf(found);
  const both = merged(said, mine.shapes);
  return (
    <div className="stack">
      <p>
        {found.body.reviewer} saved <strong dir="auto">{letter.imageId}</strong>{" "}
        <Ago at={found.body.reviewed_at} />: {inWords(said)}. Yours: {inWords(mine.shapes)}.
      </p>
      <footer className="row wrap">
        <Button onClick={() => sender.settle(null, found.etag)}>Keep theirs</Button>
        <Button onClick={() => sender.settle({ ...mine, shapes: both }, found.etag)}>
          Merge: take mine where they differ
        </Button>
        <Button kind="primary" onClick={() => sender.settle(mine, found.etag)}>
          Save mine as a correction
        </Button>
      </footer>
    </div>
  );
}

function shapesOf(found: Answer<Review>): Shape[] {
  return found.body.shapes as unknown as Shape[];
}

/** `3 shapes: 7, 7, 9`. */
function inWords(shapes: readonly { label: string }[]): string {
  const labels = shapes.map((shape) => shape.label).sort();
  return shapes.length ? `${shapes.length} shapes: ${labels.join(", ")}` : "nothing there";
}
