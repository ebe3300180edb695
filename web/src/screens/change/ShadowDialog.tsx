import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask, v1 } from "../../api/client";
import { modelVersions } from "../../api/queries";
import type { Deployment, RevisionEntry } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Trouble } from "../../parts/Trouble";
import { CHAMPION, SHADOW } from "../../state/slots";

interface Props {
  open: boolean;
  onClose: () => void;
  of: Deployment;
  /** The slot that is shown; null: there is none yet. */
  slot: string | null;
  onAssigned: (revision: number) => void;
}

/** Assign, replace, pause or clear a shadow; the champion does not notice. */
export function ShadowDialog(props: Props) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={`Shadows of ${props.of.id}`}
      description="The champion does not notice."
    >
      {props.open && <Content {...props} />}
    </Dialog>
  );
}

type Asked = { method: "PUT" | "DELETE"; path: string; json?: unknown };

function Content({ onClose, of, slot, onAssigned }: Props) {
  const client = useQueryClient();
  const models = useQuery(modelVersions());
  const [name, setName] = useState(slot ?? SHADOW);
  const [model, setModel] = useState("");
  const held = of.slots[name];
  const path = v1(["deployments", of.id, "shadows", name]);
  const change = useMutation({
    mutationFn: async ({ path: where, ...asked }: Asked) => (await ask<RevisionEntry>(where, asked)).body,
    onSuccess: (entry) => {
      void client.invalidateQueries();
      onClose();
      onAssigned(entry.revision);
    },
  });
  const fitting = (models.data?.items ?? []).filter(
    (version) => version.state === "ready" && version.task === of.task && version.id !== held?.model_version,
  );

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ method: "PUT", path, json: { model_version: model } });
      }}
    >
      <label>
        Slot
        <input
          className="input"
          value={name}
          onChange={(event) => setName(event.target.value)}
          pattern="[a-z][a-z0-9\-]{0,31}"
          required
        />
        <span className="secondary">
          {name === CHAMPION
            ? "The champion is changed by promoting."
            : held
              ? `${held.model_version} is in it${held.paused ? ", paused" : ""}.`
              : "Empty. Each slot has workers and a lag of its own."}
        </span>
      </label>
      <label>
        ModelVersion
        <select className="input" value={model} onChange={(event) => setModel(event.target.value)} required>
          <option value="">Choose one that does {of.task}</option>
          {fitting.map((version) => (
            <option key={version.id}>{version.id}</option>
          ))}
        </select>
      </label>
      {change.error && <Trouble error={change.error} />}
      <footer className="row wrap">
        {held && name !== CHAMPION && (
          <>
            <Button
              onClick={() =>
                change.mutate({ method: "PUT", path: `${path}/paused`, json: { paused: !held.paused } })
              }
            >
              {held.paused ? "Resume" : "Pause"}
            </Button>
            <Button onClick={() => change.mutate({ method: "DELETE", path })}>Retire it</Button>
          </>
        )}
        <span className="spread" />
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={!model || name === CHAMPION || change.isPending}>
          {held ? "Replace" : "Assign"}
        </Button>
      </footer>
    </form>
  );
}
