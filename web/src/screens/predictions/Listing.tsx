import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { PredictedAsset } from "../../api/types";
import { milliseconds, share } from "../../format/number";
import { Name } from "../../parts/Name";
import { At } from "../../parts/Time";
import { CHAMPION } from "../../state/slots";
import { Counts } from "./Grid";
import type { ImageList } from "./useImages";

const ROW = 32;
const COLUMNS = [
  "landed",
  "id",
  "shapes",
  "agreement",
  "contested",
  "champion ms",
  "shadow ms",
  "revision",
  "source",
];

/** The same images in rows, of which only those in sight are in the document. */
export function Listing({
  id,
  list,
  slot,
  open,
}: {
  id: string;
  list: ImageList;
  slot: string;
  open: (asset: PredictedAsset) => void;
}) {
  const scroll = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer renders what is in sight
  const virtual = useVirtualizer({
    count: list.assets.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (list.hasMore && last >= list.assets.length - 20) list.more();
  }, [last, list]);
  const [before, after] = [items[0]?.start ?? 0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0)];

  return (
    <div ref={scroll} className="grid-scroll" tabIndex={0} role="group" aria-label={`Images of ${id}`}>
      <table className="table" aria-rowcount={list.hasMore ? -1 : list.assets.length}>
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr style={{ height: before }} />}
          {items.map((row) => {
            const asset = list.assets[row.index];
            return asset && <Line key={row.key} asset={asset} slot={slot} open={open} place={row.index} />;
          })}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
    </div>
  );
}

function Line({
  asset,
  slot,
  open,
  place,
}: {
  asset: PredictedAsset;
  slot: string;
  open: (asset: PredictedAsset) => void;
  place: number;
}) {
  const compared = asset.comparison[slot];
  const [mine, its] = [CHAMPION, slot].map((each) => asset.predictions[each]);
  return (
    <tr
      data-door
      tabIndex={0}
      aria-rowindex={place + 1}
      style={{ height: ROW }}
      onClick={() => open(asset)}
      onKeyDown={(event) => event.key === "Enter" && open(asset)}
    >
      <td>
        <At at={asset.landed_at} />
      </td>
      <td style={{ maxWidth: 260 }}>
        <Name>{asset.image_id}</Name>
      </td>
      <td>
        <Counts asset={asset} slot={slot} />
      </td>
      <td className="number">{share(compared?.agreement)}</td>
      <td className="number">{compared?.contested ?? "–"}</td>
      <td className="number">
        {mine?.status === "failed" ? (
          <span className="bad">failed</span>
        ) : (
          milliseconds(mine?.latency_ms["total"])
        )}
      </td>
      <td className="number">
        {its?.status === "failed" ? (
          <span className="bad">failed</span>
        ) : (
          milliseconds(its?.latency_ms["total"])
        )}
      </td>
      <td>r{asset.revision}</td>
      <td>{asset.source ? <Name>{asset.source}</Name> : ""}</td>
    </tr>
  );
}
