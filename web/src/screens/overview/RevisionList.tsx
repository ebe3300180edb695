import type { RevisionEntry } from "../../api/types";
import { Button } from "../../parts/Button";
import { Ago } from "../../parts/Time";
import { heldText } from "../change/words";

const MOST = 12;

/** The history of a deployment, newest first; nothing of it is ever rewritten. */
export function RevisionList({
  revisions,
  onOpen,
}: {
  revisions: readonly RevisionEntry[];
  onOpen: (revision: number) => void;
}) {
  return (
    <ol className="timeline">
      {revisions.slice(0, MOST).map((entry) => (
        <li key={entry.revision}>
          <span aria-hidden="true" className={entry.state === "failed" ? "hollow" : "voice person"} />
          <span>
            <Button kind="quiet" onClick={() => onOpen(entry.revision)}>
              r{entry.revision} {entry.kind}
            </Button>{" "}
            <span className="secondary">
              {entry.state === "active" ? "" : `${entry.state} · `}
              {entry.requested_by === "anonymous" ? "" : `${entry.requested_by} · `}
              {heldText(entry.slots)}
            </span>
            {entry.reason && <div className="tertiary">“{entry.reason}”</div>}
            {entry.failure && <div className="bad">{entry.failure} Nothing changed.</div>}
          </span>
          <span className="tertiary">
            <Ago at={entry.requested_at} />
          </span>
        </li>
      ))}
    </ol>
  );
}
