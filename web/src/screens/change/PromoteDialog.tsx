import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem, ask, v1 } from "../../api/client";
import type {
  Deployment,
  DryRun,
  Evaluation,
  Metrics,
  PairFigures,
  RevisionEntry,
  Value,
} from "../../api/types";
import { BETTER, SLOWER, count, difference, mean, milliseconds, share } from "../../format/number";
import type { Difference } from "../../format/number";
import { duration } from "../../format/time";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Ghost } from "../../parts/Panel";
import { Trouble } from "../../parts/Trouble";
import { CHAMPION } from "../../state/slots";
import { truthNames, versionOf } from "../overview/figures";
import { intervalText, verdictOf } from "./words";

interface Props {
  open: boolean;
  onClose: () => void;
  of: Deployment;
  slot: string;
  pair: PairFigures | null;
  metrics: Metrics | undefined;
  evaluation: Evaluation | undefined;
  onPromoted: (revision: number) => void;
}

type Demote = "shadow" | "retire";

/** Evidence first, then consequences, then the reason; nothing is forbidden. */
export function PromoteDialog(props: Props) {
  const { open, onClose, of, slot } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Promote ${of.slots[slot]?.model_version ?? ""}`}
      description={`It becomes the champion of ${of.id}.`}
    >
      {open && <Content {...props} />}
    </Dialog>
  );
}

function Content({ onClose, of, slot, pair, metrics, evaluation, onPromoted }: Props) {
  const client = useQueryClient();
  const [demote, setDemote] = useState<Demote>("shadow");
  const [reason, setReason] = useState("");
  // The evidence was read under this revision; who promotes under another one looks again.
  const [seen, setSeen] = useState(of.revision);
  const path = v1(["deployments", of.id, "promotions"]);
  const body = { slot, demote };
  const foreseen = useQuery({
    queryKey: ["dry-run", of.id, slot, demote, of.revision],
    queryFn: async () => (await ask<DryRun>(`${path}?dry_run=true`, { method: "POST", json: body })).body,
  });
  const promotion = useMutation({
    mutationFn: async () =>
      (
        await ask<RevisionEntry>(path, {
          method: "POST",
          json: { ...body, reason: reason || null },
          headers: { "If-Match": `"${seen}"` },
        })
      ).body,
    onSuccess: (entry) => {
      void client.invalidateQueries();
      onClose();
      onPromoted(entry.revision);
    },
    onError: () => void client.invalidateQueries(),
  });

  const { verdict, rests } = verdictOf(of.task, evaluation, pair);
  const risky = verdict === "worse" || verdict === "not enough reviews";
  const stale = promotion.error instanceof Problem && promotion.error.slug === "stale-etag";
  const blocked = foreseen.data?.blockers.length ? foreseen.data.blockers : null;

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        promotion.mutate();
      }}
      onKeyDown={(event) => {
        if (event.ctrlKey && event.key === "Enter") event.currentTarget.requestSubmit();
      }}
    >
      <p>
        <strong>
          {of.slots[slot]?.model_version} is {verdict}.
        </strong>{" "}
        <span className="secondary">{rests}</span>
      </p>
      <Evidence of={of} slot={slot} pair={pair} metrics={metrics} evaluation={evaluation} />

      <h2>What happens</h2>
      {foreseen.data ? (
        <Consequences of={foreseen.data} />
      ) : foreseen.error ? (
        <Trouble error={foreseen.error} />
      ) : (
        <Ghost lines={2} />
      )}
      <div role="radiogroup" aria-label="The present champion">
        {(["shadow", "retire"] as const).map((choice) => (
          <label key={choice} className="choice">
            <input
              type="radio"
              name="demote"
              checked={demote === choice}
              onChange={() => setDemote(choice)}
            />
            <span>
              {choice === "shadow"
                ? `${of.slots[CHAMPION]?.model_version ?? ""} becomes the shadow: the comparison goes on with the sign turned.`
                : `${of.slots[CHAMPION]?.model_version ?? ""} is retired: slot ${slot} is empty afterwards.`}
            </span>
          </label>
        ))}
      </div>

      <label>
        Reason {risky ? "(needed: the evidence does not speak for it)" : "(optional, kept in the history)"}
        <textarea
          className="input"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          required={risky}
        />
      </label>
      {stale ? (
        <div className="problem" role="alert">
          <strong>
            Somebody changed {of.id} in the meantime: revision {of.revision} is in force.
          </strong>
          <span>Look at the evidence again; your reason is kept.</span>
          <Button
            onClick={() => {
              setSeen(of.revision);
              promotion.reset();
            }}
          >
            I have looked
          </Button>
        </div>
      ) : (
        promotion.error && <Trouble error={promotion.error} />
      )}
      <footer className="row">
        {blocked && <span className="warn">{blocked.join(" ")}</span>}
        <span className="spread" />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          type="submit"
          hint="Ctrl Enter"
          disabled={promotion.isPending || stale || (risky && !reason.trim())}
        >
          {promotion.isPending ? "Promoting…" : risky ? "Promote anyway" : "Promote"}
        </Button>
      </footer>
    </form>
  );
}

interface Row {
  name: string;
  champion: string;
  shadow: string;
  gap: Difference;
  /** 95 %, against 0. */
  interval?: string;
  n: string;
}

function Evidence({
  of,
  slot,
  pair,
  metrics,
  evaluation,
}: Pick<Props, "of" | "slot" | "pair" | "metrics" | "evaluation">) {
  const rows = evidence(of, slot, pair, metrics, evaluation);
  return (
    <table className="table" aria-label="Evidence">
      <thead>
        <tr>
          <th>figure</th>
          <th className="number">champion</th>
          <th className="number">shadow</th>
          <th className="number">difference</th>
          <th className="number">95 % interval</th>
          <th className="number">n</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>{row.name}</td>
            <td className="number">{row.champion}</td>
            <td className="number">{row.shadow}</td>
            <td className="number">
              {row.gap.text} {row.gap.word}
            </td>
            <td className="number">{row.interval}</td>
            <td className="number">{row.n}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function evidence(
  of: Deployment,
  slot: string,
  pair: PairFigures | null,
  metrics: Metrics | undefined,
  evaluation: Evaluation | undefined,
): Row[] {
  const names = [CHAMPION, slot].map((each) => of.slots[each]?.model_version ?? "");
  const [champion, shadow] = names.map((name) =>
    evaluation?.versions.find((version) => version.model_version === name),
  );
  const gaps = evaluation?.differences.find((each) => each.slot === slot);
  const truths = truthNames(of.task).map(([name, field]): Row => ({
    name,
    champion: share(champion?.[field]?.value),
    shadow: share(shadow?.[field]?.value),
    gap: wordless(difference(gaps?.[field]?.value, share, BETTER), gaps?.[field]),
    interval: intervalText(gaps?.[field]),
    n: count(gaps?.images ?? 0),
  }));
  const [main] = truthNames(of.task);
  const weakest = weakestLabel(gaps);
  const [mine, its] = [
    versionOf(metrics, CHAMPION, names[0] ?? ""),
    versionOf(metrics, slot, names[1] ?? ""),
  ].map((each) => each?.totals);
  const latency = [mine, its].map((totals) => totals?.latency_ms.p99 ?? null);
  const apart = (a: number | null | undefined, b: number | null | undefined) =>
    a == null || b == null ? null : b - a;
  return [
    ...truths,
    ...(main && champion?.random_only.n && shadow?.random_only.n
      ? [randomRow(main, champion.random_only, shadow.random_only)]
      : []),
    ...(weakest ? [weakest] : []),
    {
      name: "agreement",
      champion: "",
      shadow: "",
      gap: { text: share(pair?.agreement), word: null },
      n: count(pair?.complete),
    },
    {
      name: "latency p99",
      champion: milliseconds(latency[0]),
      shadow: milliseconds(latency[1]),
      gap: difference(apart(latency[0], latency[1]), milliseconds, SLOWER),
      n: count(its?.images),
    },
    {
      name: "failures",
      champion: count(mine?.failed),
      shadow: count(its?.failed),
      gap: difference(apart(mine?.failed, its?.failed), count, { above: "worse", below: "better" }),
      n: count(its?.images),
    },
    {
      name: "shapes an image",
      champion: mean(mine?.shapes_mean),
      shadow: mean(its?.shapes_mean),
      gap: difference(apart(mine?.shapes_mean, its?.shapes_mean), mean),
      n: count(its?.images),
    },
  ];
}

/** An interval that holds 0 says nothing about better or worse. */
function wordless(gap: Difference, of: Value | null | undefined): Difference {
  const open = of?.low == null || of.high == null || (of.low <= 0 && of.high >= 0);
  return open ? { ...gap, word: null } : gap;
}

type RandomOnly = Evaluation["versions"][number]["random_only"];

/** On those reviews alone that nobody chose. */
function randomRow(
  [name, field]: ReturnType<typeof truthNames>[number],
  champion: RandomOnly,
  shadow: RandomOnly,
): Row {
  const values = [champion[field]?.value, shadow[field]?.value];
  const apart = values[0] == null || values[1] == null ? null : values[1] - values[0];
  return {
    name: `${name}, drawn at random`,
    champion: share(values[0]),
    shadow: share(values[1]),
    gap: { ...difference(apart, share), word: null },
    n: count(Math.min(champion.n, shadow.n)),
  };
}

/** The label on which the shadow does worst beside the champion. */
function weakestLabel(gaps: Evaluation["differences"][number] | undefined): Row | null {
  const known = (gaps?.labels ?? []).flatMap(({ label, ap, f1, iou }) => {
    const gap = ap ?? f1 ?? iou;
    return gap?.value == null ? [] : [{ label, gap, value: gap.value }];
  });
  const weakest = known.sort((a, b) => a.value - b.value)[0];
  if (!weakest) return null;
  return {
    name: `weakest label: ${weakest.label}`,
    champion: "",
    shadow: "",
    gap: wordless(difference(weakest.value, share, BETTER), weakest.gap),
    interval: intervalText(weakest.gap),
    n: "",
  };
}

export function Consequences({ of }: { of: DryRun }) {
  return (
    <ul>
      <li>
        It will be revision {of.would_be}
        {of.partitions ? `, with one marker in each of ${of.partitions} partitions` : ""}.
      </li>
      {of.waits_for.length ? (
        of.waits_for.map((load) => (
          <li key={load.worker}>
            {load.worker} loads {load.loads} first
            {load.last_load_ms == null ? "" : `, which took ${milliseconds(load.last_load_ms)} last`}.
          </li>
        ))
      ) : (
        <li>Every live worker has what it needs.</li>
      )}
      <li>If a worker cannot load it within {duration(of.timeout_s)}, nothing changes for anyone.</li>
    </ul>
  );
}
