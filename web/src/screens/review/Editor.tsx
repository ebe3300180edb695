import type Konva from "konva";
import { useEffect, useRef } from "react";
import { Layer, Line, Rect, Stage as Canvas, Transformer } from "react-konva";
import type { Shape } from "../../drawing/geometry";
import { nudge, place } from "./draft";
import type { Draft } from "./draft";

interface Props {
  draft: Draft;
  /** Pixels of the picture. */
  width: number;
  height: number;
  /** Screen pixels for each of them. */
  scale: number;
  /** What the next drag draws; null: nothing. */
  drawing: "rectangle" | "polygon" | null;
  label: string;
  onChange: (draft: Draft) => void;
  onSelect: (id: number | null) => void;
  onDrawn: (shape: Shape) => void;
}

const PERSON = "#5b4bff";
const CASE = "#ffffff";
const LINE = 2;
const HANDLE = 8;
/** A click is no box. */
const LEAST = 3;

/** The draft over the picture: continuous indigo lines on a white casing, square handles on what is selected. */
export function Editor(props: Props) {
  const { draft, width, height, scale, drawing, label, onChange, onSelect, onDrawn } = props;
  const transformer = useRef<Konva.Transformer>(null);
  const nodes = useRef(new Map<number, Konva.Rect>());
  const begun = useRef<{ x: number; y: number } | null>(null);
  const ghost = useRef<Konva.Rect>(null);

  useEffect(() => {
    const selected = draft.selected === null ? undefined : nodes.current.get(draft.selected);
    transformer.current?.nodes(selected ? [selected] : []);
  }, [draft.selected, draft.shapes]);

  const at = (event: Konva.KonvaEventObject<PointerEvent>) => {
    const point = event.target.getStage()?.getPointerPosition();
    return point ? { x: point.x / scale, y: point.y / scale } : null;
  };
  function down(event: Konva.KonvaEventObject<PointerEvent>) {
    event.evt.stopPropagation();
    if (drawing === "rectangle") begun.current = at(event);
    else if (event.target === event.target.getStage()) onSelect(null);
  }
  function moved(event: Konva.KonvaEventObject<PointerEvent>) {
    const [from, to] = [begun.current, at(event)];
    if (from && to) ghost.current?.setAttrs({ ...boxOf(from, to), visible: true });
  }
  function up(event: Konva.KonvaEventObject<PointerEvent>) {
    const [from, to] = [begun.current, at(event)];
    begun.current = null;
    ghost.current?.visible(false);
    if (!from || !to) return;
    const box = boxOf(from, to);
    if (box.width >= LEAST && box.height >= LEAST) {
      onDrawn({ type: "rectangle", label, box: [box.x, box.y, box.width, box.height] });
    }
  }

  return (
    <Canvas
      width={width * scale}
      height={height * scale}
      scale={{ x: scale, y: scale }}
      style={{ position: "absolute", inset: 0, cursor: drawing ? "crosshair" : "default" }}
      onPointerDown={down}
      onPointerMove={moved}
      onPointerUp={up}
    >
      <Layer>
        {draft.shapes.map(({ id, shape }) => (
          <Drawn
            key={id}
            shape={shape}
            selected={id === draft.selected}
            onSelect={() => onSelect(id)}
            keep={(node) => (node ? nodes.current.set(id, node) : nodes.current.delete(id))}
            onMoved={(dx, dy) => onChange(nudge(draft, id, { dx, dy }, { width, height }))}
            onPlaced={(box) => onChange(place(draft, id, box))}
          />
        ))}
        <Rect
          ref={ghost}
          visible={false}
          stroke={PERSON}
          strokeWidth={LINE}
          strokeScaleEnabled={false}
          listening={false}
        />
        <Transformer
          ref={transformer}
          rotateEnabled={false}
          flipEnabled={false}
          ignoreStroke
          anchorSize={HANDLE}
          anchorCornerRadius={0}
          anchorStroke={PERSON}
          anchorFill={CASE}
          borderStroke={PERSON}
        />
      </Layer>
    </Canvas>
  );
}

interface DrawnProps {
  shape: Shape;
  selected: boolean;
  onSelect: () => void;
  keep: (node: Konva.Rect | null) => void;
  onMoved: (dx: number, dy: number) => void;
  onPlaced: (box: [number, number, number, number]) => void;
}

function Drawn({ shape, selected, onSelect, keep, onMoved, onPlaced }: DrawnProps) {
  const line = {
    strokeScaleEnabled: false,
    onPointerDown: onSelect,
    hitStrokeWidth: 10,
    fillEnabled: false,
  } as const;
  if (shape.points) {
    const points = shape.points.flatMap(([x, y]) => [x, y]);
    return (
      <>
        <Line
          points={points}
          closed
          stroke={CASE}
          strokeWidth={LINE + 2}
          strokeScaleEnabled={false}
          listening={false}
        />
        <Line {...line} points={points} closed stroke={PERSON} strokeWidth={selected ? LINE + 1 : LINE} />
      </>
    );
  }
  if (!shape.box) return null;
  const [x, y, width, height] = shape.box;
  return (
    <>
      <Rect
        x={x}
        y={y}
        width={width}
        height={height}
        stroke={CASE}
        strokeWidth={LINE + 2}
        strokeScaleEnabled={false}
        listening={false}
      />
      <Rect
        {...line}
        ref={keep}
        x={x}
        y={y}
        width={width}
        height={height}
        stroke={PERSON}
        strokeWidth={selected ? LINE + 1 : LINE}
        draggable={selected}
        onDragEnd={(event) => {
          const [dx, dy] = [event.target.x() - x, event.target.y() - y];
          event.target.position({ x, y });
          onMoved(dx, dy);
        }}
        onTransformEnd={(event) => {
          const node = event.target;
          const box: [number, number, number, number] = [
            node.x(),
            node.y(),
            width * node.scaleX(),
            height * node.scaleY(),
          ];
          node.scale({ x: 1, y: 1 });
          onPlaced(box);
        }}
      />
    </>
  );
}

function boxOf(a: { x: number; y: number }, b: { x: number; y: number }) {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}
