import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { deployment } from "../../api/queries";
import type { Deployment, PredictedAsset } from "../../api/types";
import { useKeys } from "../../keys/keys";
import { Button } from "../../parts/Button";
import { Ghost } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { Trouble } from "../../parts/Trouble";
import { WINDOWS, deploymentPath, useAddress, useWindow, withQuery } from "../../state/address";
import { prefer, usePreferences } from "../../state/preferences";
import { shadowsOf } from "../../state/slots";
import { Facets } from "./Facets";
import { Grid } from "./Grid";
import { Listing } from "./Listing";
import { DRAWS, useDrawn } from "./drawn";
import { added, parsed, removed, tokensOf } from "./filters";
import { useImages } from "./useImages";

export default function PredictionsScreen({ id }: { id: string }) {
  const shown = useQuery(deployment(id));
  if (shown.data) return <Predictions key={id} id={id} of={shown.data} />;
  return (
    <div className="page">
      {shown.error ? (
        <Trouble error={shown.error} again={() => void shown.refetch()} />
      ) : (
        <Ghost lines={10} />
      )}
    </div>
  );
}

function Predictions({ id, of }: { id: string; of: Deployment }) {
  const { params, change } = useAddress();
  const [window, setWindow] = useWindow();
  const [, go] = useLocation();
  const { tileWidth } = usePreferences();
  const search = useRef<HTMLInputElement>(null);
  const { draw, chips, setDraw, nextChips } = useDrawn("both", "contested");
  const view = params.get("view") === "table" ? "table" : "grid";
  const shadows = shadowsOf(Object.keys(of.slots));
  const slot = params.get("slot") ?? shadows[0] ?? "shadow";
  const list = useImages(id, params);
  const open = (asset: PredictedAsset) => {
    const query = new URLSearchParams(params);
    query.set("at", `${asset.image.partition}-${asset.image.offset}`);
    go(withQuery(deploymentPath(id, "predictions", asset.image_id), query));
  };
  const tile = (by: number) => prefer({ tileWidth: Math.min(Math.max(tileWidth + by, 120), 480) });

  useKeys({
    "/": () => search.current?.focus(),
    v: () => change({ view: view === "grid" ? "table" : null }),
    "-": () => tile(-20),
    "+": () => tile(20),
    ".": list.renew,
    "[": () => setWindow(WINDOWS[Math.max(WINDOWS.indexOf(window) - 1, 0)] ?? window),
    "]": () => setWindow(WINDOWS[Math.min(WINDOWS.indexOf(window) + 1, WINDOWS.length - 1)] ?? window),
  });

  return (
    <div className="page">
      <h1 className="visually-hidden">Predictions of {id}</h1>
      <div className="sub-header">
        <QueryBar field={search} params={params} change={change} />
        <Segments label="What is drawn" options={DRAWS} value={draw} onChange={setDraw} />
        <Button onClick={nextChips} title="L">
          Chips: {chips}
        </Button>
        <Segments
          label="View"
          options={["grid", "table"] as const}
          value={view}
          onChange={(next) => change({ view: next === "grid" ? null : next })}
        />
        {params.has("from") || params.has("to") ? (
          <Button onClick={() => change({ from: null, to: null })}>A stretch of time ×</Button>
        ) : (
          <Segments label="Window" options={WINDOWS} value={window} onChange={setWindow} />
        )}
        {shadows.length > 1 && (
          <select
            className="input switcher"
            aria-label="Shadow slot"
            value={slot}
            onChange={(event) => change({ slot: event.target.value })}
          >
            {shadows.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </div>
      <div className="predictions">
        <Facets of={of} params={params} change={change} />
        <section aria-label="Images">
          {list.newer && (
            <Button kind="primary" onClick={list.renew} hint=".">
              {list.newer} newer
            </Button>
          )}
          {list.error ? (
            <Trouble error={list.error} again={list.renew} />
          ) : list.loading ? (
            <Ghost lines={10} />
          ) : list.assets.length === 0 ? (
            <Nothing params={params} change={change} window={window} />
          ) : view === "grid" ? (
            <Grid
              id={id}
              list={list}
              slot={slot}
              draw={draw}
              chips={chips}
              tileWidth={tileWidth}
              open={open}
            />
          ) : (
            <Listing id={id} list={list} slot={slot} open={open} />
          )}
        </section>
      </div>
    </div>
  );
}

type Change = ReturnType<typeof useAddress>["change"];

function QueryBar({
  field,
  params,
  change,
}: {
  field: React.RefObject<HTMLInputElement | null>;
  params: URLSearchParams;
  change: Change;
}) {
  const [text, setText] = useState("");
  return (
    <form
      className="row spread wrap"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        change(added(params, parsed(text)));
        setText("");
      }}
    >
      <div className="tokens">
        {tokensOf(params).map((token) => (
          <button
            key={`${token.name}:${token.value}`}
            type="button"
            className="token"
            onClick={() => change(removed(params, token))}
            aria-label={`Drop ${token.name} ${token.value}`}
          >
            <span className="name">
              {token.name}:{token.value}
            </span>{" "}
            ×
          </button>
        ))}
      </div>
      <input
        ref={field}
        className="input"
        style={{ maxWidth: 320 }}
        placeholder="label:7 comparison:contested id…"
        aria-label="Filter"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
}

function Nothing({ params, change, window }: { params: URLSearchParams; change: Change; window: string }) {
  const tokens = tokensOf(params);
  return (
    <div className="empty">
      <strong>
        {tokens.length
          ? `No image matches ${tokens.length === 1 ? "this filter" : `these ${tokens.length} filters`}`
          : "No image landed"}{" "}
        in the last {window}.
      </strong>
      <div className="row wrap">
        {tokens.map((token) => (
          <Button key={`${token.name}:${token.value}`} onClick={() => change(removed(params, token))}>
            Drop {token.name}:{token.value}
          </Button>
        ))}
        {window !== "24h" && !params.has("from") && (
          <Button onClick={() => change({ window: "24h" })}>Search 24 h instead</Button>
        )}
      </div>
    </div>
  );
}
