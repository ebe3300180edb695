import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { deployment, image as imageQuery } from "../../api/queries";
import type { Deployment, PredictedAsset } from "../../api/types";
import { Overlay } from "../../drawing/Overlay";
import { Picture } from "../../drawing/Picture";
import { Stage } from "../../drawing/Stage";
import type { StageControls } from "../../drawing/Stage";
import { figuresOf, inWords } from "../../drawing/figures";
import { useKeys } from "../../keys/keys";
import { Button } from "../../parts/Button";
import { Name } from "../../parts/Name";
import { Ghost } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { Trouble } from "../../parts/Trouble";
import { deploymentPath, useAddress, withQuery } from "../../state/address";
import { shadowsOf } from "../../state/slots";
import { say } from "../../state/toasts";
import { DRAWS, useDrawn } from "../predictions/drawn";
import { useImages } from "../predictions/useImages";
import { Side } from "./Side";

const NEIGHBOURS = 8;

export default function DetailScreen({ id, imageId }: { id: string; imageId: string }) {
  const { params } = useAddress();
  const shown = useQuery(deployment(id));
  const asset = useQuery(imageQuery(id, imageId, params.get("at") ?? undefined));
  const error = asset.error ?? shown.error;
  if (asset.data && shown.data) return <Detail id={id} asset={asset.data} of={shown.data} />;
  return (
    <div className="page">
      {error ? <Trouble error={error} again={() => void asset.refetch()} /> : <Ghost lines={10} />}
    </div>
  );
}

function Detail({ id, asset, of }: { id: string; asset: PredictedAsset; of: Deployment }) {
  const { params } = useAddress();
  const [, go] = useLocation();
  const stage = useRef<StageControls>(null);
  const [hidden, setHidden] = useState(false);
  const [hovered, setHovered] = useState<string | null>(null);
  const [lit, setLit] = useState(-1);
  const { draw, chips, setDraw, nextChips } = useDrawn("both", "contested");
  const slots = shadowsOf(Object.keys(asset.predictions));
  const slot =
    slots.find((each) => each === params.get("slot")) ??
    slots[0] ??
    shadowsOf(Object.keys(of.slots))[0] ??
    "shadow";
  const figures = useMemo(() => figuresOf(asset, slot, draw), [asset, slot, draw]);
  const contested = useMemo(() => figures.filter((figure) => figure.contested), [figures]);
  const list = useImages(id, params);
  const here = list.assets.findIndex((each) => samePlace(each, asset));
  const [width, height] = [asset.image.width ?? 640, asset.image.height ?? 480];

  function open(next: PredictedAsset | undefined) {
    if (!next) return;
    const query = new URLSearchParams(params);
    query.set("at", `${next.image.partition}-${next.image.offset}`);
    setLit(-1);
    go(withQuery(deploymentPath(id, "predictions", next.image_id), query), { replace: true });
  }
  function light(step: number) {
    if (!contested.length) return;
    const next = (lit + step + contested.length) % contested.length;
    const figure = contested[next];
    setLit(next);
    if (figure) stage.current?.reveal(figure.bounds);
  }
  const back = () => {
    const query = new URLSearchParams(params);
    query.delete("at");
    go(withQuery(deploymentPath(id, "predictions"), query));
  };

  useKeys({
    j: () => open(list.assets[here + 1]),
    k: () => open(list.assets[here - 1]),
    "+": () => stage.current?.zoom(1.25),
    "-": () => stage.current?.zoom(0.8),
    "0": () => stage.current?.fit(),
    n: () => light(1),
    "Shift+N": () => light(-1),
    h: (event) => {
      if (event.repeat) return;
      setHidden(true);
      window.addEventListener("keyup", () => setHidden(false), { once: true });
    },
    y: () =>
      void navigator.clipboard.writeText(window.location.href).then(() => say("The address is copied.")),
    Escape: back,
  });

  const marked = new Set([hovered, contested[lit]?.key].filter((key) => key != null));
  return (
    <div className="page">
      <div className="sub-header">
        <Button onClick={back} hint="Esc">
          ‹ Predictions
        </Button>
        <h1>
          <Name>{asset.image_id}</Name>
        </h1>
        <span className="spread" />
        <Segments label="What is drawn" options={DRAWS} value={draw} onChange={setDraw} />
        <Button onClick={nextChips} title="L">
          Chips: {chips}
        </Button>
        <Button onClick={() => stage.current?.zoom(0.8)} aria-label="Smaller">
          −
        </Button>
        <Button onClick={() => stage.current?.fit()}>Fit</Button>
        <Button onClick={() => stage.current?.zoom(1.25)} aria-label="Larger">
          +
        </Button>
        <Button onClick={() => open(list.assets[here - 1])} disabled={here < 1} hint="K">
          Previous
        </Button>
        <Button
          onClick={() => open(list.assets[here + 1])}
          disabled={here < 0 || here + 1 >= list.assets.length}
          hint="J"
        >
          Next
        </Button>
      </div>
      <div className="detail">
        <Stage deployment={id} asset={asset} label={inWords(asset, slot)} hidden={hidden} controls={stage}>
          {(scale) => (
            <Overlay
              figures={figures}
              width={width}
              height={height}
              scale={scale}
              draw={draw}
              chips={chips}
              hovered={marked}
              onHover={setHovered}
            />
          )}
        </Stage>
        <Side id={id} asset={asset} slot={slot} slots={slots} hovered={marked} onHover={setHovered} />
        <FilmStrip id={id} assets={list.assets} here={here} />
      </div>
    </div>
  );
}

function FilmStrip({ id, assets, here }: { id: string; assets: PredictedAsset[]; here: number }) {
  const { params } = useAddress();
  if (here < 0) return null;
  const first = Math.max(0, here - NEIGHBOURS);
  return (
    <nav className="film" aria-label="Neighbours">
      {assets.slice(first, here + NEIGHBOURS + 1).map((asset, place) => {
        const query = new URLSearchParams(params);
        query.set("at", `${asset.image.partition}-${asset.image.offset}`);
        return (
          <Link
            key={`${asset.image.partition}-${asset.image.offset}`}
            href={withQuery(deploymentPath(id, "predictions", asset.image_id), query)}
            replace
            aria-current={first + place === here ? "true" : undefined}
            aria-label={asset.image_id}
          >
            <Picture deployment={id} asset={asset} size="thumb" />
          </Link>
        );
      })}
    </nav>
  );
}

function samePlace(a: PredictedAsset, b: PredictedAsset): boolean {
  return (
    a.image.partition === b.image.partition &&
    a.image.offset === b.image.offset &&
    a.landed_at === b.landed_at
  );
}
