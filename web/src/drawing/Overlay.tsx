import { memo, useId, useMemo } from "react";
import { placeChips } from "./chips";
import { chipsOf } from "./figures";
import type { Chip, Chips, Draw, Figure } from "./figures";
import { decodeRle, edgePath, maskOf } from "./geometry";
import type { Box } from "./geometry";
import "./drawing.css";

interface Props {
  figures: readonly Figure[];
  /** Pixels of the picture. */
  width: number;
  height: number;
  /** Screen pixels for each of them. */
  scale: number;
  draw: Draw;
  chips: Chips;
  /** Smaller frames and thinner lines, label chips only. */
  tile?: boolean;
  hovered?: ReadonlySet<string>;
  onHover?: (key: string | null) => void;
}

const CHIP_HEIGHT = 15;
const CHARACTER = 6.6;
const NONE: ReadonlySet<string> = new Set();

/** Shapes over a picture: lines of constant width on the screen, each with its own casing. */
export const Overlay = memo(function Overlay({
  figures,
  width,
  height,
  scale,
  draw,
  chips,
  tile = false,
  hovered = NONE,
  onHover,
}: Props) {
  const id = useId();
  const named = useMemo(
    () => (tile ? shortened(chipsOf(figures, chips)) : chipsOf(figures, chips, hovered)),
    [figures, chips, hovered, tile],
  );
  const placed = useMemo(
    () => place(named, width * scale, height * scale, scale),
    [named, width, height, scale],
  );
  if (!(width > 0 && height > 0)) return null;
  return (
    <svg
      className={`overlay ${tile ? "tile" : ""} ${draw}`}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
      focusable="false"
    >
      <Hatches id={id} scale={scale} />
      {draw === "differences" && <Dimmed id={id} figures={figures} width={width} height={height} />}
      {figures.map((figure) => (
        <FigureLines
          key={figure.key}
          figure={figure}
          hatch={`url(#${id}-${figure.voice})`}
          scale={scale}
          tile={tile}
          plain={draw === "differences" && !figure.contested}
          lit={hovered.has(figure.key)}
          onHover={onHover}
        />
      ))}
      <g transform={`scale(${1 / scale})`}>
        {named.map((chip, number) => {
          const at = placed[number];
          return at && <ChipMark key={chip.key} chip={chip} x={at.x} y={at.y} />;
        })}
      </g>
    </svg>
  );
});

function place(named: readonly Chip[], width: number, height: number, scale: number) {
  return placeChips(
    named.map((chip) => ({
      key: chip.key,
      anchor: scaled(chip.anchor, scale),
      width: widthOf(chip),
      height: CHIP_HEIGHT,
      prefers: chip.voice === "shadow" ? "bottom-right" : "top-left",
    })),
    { x: 0, y: 0, width, height },
  );
}

function scaled(box: Box, scale: number): Box {
  return { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale };
}

function shortened(chips: Chip[]): Chip[] {
  return chips.map((chip) => ({
    ...chip,
    parts:
      chip.parts.length > 1
        ? chip.parts.map((part) => ({ ...part, text: part.text.split(" ")[0] ?? "" }))
        : chip.parts.map((part) => ({ ...part, text: part.text.split(" ")[0] ?? "" })),
  }));
}

const MOST_CHARACTERS = 24;

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

function partWidth(text: string): number {
  return cut(text).length * CHARACTER + 6;
}

function widthOf(chip: Chip): number {
  return chip.parts.reduce((sum, part) => sum + partWidth(part.text), 0);
}

function ChipMark({ chip, x, y }: { chip: Chip; x: number; y: number }) {
  const widths = chip.parts.map((part) => partWidth(part.text));
  return (
    <g className="chip" transform={`translate(${x} ${y})`}>
      <rect className="edge" x={-1} y={-1} width={widthOf(chip) + 2} height={CHIP_HEIGHT + 2} rx={3} />
      {chip.parts.map((part, number) => {
        const left = widths.slice(0, number).reduce((sum, each) => sum + each, 0);
        return (
          <g key={number} className={`part ${part.voice}`} transform={`translate(${left} 0)`}>
            <rect width={widths[number]} height={CHIP_HEIGHT} />
            <text x={3} y={11}>
              {cut(part.text)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

interface LinesProps {
  figure: Figure;
  hatch: string;
  scale: number;
  tile: boolean;
  plain: boolean;
  lit: boolean;
  onHover: ((key: string | null) => void) | undefined;
}

function FigureLines({ figure, hatch, scale, tile, plain, lit, onHover }: LinesProps) {
  const path = useMemo(() => pathOf(figure), [figure]);
  const kind = [
    "figure",
    figure.voice,
    figure.contested ? "contested" : "",
    plain ? "plain" : "",
    lit ? "lit" : "",
  ];
  const frame = figure.contested && figure.shape.box && !plain ? frameOf(figure.bounds, scale, tile) : null;
  return (
    <g
      className={kind.filter(Boolean).join(" ")}
      onPointerEnter={() => onHover?.(figure.key)}
      onPointerLeave={() => onHover?.(null)}
    >
      {frame && <path className="frame" d={frame} fill={hatch} fillRule="evenodd" />}
      {!plain && <path className="case" d={path} />}
      <path className="line" d={path} />
      <path className="touch" d={path} />
    </g>
  );
}

function pathOf({ shape, bounds }: Figure): string {
  if (shape.points?.length) return `M${shape.points.map(([x, y]) => `${x} ${y}`).join("L")}Z`;
  if (shape.rle) return edgePath(maskOf(decodeRle(shape.rle.counts), shape.rle.size), shape.rle.size);
  return rectangle(bounds);
}

function rectangle({ x, y, width, height }: Box): string {
  return `M${x} ${y}h${width}v${height}h${-width}Z`;
}

/** A hatched frame inside a contested rectangle; at most 22 % of its shorter side, so that the object is seen. */
function frameOf(bounds: Box, scale: number, tile: boolean): string {
  const thick = Math.min((tile ? 5 : 11) / scale, 0.22 * Math.min(bounds.width, bounds.height));
  const inner = {
    x: bounds.x + thick,
    y: bounds.y + thick,
    width: bounds.width - 2 * thick,
    height: bounds.height - 2 * thick,
  };
  return rectangle(bounds) + rectangle(inner);
}

function Hatches({ id, scale }: { id: string; scale: number }) {
  const turn = { champion: 45, shadow: -45, person: 90 };
  return (
    <defs>
      {Object.entries(turn).map(([voice, degrees]) => (
        <pattern
          key={voice}
          id={`${id}-${voice}`}
          patternUnits="userSpaceOnUse"
          width={5}
          height={5}
          patternTransform={`scale(${1 / scale}) rotate(${degrees})`}
        >
          <rect className={`hatch-case ${voice}`} width={5} height={5} />
          <rect className={`hatch ${voice}`} width={1.6} height={5} />
        </pattern>
      ))}
    </defs>
  );
}

function Dimmed({
  id,
  figures,
  width,
  height,
}: {
  id: string;
  figures: readonly Figure[];
  width: number;
  height: number;
}) {
  return (
    <>
      <mask id={`${id}-open`}>
        <rect width={width} height={height} fill="#fff" />
        {figures
          .filter((figure) => figure.contested)
          .map((figure) => (
            <path key={figure.key} d={rectangle(figure.bounds)} fill="#000" />
          ))}
      </mask>
      <rect className="dim" width={width} height={height} mask={`url(#${id}-open)`} />
    </>
  );
}
