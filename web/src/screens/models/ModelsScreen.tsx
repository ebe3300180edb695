import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { ask } from "../../api/client";
import { deployments, modelVersions } from "../../api/queries";
import type { ModelVersion } from "../../api/types";
import { bytes, count, plural } from "../../format/number";
import { Button } from "../../parts/Button";
import { Copyable } from "../../parts/Copyable";
import { Name } from "../../parts/Name";
import { Loaded, Panel } from "../../parts/Panel";
import { SortedTable } from "../../parts/SortedTable";
import type { Column } from "../../parts/SortedTable";
import { Ago } from "../../parts/Time";
import { Trouble } from "../../parts/Trouble";
import { Voice } from "../../parts/Voice";
import { inOrder } from "../../state/slots";

interface Row extends ModelVersion {
  usedBy: { deployment: string; slot: string }[];
}

const COLUMNS: readonly Column<Row>[] = [
  { name: "ModelVersion", by: (row) => row.id, show: (row) => <Name mono>{row.id}</Name> },
  { name: "task", by: (row) => row.task ?? "", show: (row) => row.task ?? "–" },
  { name: "labels", number: true, by: (row) => row.labels.length, show: (row) => count(row.labels.length) },
  { name: "size", number: true, by: (row) => row.bytes, show: (row) => bytes(row.bytes) },
  {
    name: "validation",
    by: (row) => row.state,
    show: (row) => <span className={row.state === "refused" ? "bad" : ""}>{row.state}</span>,
  },
  {
    name: "used by",
    show: (row) => (
      <span className="row">
        {row.usedBy.map(({ deployment, slot }) => (
          <span key={`${deployment}/${slot}`} className="row" title={`${slot} of ${deployment}`}>
            <Voice slot={slot} /> <Name>{deployment}</Name>
          </span>
        ))}
      </span>
    ),
  },
  { name: "added", by: (row) => row.created_at, show: (row) => <Ago at={row.created_at} /> },
];

export default function ModelsScreen({ version }: { version: string | null }) {
  const query = useQuery(modelVersions());
  const used = useQuery(deployments());
  const [, go] = useLocation();
  const rows = (query.data?.items ?? []).map((each): Row => ({
    ...each,
    usedBy: (used.data?.items ?? []).flatMap((deployment) => {
      const slots = { champion: deployment.champion, ...deployment.shadows };
      return inOrder(Object.keys(slots))
        .filter((slot) => slots[slot as "champion"] === each.id)
        .map((slot) => ({ deployment: deployment.id, slot }));
    }),
  }));
  const shown = rows.find((row) => row.id === version);
  return (
    <div className="page stack">
      <div className="sub-header">
        <h1>Models</h1>
      </div>
      <Upload />
      <Panel title={plural(rows.length, "ModelVersion")}>
        <Loaded query={query}>
          {() =>
            rows.length ? (
              <div className="scroll" tabIndex={0} role="group" aria-label="ModelVersions">
                <SortedTable
                  label="ModelVersions"
                  rows={rows}
                  columns={COLUMNS}
                  keyOf={(row) => row.id}
                  open={(row) => go(`/models/${encodeURIComponent(row.id)}`)}
                />
              </div>
            ) : (
              <div className="empty">
                <strong>No model yet.</strong>
                <p>Drop an .onnx file above, or:</p>
                <Copyable text="umbra models add FILE" />
              </div>
            )
          }
        </Loaded>
      </Panel>
      {shown && <One of={shown} />}
    </div>
  );
}

/** Upload → read → validate → ready; a refusal shows the reason and what to do. */
function Upload() {
  const client = useQueryClient();
  const [over, setOver] = useState(false);
  const [name, setName] = useState("");
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const form = new FormData();
      form.set("file", file);
      if (name) form.set("name", name);
      return (await ask<ModelVersion>("/v1/model-versions", { method: "POST", form })).body;
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ["models"] }),
  });
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) upload.mutate(file);
  };
  return (
    <section
      className={over ? "drop over" : "drop"}
      aria-label="Add a model"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <div className="row wrap" style={{ justifyContent: "center" }}>
        <label className="button primary">
          Add an .onnx file
          <input
            type="file"
            accept=".onnx"
            className="visually-hidden"
            onChange={(event) => take(event.target.files)}
          />
        </label>
        <input
          className="input switcher"
          placeholder="Model name (optional)"
          aria-label="Model name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <span className="secondary">or drop it here</span>
      </div>
      <div aria-live="polite">
        {upload.isPending && <p>Uploaded; it is read and run once in a process of its own …</p>}
        {upload.data && <p>{upload.data.id} is ready.</p>}
      </div>
      {upload.error && <Trouble error={upload.error} />}
    </section>
  );
}

function One({ of }: { of: ModelVersion }) {
  return (
    <Panel title={of.id} beside={<Button onClick={() => history.back()}>Close</Button>}>
      <dl className="facts">
        <dt>sha256</dt>
        <dd>
          <Copyable text={of.sha256} />
        </dd>
        <dt>labels</dt>
        <dd>{of.labels.join(", ")}</dd>
      </dl>
      <h3>Manifest</h3>
      <pre className="scroll mono" tabIndex={0}>
        {JSON.stringify(of.manifest, null, 2)}
      </pre>
      <h3>Report</h3>
      <pre className="scroll mono" tabIndex={0}>
        {JSON.stringify(of.report, null, 2)}
      </pre>
    </Panel>
  );
}
