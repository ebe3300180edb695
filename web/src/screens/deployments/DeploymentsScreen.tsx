import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { deployments } from "../../api/queries";
import type { DeploymentSummary } from "../../api/types";
import { count, perSecond, plural, share } from "../../format/number";
import { duration } from "../../format/time";
import { useKeys } from "../../keys/keys";
import { Button } from "../../parts/Button";
import { Copyable } from "../../parts/Copyable";
import { Name } from "../../parts/Name";
import { Loaded, Panel } from "../../parts/Panel";
import { SortedTable } from "../../parts/SortedTable";
import type { Column } from "../../parts/SortedTable";
import { Voice } from "../../parts/Voice";
import { deploymentPath, useAddress } from "../../state/address";
import { shadowsOf } from "../../state/slots";
import { NewDeployment } from "./NewDeployment";

const MOST_SHADOWS = 3;

const COLUMNS: readonly Column<DeploymentSummary>[] = [
  {
    name: "deployment",
    by: (row) => row.id,
    show: (row) => (
      <span className="row">
        <Name>{row.id}</Name>
        <span className="tertiary">{row.task}</span>
      </span>
    ),
  },
  {
    name: "champion",
    by: (row) => row.champion,
    show: (row) => (
      <span className="row">
        <Voice slot="champion" />
        <Name mono>{row.champion}</Name>
      </span>
    ),
  },
  { name: "shadows", show: (row) => <Shadows row={row} /> },
  {
    name: "images/s",
    number: true,
    by: (row) => row.images_per_s,
    show: (row) => perSecond(row.images_per_s),
  },
  { name: "lag", number: true, by: worstLag, show: lagText },
  {
    name: "agreement",
    number: true,
    by: (row) => firstAgreement(row),
    show: (row) => share(firstAgreement(row)),
  },
  {
    name: "revision",
    by: (row) => row.latest_revision.revision,
    show: (row) => (
      <span className={row.latest_revision.state === "failed" ? "bad" : ""}>
        r{row.latest_revision.revision} {row.latest_revision.state}
      </span>
    ),
  },
  { name: "", show: (row) => row.trouble && <span className="warn">{row.trouble}</span> },
];

export function DeploymentsScreen() {
  const query = useQuery(deployments());
  const [, go] = useLocation();
  const { params, change } = useAddress();
  const [making, setMaking] = useState(false);
  const wanted = (params.get("q") ?? "").toLowerCase();
  const rows = useMemo(
    () =>
      inOrder(query.data?.items ?? []).filter((row) =>
        `${row.id} ${row.champion}`.toLowerCase().includes(wanted),
      ),
    [query.data, wanted],
  );
  useKeys({
    "Shift+N": () => setMaking(true),
    n: () => setMaking(true),
    "/": () => document.getElementById("search")?.focus(),
  });

  return (
    <div className="page">
      <div className="sub-header">
        <h1>Deployments</h1>
        <input
          id="search"
          className="input switcher"
          placeholder="Search"
          aria-label="Search deployments"
          value={params.get("q") ?? ""}
          onChange={(event) => change({ q: event.target.value || null })}
        />
        <span className="spread" />
        <Button kind="primary" onClick={() => setMaking(true)} hint="N">
          New deployment
        </Button>
      </div>
      <Panel title={plural(rows.length, "deployment")}>
        <Loaded query={query}>
          {(data) =>
            data.items.length ? (
              <div className="scroll" tabIndex={0} role="group" aria-label="Deployments">
                <SortedTable
                  label="Deployments"
                  rows={rows}
                  columns={COLUMNS}
                  keyOf={(row) => row.id}
                  open={(row) => go(deploymentPath(row.id))}
                />
              </div>
            ) : (
              <NoDeployment onNew={() => setMaking(true)} />
            )
          }
        </Loaded>
      </Panel>
      <NewDeployment open={making} onClose={() => setMaking(false)} />
    </div>
  );
}

function NoDeployment({ onNew }: { onNew: () => void }) {
  const [, go] = useLocation();
  return (
    <div className="empty">
      <strong>No deployment yet.</strong>
      <p>
        A deployment is a champion, the model whose predictions count, and any shadows that see the same
        images. Add a model, then create one.
      </p>
      <div className="row">
        <Button onClick={() => go("/models")}>Add a model</Button>
        <Button kind="primary" onClick={onNew}>
          New deployment
        </Button>
      </div>
      <Copyable text="make demo" />
    </div>
  );
}

function Shadows({ row }: { row: DeploymentSummary }) {
  const slots = shadowsOf(Object.keys(row.shadows));
  return (
    <span className="row">
      {slots.slice(0, MOST_SHADOWS).map((slot, order) => (
        <span key={slot} className="row" title={`${slot}: ${row.shadows[slot] ?? ""}`}>
          <Voice slot={slot} order={order + 1} />
          {slots.length === 1 && <Name mono>{row.shadows[slot] ?? ""}</Name>}
        </span>
      ))}
      {slots.length > MOST_SHADOWS && <span className="tertiary">+{slots.length - MOST_SHADOWS}</span>}
      {!slots.length && <span className="tertiary">none</span>}
    </span>
  );
}

/** Those that need somebody first, then by name. */
function inOrder(items: readonly DeploymentSummary[]): DeploymentSummary[] {
  return [...items].sort((a, b) => Number(!!b.trouble) - Number(!!a.trouble) || a.id.localeCompare(b.id));
}

function worstLag(row: DeploymentSummary): number {
  return Math.max(0, ...Object.values(row.lag).map((lag) => lag.images));
}

function lagText(row: DeploymentSummary): string {
  const worst = Object.values(row.lag).sort((a, b) => b.images - a.images)[0];
  if (!worst) return "–";
  return worst.seconds
    ? `${count(worst.images, true)}, ${duration(worst.seconds)}`
    : count(worst.images, true);
}

function firstAgreement(row: DeploymentSummary): number | null {
  const slot = shadowsOf(Object.keys(row.agreement))[0];
  return slot ? (row.agreement[slot]?.value ?? null) : null;
}
