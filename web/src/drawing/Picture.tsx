import { useState } from "react";
import type { ReactNode } from "react";
import { contentPath } from "../api/queries";
import type { PredictedAsset } from "../api/types";
import "./drawing.css";

interface Props {
  deployment: string;
  asset: PredictedAsset;
  /** Square pixels above 300 %. */
  sharp?: boolean;
  children?: ReactNode;
}

/** The picture of a landing with what is drawn on it; hatched where it is not kept any more. */
export function Picture({ deployment, asset, sharp = false, children }: Props) {
  const [gone, setGone] = useState(false);
  return (
    <div className={["picture", sharp ? "sharp" : "", gone ? "gone" : ""].filter(Boolean).join(" ")}>
      {!gone && (
        <img
          src={contentPath(deployment, asset)}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setGone(true)}
        />
      )}
      {children}
      {gone && (
        <span className="visually-hidden">The picture is not kept; shapes and figures are complete.</span>
      )}
    </div>
  );
}
