import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import type { PredictedAsset } from "../../api/types";
import { Overlay } from "../../drawing/Overlay";
import { Picture } from "../../drawing/Picture";
import { figuresOf, inWords } from "../../drawing/figures";
import type { Chips, Draw } from "../../drawing/figures";
import { share } from "../../format/number";
import { CHAMPION } from "../../state/slots";
import type { ImageList } from "./useImages";

interface Props {
  id: string;
  list: ImageList;
  slot: string;
  draw: Draw;
  chips: Chips;
  tileWidth: number;
  open: (asset: PredictedAsset) => void;
}

const BELOW = 52;
const AIR = 8;

/** Tiles, of which only those in sight are in the document; arrow keys move one tab stop through them. */
export function Grid({ id, list, slot, draw, chips, tileWidth, open }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [focused, setFocused] = useState(0);
  useLayoutEffect(() => {
    const element = scroll.current;
    if (!element) return undefined;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => resized.disconnect();
  }, []);

  const columns = Math.max(1, Math.floor(width / tileWidth));
  // Each tile has air around its picture, and there is as much between tiles.
  const side = Math.floor((width - (2 * columns - 1) * AIR) / columns);
  const rows = Math.ceil(list.assets.length / columns);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer renders what is in sight
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroll.current,
    estimateSize: () => side + BELOW,
    overscan: 2,
  });
  useEffect(() => virtual.measure(), [virtual, side]);
  const last = virtual.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (list.hasMore && last >= rows - 3) list.more();
  }, [last, rows, list]);

  function move(event: KeyboardEvent) {
    const step = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -focused,
      End: list.assets.length,
    }[event.key];
    if (step === undefined) {
      const asset = list.assets[focused];
      if (event.key === "Enter" && asset) open(asset);
      return;
    }
    event.preventDefault();
    const next = Math.min(Math.max(focused + step, 0), list.assets.length - 1);
    setFocused(next);
    virtual.scrollToIndex(Math.floor(next / columns));
    requestAnimationFrame(() =>
      scroll.current?.querySelector<HTMLElement>(`[data-place="${next}"]`)?.focus(),
    );
  }

  return (
    <div
      ref={scroll}
      className="grid-scroll"
      role="grid"
      aria-label="Images"
      aria-rowcount={list.hasMore ? -1 : rows}
      aria-colcount={columns}
      onKeyDown={move}
    >
      <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
        {virtual.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="row"
            aria-rowindex={row.index + 1}
            style={{
              position: "absolute",
              insetInline: 0,
              display: "flex",
              gap: AIR,
              transform: `translateY(${row.start}px)`,
            }}
          >
            {list.assets.slice(row.index * columns, (row.index + 1) * columns).map((asset, column) => {
              const place = row.index * columns + column;
              return (
                <Tile
                  key={`${asset.image.partition}-${asset.image.offset}`}
                  id={id}
                  asset={asset}
                  slot={slot}
                  draw={draw}
                  chips={chips}
                  side={side}
                  place={place}
                  tabbed={place === focused}
                  open={open}
                  onFocus={setFocused}
                />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

interface TileProps {
  id: string;
  asset: PredictedAsset;
  slot: string;
  draw: Draw;
  chips: Chips;
  side: number;
  place: number;
  tabbed: boolean;
  open: (asset: PredictedAsset) => void;
  onFocus: (place: number) => void;
}

function Tile({ id, asset, slot, draw, chips, side, place, tabbed, open, onFocus }: TileProps) {
  const figures = useMemo(() => figuresOf(asset, slot, draw), [asset, slot, draw]);
  const [width, height] = [asset.image.width ?? 1, asset.image.height ?? 1];
  const scale = side / Math.max(width, height);
  const failed = Object.values(asset.predictions).some((prediction) => prediction.status === "failed");
  const compared = asset.comparison[slot];
  return (
    <div
      role="gridcell"
      data-place={place}
      className={failed ? "tile failed" : "tile"}
      tabIndex={tabbed ? 0 : -1}
      aria-label={`${asset.image_id}: ${inWords(asset, slot)}`}
      style={{ width: side + AIR, cursor: "pointer" }}
      onClick={() => open(asset)}
      onFocus={() => onFocus(place)}
    >
      <div style={{ width: side, height: side, display: "grid", placeItems: "center" }}>
        <div style={{ width: width * scale, height: height * scale }}>
          <Picture deployment={id} asset={asset} size="thumb">
            <Overlay
              figures={figures}
              width={width}
              height={height}
              scale={scale}
              draw={draw}
              chips={chips}
              tile
            />
          </Picture>
        </div>
      </div>
      <div className="below">
        <span className="name" dir="auto" title={asset.image_id}>
          {asset.image_id}
        </span>
      </div>
      <div className="below secondary">
        <Counts asset={asset} slot={slot} />
        <span className="spread" />
        {compared?.agreement != null && <span>{share(compared.agreement)}</span>}
        {failed ? (
          <span className="bad">failed</span>
        ) : compared?.contested ? (
          <span className="warn">{compared.contested} contested</span>
        ) : null}
      </div>
    </div>
  );
}

/** Number of shapes of each. */
export function Counts({ asset, slot }: { asset: PredictedAsset; slot: string }) {
  const shapes = [CHAMPION, slot].map((each) => asset.predictions[each]?.shapes.length);
  return (
    <span className="row" title="Shapes of champion and shadow">
      <span className="voice champion" aria-hidden="true" /> {shapes[0] ?? "–"}
      <span className="voice shadow" aria-hidden="true" /> {shapes[1] ?? "–"}
    </span>
  );
}
