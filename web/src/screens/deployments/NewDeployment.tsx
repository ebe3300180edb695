import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { ask } from "../../api/client";
import { deployments, modelVersions } from "../../api/queries";
import type { RevisionEntry } from "../../api/types";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Trouble } from "../../parts/Trouble";
import { deploymentPath } from "../../state/address";
import { SHADOW } from "../../state/slots";

const ID = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** A champion, any shadow of the same task, and a name. */
export function NewDeployment({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="New deployment"
      sheet
      description="A champion, and a shadow if you like."
    >
      {open && <Form onClose={onClose} />}
    </Dialog>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const [, go] = useLocation();
  const client = useQueryClient();
  const models = useQuery(modelVersions());
  const known = useQuery(deployments());
  const [id, setId] = useState("");
  const [champion, setChampion] = useState("");
  const [shadow, setShadow] = useState("");
  const ready = (models.data?.items ?? []).filter((version) => version.state === "ready");
  const task = ready.find((version) => version.id === champion)?.task;

  const creation = useMutation({
    mutationFn: () =>
      ask<RevisionEntry>("/v1/deployments", {
        method: "POST",
        json: { id, champion, shadows: shadow ? { [SHADOW]: shadow } : {} },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["deployments"] });
      onClose();
      go(deploymentPath(id));
    },
  });

  const taken = known.data?.items.some((item) => item.id === id);
  const wrong = !id
    ? null
    : taken
      ? "There is one of that name already."
      : ID.test(id)
        ? null
        : "1 to 63 lower-case letters, digits, '.', '_' or '-', the first one a letter or digit.";

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        creation.mutate();
      }}
    >
      <label>
        Name
        <input
          className="input"
          value={id}
          onChange={(event) => setId(event.target.value)}
          autoFocus
          aria-invalid={!!wrong}
          aria-describedby="wrong-id"
        />
        <span id="wrong-id" className="warn" role="status">
          {wrong}
        </span>
      </label>
      <label>
        Champion
        <select className="input" value={champion} onChange={(event) => setChampion(event.target.value)}>
          <option value="">Choose a ModelVersion</option>
          {ready.map((version) => (
            <option key={version.id} value={version.id}>
              {version.id} · {version.task}
            </option>
          ))}
        </select>
        {!ready.length && models.data && (
          <span className="secondary">No model yet: add one under Models first.</span>
        )}
      </label>
      <label>
        Shadow (optional)
        <select
          className="input"
          value={shadow}
          onChange={(event) => setShadow(event.target.value)}
          disabled={!champion}
        >
          <option value="">None</option>
          {ready
            .filter((version) => version.id !== champion)
            .map((version) => (
              <option key={version.id} value={version.id} disabled={version.task !== task}>
                {version.id}
                {version.task !== task ? ` · does ${version.task ?? "another task"}, cannot be compared` : ""}
              </option>
            ))}
        </select>
      </label>
      {creation.error && <Trouble error={creation.error} />}
      <div className="row">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          type="submit"
          disabled={!champion || !ID.test(id) || taken || creation.isPending}
        >
          {creation.isPending ? "Creating…" : "Create"}
        </Button>
      </div>
    </form>
  );
}
