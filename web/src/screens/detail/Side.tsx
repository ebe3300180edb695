import { useMemo } from "react";
import type { PredictedAsset, SlotPrediction } from "../../api/types";
import { relationsOf, shapesOf } from "../../drawing/geometry";
import type { Shape } from "../../drawing/geometry";
import { bytes, count, milliseconds, share } from "../../format/number";
import { Copyable } from "../../parts/Copyable";
import { Name } from "../../parts/Name";
import { Panel } from "../../parts/Panel";
import { At } from "../../parts/Time";
import { Voice } from "../../parts/Voice";
import { useAddress } from "../../state/address";
import { CHAMPION } from "../../state/slots";

interface Props {
  id: string;
  asset: PredictedAsset;
  slot: string;
  slots: string[];
  hovered: ReadonlySet<string>;
  onHover: (key: string | null) => void;
}

export function Side({ asset, slot, slots, hovered, onHover }: Props) {
  const { change } = useAddress();
  const compared = asset.comparison[slot];
  const [champion, shadow] = [asset.predictions[CHAMPION], asset.predictions[slot]];
  return (
    <aside className="side" aria-label="About this image">
      <Panel
        title="Shapes"
        beside={
          slots.length > 1 && (
            <select
              className="input switcher"
              aria-label="Shadow slot"
              value={slot}
              onChange={(event) => change({ slot: event.target.value })}
            >
              {slots.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          )
        }
      >
        <p className="row wrap">
          <Voice slot={CHAMPION} /> {shapesText(champion)} <Voice slot={slot} /> {shapesText(shadow)}
          <span className="spread" />
          {compared ? (
            compared.outcome === "compared" ? (
              <strong>agreement {share(compared.agreement)}</strong>
            ) : (
              <span className="warn">not compared: {compared.outcome}</span>
            )
          ) : (
            <span className="tertiary">no comparison yet</span>
          )}
        </p>
        <ShapeTable asset={asset} slot={slot} hovered={hovered} onHover={onHover} />
      </Panel>
      <Panel title="Predictions">
        <SidePrediction slot={CHAMPION} prediction={champion} asset={asset} />
        <SidePrediction slot={slot} prediction={shadow} asset={asset} />
      </Panel>
      <Panel title="Image">
        <Facts asset={asset} />
      </Panel>
    </aside>
  );
}

interface Row {
  key: string;
  champion: Shape | null;
  shadow: Shape | null;
  keys: string[];
  contested: boolean;
  iou: number | null;
}

function ShapeTable({
  asset,
  slot,
  hovered,
  onHover,
}: Pick<Props, "asset" | "slot" | "hovered" | "onHover">) {
  const rows = useMemo(() => rowsOf(asset, slot), [asset, slot]);
  if (!rows.length) return <p className="secondary">Neither found anything.</p>;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Shapes of both">
      <table className="table">
        <thead>
          <tr>
            <th>champion</th>
            <th>shadow</th>
            <th className="number">IoU</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.key}
              tabIndex={0}
              style={row.keys.some((key) => hovered.has(key)) ? { background: "var(--hover)" } : {}}
              onPointerEnter={() => onHover(row.keys[0] ?? null)}
              onPointerLeave={() => onHover(null)}
              onFocus={() => onHover(row.keys[0] ?? null)}
              onBlur={() => onHover(null)}
            >
              <td className={row.contested ? "warn" : ""}>{said(row.champion)}</td>
              <td className={row.contested ? "warn" : ""}>{said(row.shadow)}</td>
              <td className="number">{share(row.iou, 2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function said(shape: Shape | null): string {
  return shape ? `${shape.label} ${share(shape.score, 2)}` : "–";
}

/** Matched shapes on one row, contested ones first. */
function rowsOf(asset: PredictedAsset, slot: string): Row[] {
  const champion = shapesOf(asset.predictions[CHAMPION]);
  const shadow = shapesOf(asset.predictions[slot]);
  const compared = asset.comparison[slot];
  const relations = relationsOf(compared, champion.length, shadow.length);
  const isCompared = compared?.outcome === "compared";
  const rows: Row[] = champion.map((shape, index) => {
    const relation = relations.champion[index];
    const other = relation && relation.kind !== "only" ? relation : null;
    return {
      key: `champion-${index}`,
      champion: shape,
      shadow: other ? (shadow[other.other] ?? null) : null,
      keys: [`champion-${index}`, ...(other ? [`shadow-${other.other}`] : [])],
      contested: isCompared && relation?.kind !== "matched",
      iou: other?.iou ?? null,
    };
  });
  shadow.forEach((shape, index) => {
    if (relations.shadow[index]?.kind !== "only") return;
    rows.push({
      key: `shadow-${index}`,
      champion: null,
      shadow: shape,
      keys: [`shadow-${index}`],
      contested: isCompared,
      iou: null,
    });
  });
  return rows.sort((a, b) => Number(b.contested) - Number(a.contested));
}

function shapesText(prediction: SlotPrediction | undefined): string {
  if (!prediction) return "–";
  const shapes = prediction.shapes.length;
  return prediction.status === "failed" ? "failed" : `${count(shapes)} shape${shapes === 1 ? "" : "s"}`;
}

function SidePrediction({
  slot,
  prediction,
  asset,
}: {
  slot: string;
  prediction: SlotPrediction | undefined;
  asset: PredictedAsset;
}) {
  if (!prediction) return <p className="tertiary">{slot}: no prediction of this image yet.</p>;
  const latency = prediction.latency_ms as Record<string, number>;
  const error = prediction.error as { code: string; message: string } | null;
  return (
    <section style={{ marginBottom: "var(--s3)" }}>
      <h3 className="row">
        <Voice slot={slot} /> <Name mono>{prediction.model_version}</Name>
      </h3>
      {error && (
        <p className="bad">
          {error.code}: {error.message}{" "}
          <Copyable
            text={`umbra dlq list ${slot}`}
            label={`how to find the dead letter of ${asset.image_id}`}
          />
        </p>
      )}
      <dl className="facts">
        <dt>latency</dt>
        <dd>
          {milliseconds(latency["total"])} (decode {milliseconds(latency["decode"])}, inference{" "}
          {milliseconds(latency["inference"])})
        </dd>
        <dt>waited in the stream</dt>
        <dd>{milliseconds(latency["queue"])}</dd>
        <dt>predicted</dt>
        <dd>
          <At at={prediction.predicted_at} /> · r{prediction.revision}
        </dd>
      </dl>
    </section>
  );
}

function Facts({ asset }: { asset: PredictedAsset }) {
  const { image } = asset;
  const facts: [string, React.ReactNode][] = [
    ["landed", <At key="landed" at={asset.landed_at} />],
    ...(asset.captured_at
      ? [["captured", <At key="captured" at={asset.captured_at} />] as [string, React.ReactNode]]
      : []),
    [
      "place",
      <Copyable key="place" text={`${image.partition}-${image.offset}`} label="partition and offset" />,
    ],
    ["revision", `r${asset.revision}`],
    ["size", `${image.width ?? "?"} × ${image.height ?? "?"} px, ${bytes(image.bytes)}`],
    ["type", image.content_type ?? "–"],
    ...(asset.source
      ? [["source", <Name key="source">{asset.source}</Name>] as [string, React.ReactNode]]
      : []),
    ...(asset.tags.length
      ? [["tags", <Name key="tags">{asset.tags.join(", ")}</Name>] as [string, React.ReactNode]]
      : []),
    ...Object.entries(asset.metadata).map(([name, value]): [string, React.ReactNode] => [
      name,
      <Name key={name}>{JSON.stringify(value)}</Name>,
    ]),
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>
            <Name>{name}</Name>
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
