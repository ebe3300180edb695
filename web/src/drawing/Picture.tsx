import type { ReactNode } from "react";
import { contentPath } from "../api/queries";
import type { PictureSize } from "../api/queries";
import type { PredictedAsset } from "../api/types";
import { Button } from "../parts/Button";
import { usePicture } from "./usePicture";
import "./drawing.css";

interface Props {
  deployment: string;
  asset: PredictedAsset;
  size: PictureSize;
  /** Square pixels above 300 %. */
  sharp?: boolean;
  children?: ReactNode;
}

/** The picture of a landing with what is drawn on it; hatched, with the reason, where there is none. */
export function Picture({ deployment, asset, size, sharp = false, children }: Props) {
  const { src, trouble, failed, again } = usePicture(contentPath(deployment, asset, size));
  const kind = ["picture", sharp ? "sharp" : "", trouble ? "gone" : ""];
  return (
    <div className={kind.filter(Boolean).join(" ")}>
      {src && !trouble && (
        <img src={src} alt="" loading="lazy" decoding="async" draggable={false} onError={failed} />
      )}
      {children}
      {trouble && size === "thumb" && (
        <span className="why" title={trouble.text}>
          {trouble.kept ? "unreadable" : "not kept"}
        </span>
      )}
      {trouble && size === "full" && (
        <p className="why" role="status">
          {trouble.kept ? trouble.text : `The picture was not kept: ${trouble.text}`} Shapes and figures are
          complete. {trouble.kept && <Button onClick={again}>Try again</Button>}
        </p>
      )}
    </div>
  );
}
