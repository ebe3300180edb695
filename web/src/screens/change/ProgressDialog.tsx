import { useQuery } from "@tanstack/react-query";
import { revision as revisionQuery } from "../../api/queries";
import type { Deployment, RevisionEntry } from "../../api/types";
import { milliseconds } from "../../format/number";
import { Button } from "../../parts/Button";
import { Copyable } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Ghost } from "../../parts/Panel";
import { At } from "../../parts/Time";
import { Trouble } from "../../parts/Trouble";
import { heldText } from "./words";

interface Props {
  of: Deployment;
  revision: number | undefined;
  onClose: () => void;
  onRollback: () => void;
}

const STEPS = ["staged", "ready", "markers", "active"] as const;

/** A revision: its steps while it is prepared, and where the stream switches once it is in force. */
export function ProgressDialog({ of, revision, onClose, onRollback }: Props) {
  const query = useQuery({ ...revisionQuery(of.id, revision ?? 0), enabled: revision !== undefined });
  const entry = query.data;
  return (
    <Dialog open={revision !== undefined} onClose={onClose} title={`${of.id} revision ${revision ?? ""}`}>
      {entry ? (
        <div className="stack" aria-live="polite">
          <p>
            {entry.kind} by {entry.requested_by}, <At at={entry.requested_at} />
            {entry.reason && <> · “{entry.reason}”</>}
            <br />
            <span className="secondary">{heldText(entry.slots)}</span>
          </p>
          <Steps of={entry} />
          {entry.state === "failed" && (
            <div className="problem" role="alert">
              <strong>{entry.failure}</strong>
              <span>Nothing has changed: {of.slots["champion"]?.model_version} is still the champion.</span>
            </div>
          )}
          {Object.keys(entry.starts).length > 0 && <Starts of={entry} />}
          <footer className="row">
            {entry.state === "active" && entry.revision === of.revision && entry.based_on != null && (
              <Button onClick={onRollback}>Roll back…</Button>
            )}
            <span className="spread" />
            <Button kind="primary" onClick={onClose}>
              Close
            </Button>
          </footer>
        </div>
      ) : query.error ? (
        <Trouble error={query.error} again={() => void query.refetch()} />
      ) : (
        <Ghost lines={5} />
      )}
    </Dialog>
  );
}

function Steps({ of }: { of: RevisionEntry }) {
  const reached = new Map(of.steps.map((step) => [step.step, step.at]));
  return (
    <ol className="steps">
      <li>✓ accepted</li>
      {STEPS.map((step) => {
        const at = reached.get(step);
        const open = !at && of.state === "staged";
        return (
          <li key={step} className={at ? "" : "tertiary"}>
            {at ? "✓" : open ? "…" : "–"} {step} {at && <At at={at} />}
          </li>
        );
      })}
      {of.workers.map((worker) => (
        <li key={worker.worker} className={worker.state === "failed" ? "bad" : "secondary"}>
          {worker.worker}: {worker.state}
          {worker.load_ms != null && ` · loaded in ${milliseconds(worker.load_ms)}`}
          {worker.first_inference_ms != null &&
            ` · first inference ${milliseconds(worker.first_inference_ms)}`}
          {worker.error && ` · ${worker.error}`}
        </li>
      ))}
      {of.waiting_for.map((waiting) => (
        <li key={waiting} className="warn">
          waits for {waiting}
        </li>
      ))}
    </ol>
  );
}

function Starts({ of }: { of: RevisionEntry }) {
  const rows = Object.entries(of.starts).sort(([a], [b]) => Number(a) - Number(b));
  return (
    <section>
      <h2>Where the stream switches</h2>
      <table className="table" aria-label="Switch offsets">
        <thead>
          <tr>
            <th>partition</th>
            <th className="number">marker offset</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([partition, offset]) => (
            <tr key={partition}>
              <td>{partition}</td>
              <td className="number mono">{offset}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="secondary">
        Images before these offsets are judged by the revision before, all behind them by this one, in every
        slot.
      </p>
      <Copyable text={JSON.stringify(of.starts)} label="the offsets as JSON" />
    </section>
  );
}
