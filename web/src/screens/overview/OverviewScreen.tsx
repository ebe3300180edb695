import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { comparisons, deployment, evaluation, metrics, revisions, workers } from "../../api/queries";
import type { Comparisons, Deployment, Metrics } from "../../api/types";
import { useKeys } from "../../keys/keys";
import { Button } from "../../parts/Button";
import { Name } from "../../parts/Name";
import { Ghost, Loaded, Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { At } from "../../parts/Time";
import { Trouble } from "../../parts/Trouble";
import { WINDOWS, deploymentPath, useAddress, useWindow, withQuery } from "../../state/address";
import { useLive } from "../../state/live";
import { shadowsOf } from "../../state/slots";
import { ProgressDialog } from "../change/ProgressDialog";
import { PromoteDialog } from "../change/PromoteDialog";
import { RollbackDialog } from "../change/RollbackDialog";
import { ShadowDialog } from "../change/ShadowDialog";
import { ChampionCard, ShadowCard } from "./Cards";
import { Charts } from "./Charts";
import { Confusion } from "./Confusion";
import { Labels } from "./Labels";
import { RevisionList } from "./RevisionList";
import { ReviewPanel } from "./ReviewPanel";
import { Strip } from "./Strip";
import { WorkerTable } from "./WorkerTable";

type Dialog = "promote" | "rollback" | "shadow" | null;

export default function OverviewScreen({ id, revision }: { id: string; revision?: number }) {
  const shown = useQuery(deployment(id));
  if (shown.data) return <Overview key={id} id={id} of={shown.data} revision={revision} />;
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

function Overview({ id, of, revision }: { id: string; of: Deployment; revision: number | undefined }) {
  const [window, setWindow] = useWindow();
  const { params, change } = useAddress();
  const [, go] = useLocation();
  const [dialog, setDialog] = useState<Dialog>(null);
  const { stale } = useLive();
  const shadows = shadowsOf(Object.keys(of.slots));
  const slot = shadows.find((each) => each === params.get("slot")) ?? shadows[0] ?? null;

  const counted = useQuery(metrics(id, window));
  const compared = useQuery(comparisons(id, window));
  const evaluated = useQuery(evaluation(id, longer(window)));
  const overTime = useQuery(evaluation(id, window));
  const history = useQuery(revisions(id));
  const crew = useQuery(workers());
  const pair = useMemo(() => currentPair(compared.data, of, slot), [compared.data, of, slot]);

  const images = (query: Record<string, string>) =>
    go(
      withQuery(
        deploymentPath(id, "predictions"),
        new URLSearchParams({ window, ...(slot ? { slot } : {}), ...query }),
      ),
    );
  const step = (by: number) =>
    setWindow(WINDOWS[Math.min(Math.max(WINDOWS.indexOf(window) + by, 0), WINDOWS.length - 1)] ?? window);
  useKeys({
    "[": () => step(-1),
    "]": () => step(1),
    "Shift+U": () => slot && setDialog("promote"),
    "Shift+B": () => setDialog("rollback"),
  });

  return (
    <div className={stale ? "page stale" : "page"}>
      <div className="sub-header">
        <h1>
          <Name>{of.id}</Name>
        </h1>
        <span className="secondary">
          {of.task} · revision {of.revision} {of.state} since <At at={of.since} />
        </span>
        {pair && <span className="badge">comparison since r{pair.since_revision}</span>}
        {of.staged && (
          <Button
            kind="quiet"
            onClick={() => go(deploymentPath(id, "revisions", String(of.staged?.revision)))}
          >
            <span className="badge person">r{of.staged.revision} staged</span>
          </Button>
        )}
        <span className="spread" />
        <Segments label="Window" options={WINDOWS} value={window} onChange={setWindow} />
      </div>

      <div className="columns">
        <ChampionCard
          of={of}
          metrics={counted.data}
          evaluation={evaluated.data}
          crew={crew.data}
          onRollback={() => setDialog("rollback")}
        />
        <ShadowCard
          of={of}
          slot={slot}
          slots={shadows}
          onSlot={(next) => change({ slot: next })}
          metrics={counted.data}
          evaluation={evaluated.data}
          crew={crew.data}
          onPromote={() => setDialog("promote")}
          onAssign={() => setDialog("shadow")}
        />
      </div>

      {pair && <Strip pair={pair} onOpen={images} />}

      <Charts
        metrics={counted.data}
        comparisons={compared.data}
        evaluation={overTime.data}
        of={of}
        slot={slot}
        onImages={(from, to) => images({ from: iso(from), to: iso(to) })}
        onRevision={(number) => go(deploymentPath(id, "revisions", String(number)))}
      />

      <div className="columns wide-left" style={{ marginTop: "var(--s3)" }}>
        <div className="stack">
          <Panel title="Labels">
            <Loaded query={compared}>
              {() => (
                <Labels
                  pair={pair}
                  evaluation={evaluated.data}
                  slot={slot}
                  onOpen={(label) => images({ label, comparison: "contested" })}
                />
              )}
            </Loaded>
          </Panel>
          {pair && (
            <Panel title="Confusion: champion (rows), shadow (columns)">
              <Confusion of={pair.confusion} onOpen={(label) => images({ label, comparison: "contested" })} />
            </Panel>
          )}
        </div>
        <div className="stack">
          <Panel title="Revisions">
            <Loaded query={history}>
              {(data) => (
                <RevisionList
                  revisions={data.items}
                  onOpen={(number) => go(deploymentPath(id, "revisions", String(number)))}
                />
              )}
            </Loaded>
          </Panel>
          <ReviewPanel of={of} slot={slot} evaluation={evaluated.data} />
          <Panel title="Workers">
            <Loaded query={crew}>
              {(data) => <WorkerTable workers={data.items} slots={Object.keys(of.slots)} />}
            </Loaded>
          </Panel>
        </div>
      </div>

      {slot && (
        <PromoteDialog
          open={dialog === "promote"}
          onClose={() => setDialog(null)}
          of={of}
          slot={slot}
          pair={pair}
          metrics={counted.data}
          evaluation={evaluated.data}
          onPromoted={(number) => go(deploymentPath(id, "revisions", String(number)))}
        />
      )}
      <RollbackDialog
        open={dialog === "rollback"}
        onClose={() => setDialog(null)}
        of={of}
        onRolledBack={(number) => go(deploymentPath(id, "revisions", String(number)))}
      />
      <ShadowDialog
        open={dialog === "shadow"}
        onClose={() => setDialog(null)}
        of={of}
        slot={slot}
        onAssigned={(number) => go(deploymentPath(id, "revisions", String(number)))}
      />
      <ProgressDialog
        of={of}
        revision={revision}
        onClose={() => go(deploymentPath(id))}
        onRollback={() => {
          go(deploymentPath(id));
          setDialog("rollback");
        }}
      />
    </div>
  );
}

/** The newest assignment of the slot as it is held now: a comparison never spans two of them. */
function currentPair(found: Comparisons | undefined, of: Deployment, slot: string | null) {
  const held = slot ? of.slots[slot]?.model_version : undefined;
  return found?.pairs.find((pair) => pair.slot === slot && pair.shadow === held) ?? null;
}

/** Reviews come slower than images: they are looked for further back. */
function longer(window: string): string {
  return window === "7d" ? "7d" : "24h";
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

export type { Metrics };
