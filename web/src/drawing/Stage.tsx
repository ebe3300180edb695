import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent, ReactNode, Ref } from "react";
import type { PredictedAsset } from "../api/types";
import { Picture } from "./Picture";
import { fitted, moved, shown, zoomed } from "./view";
import type { Size, View } from "./view";
import type { Box } from "./geometry";
import "./drawing.css";

export interface StageControls {
  zoom: (factor: number) => void;
  fit: () => void;
  reveal: (part: Box) => void;
}

interface Props {
  deployment: string;
  asset: PredictedAsset;
  /** In words what is drawn, for those who do not see it. */
  label: string;
  hidden?: boolean;
  controls?: Ref<StageControls>;
  /** Told the scale at which it is drawn. */
  children: (scale: number) => ReactNode;
}

const SHARP_FROM = 3;
const STEP = 40;
const UNKNOWN: Size = { width: 640, height: 480 };

/** One picture, large: wheel zooms at the pointer, dragging and arrow keys move it. Zoom and position stay
 *  from one picture to the next of the same size. */
export function Stage({ deployment, asset, label, hidden = false, controls, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [stage, setStage] = useState<Size | null>(null);
  const picture: Size =
    asset.image.width && asset.image.height
      ? { width: asset.image.width, height: asset.image.height }
      : UNKNOWN;
  const [kept, setKept] = useState<{ view: View; of: string } | null>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => setStage({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => resized.disconnect();
  }, []);

  const of = `${picture.width}x${picture.height}/${stage?.width ?? 0}x${stage?.height ?? 0}`;
  const view = stage ? (kept?.of === of ? kept.view : fitted(picture, stage)) : null;
  const latest = useRef({ view, stage, picture, of });
  useEffect(() => {
    latest.current = { view, stage, picture, of };
  });

  function change(how: (view: View, picture: Size, stage: Size) => View) {
    const now = latest.current;
    if (now.view && now.stage) setKept({ view: how(now.view, now.picture, now.stage), of: now.of });
  }
  const middle = () => ({
    x: (latest.current.stage?.width ?? 0) / 2,
    y: (latest.current.stage?.height ?? 0) / 2,
  });
  useImperativeHandle(controls, () => ({
    zoom: (factor) => change((now, p, s) => zoomed(now, factor, middle(), p, s)),
    fit: () => setKept(null),
    reveal: (part) => change((now, p, s) => shown(now, part, p, s)),
  }));

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    // React listens passively, and the page would scroll.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const area = element.getBoundingClientRect();
      const at = { x: event.clientX - area.left, y: event.clientY - area.top };
      change((now, p, s) => zoomed(now, Math.exp(-event.deltaY / 400), at, p, s));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);

  function keys(event: KeyboardEvent) {
    const step = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[
      event.key
    ];
    if (!step || event.target !== box.current) return;
    event.preventDefault();
    change((now, p, s) => moved(now, step[0] ?? 0, step[1] ?? 0, p, s));
  }
  function dragged(event: PointerEvent) {
    if (!drag.current) return;
    const [dx, dy] = [event.clientX - drag.current.x, event.clientY - drag.current.y];
    drag.current = { x: event.clientX, y: event.clientY };
    change((now, p, s) => moved(now, dx, dy, p, s));
  }

  return (
    <div
      ref={box}
      className={hidden ? "stage hidden-figures" : "stage"}
      role="application"
      aria-roledescription="picture"
      aria-label={label}
      tabIndex={0}
      onKeyDown={keys}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        drag.current = { x: event.clientX, y: event.clientY };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={dragged}
      onPointerUp={() => (drag.current = null)}
    >
      {view && (
        <div
          style={{
            position: "absolute",
            left: view.x,
            top: view.y,
            width: picture.width * view.scale,
            height: picture.height * view.scale,
          }}
        >
          <Picture
            key={`${asset.image.partition}-${asset.image.offset}`}
            deployment={deployment}
            asset={asset}
            size="full"
            sharp={view.scale >= SHARP_FROM}
          >
            {children(view.scale)}
          </Picture>
        </div>
      )}
    </div>
  );
}
