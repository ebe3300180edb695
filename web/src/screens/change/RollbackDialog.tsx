import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask, v1 } from "../../api/client";
import { revisions } from "../../api/queries";
import type { Deployment, DryRun, RevisionEntry } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Ghost } from "../../parts/Panel";
import { Trouble } from "../../parts/Trouble";
import { Consequences } from "./PromoteDialog";
import { heldText } from "./words";

interface Props {
  open: boolean;
  onClose: () => void;
  of: Deployment;
  onRolledBack: (revision: number) => void;
}

export function RollbackDialog(props: Props) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={`Roll back ${props.of.id}`}
      description="To what was in force before; nothing of the history is lost."
    >
      {props.open && <Content {...props} />}
    </Dialog>
  );
}

function Content({ onClose, of, onRolledBack }: Props) {
  const client = useQueryClient();
  const history = useQuery(revisions(of.id));
  const earlier = (history.data?.items ?? []).filter(
    (entry) => entry.state === "active" && entry.revision < of.revision && Object.keys(entry.slots).length,
  );
  const others = earlier.filter((entry) => heldText(entry.slots) !== heldText(current(of)));
  const [chosen, setChosen] = useState<number | null>(null);
  const [immediate, setImmediate] = useState(false);
  const [reason, setReason] = useState("");
  const target = chosen ?? others[0]?.revision ?? null;
  const path = v1(["deployments", of.id, "rollbacks"]);
  const body = { to_revision: target, immediate };

  const foreseen = useQuery({
    queryKey: ["dry-run", of.id, "rollback", target, immediate, of.revision],
    queryFn: async () => (await ask<DryRun>(`${path}?dry_run=true`, { method: "POST", json: body })).body,
    enabled: target !== null,
  });
  const rollback = useMutation({
    mutationFn: async () =>
      (await ask<RevisionEntry>(path, { method: "POST", json: { ...body, reason: reason || null } })).body,
    onSuccess: (entry) => {
      void client.invalidateQueries();
      onClose();
      onRolledBack(entry.revision);
    },
  });

  if (history.data && !earlier.length) return <p>There is no earlier revision to roll back to.</p>;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        rollback.mutate();
      }}
    >
      <label>
        Back to
        <select
          className="input"
          value={target ?? ""}
          onChange={(event) => setChosen(Number(event.target.value))}
        >
          {earlier.map((entry) => (
            <option key={entry.revision} value={entry.revision}>
              r{entry.revision} · {heldText(entry.slots)}
            </option>
          ))}
        </select>
      </label>
      <p className="secondary">
        Now: {heldText(current(of))}
        <br />
        Then: {foreseen.data ? heldText(foreseen.data.slots) : "…"}
      </p>
      {foreseen.data ? (
        <Consequences of={foreseen.data} />
      ) : foreseen.error ? (
        <Trouble error={foreseen.error} />
      ) : (
        <Ghost lines={2} />
      )}
      <label className="choice">
        <input type="checkbox" checked={immediate} onChange={(event) => setImmediate(event.target.checked)} />
        <span>
          <strong>Immediately.</strong> Takes over from where the champion is now, so that its backlog is not
          judged by the model you leave. Images already judged keep their prediction; they are counted and not
          compared.
        </span>
      </label>
      <label>
        Reason (optional, kept in the history)
        <textarea className="input" value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      {rollback.error && <Trouble error={rollback.error} />}
      <footer className="row">
        {foreseen.data?.blockers.length ? (
          <span className="warn">{foreseen.data.blockers.join(" ")}</span>
        ) : null}
        <span className="spread" />
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={target === null || rollback.isPending}>
          {rollback.isPending ? "Rolling back…" : `Roll back to r${target ?? ""}`}
        </Button>
      </footer>
    </form>
  );
}

function current(of: Deployment): RevisionEntry["slots"] {
  return Object.fromEntries(
    Object.entries(of.slots).map(([slot, held]) => [
      slot,
      { model_version: held.model_version, paused: held.paused },
    ]),
  );
}
