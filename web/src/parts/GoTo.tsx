import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { deployments, modelVersions } from "../api/queries";
import { deploymentPath } from "../state/address";
import { Dialog } from "./Dialog";
import { Name } from "./Name";

interface Place {
  text: string;
  kind: string;
  path: string;
}

const MOST = 12;

/** Any deployment, screen or model, by a few letters of it. */
export function GoTo({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Go to">
      {open && <Places onClose={onClose} />}
    </Dialog>
  );
}

function Places({ onClose }: { onClose: () => void }) {
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = usePlaces(text);

  function open(place: Place | undefined) {
    if (!place) return;
    onClose();
    go(place.path);
  }

  return (
    <>
      <input
        className="input"
        autoFocus
        placeholder="A deployment, a screen, a model"
        aria-label="Go to"
        role="combobox"
        aria-expanded="true"
        aria-controls="places"
        aria-activedescendant={`place-${chosen}`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step) {
            event.preventDefault();
            setChosen((chosen + step + found.length) % Math.max(1, found.length));
          } else if (event.key === "Enter") {
            open(found[chosen]);
          }
        }}
      />
      <ul id="places" role="listbox" aria-label="Places" className="menu-list">
        {found.map((place, number) => (
          <li
            key={place.path}
            id={`place-${number}`}
            role="option"
            aria-selected={number === chosen}
            className={number === chosen ? "chosen" : ""}
            onClick={() => open(place)}
          >
            <Name>{place.text}</Name>
            <span className="spread" />
            <span className="tertiary">{place.kind}</span>
          </li>
        ))}
        {!found.length && <li className="tertiary">Nothing goes by that name.</li>}
      </ul>
    </>
  );
}

function usePlaces(text: string): Place[] {
  const { data: known } = useQuery(deployments());
  const { data: models } = useQuery(modelVersions());
  return useMemo(() => {
    const all: Place[] = [
      { text: "Deployments", kind: "screen", path: "/" },
      { text: "Models", kind: "screen", path: "/models" },
      ...(known?.items ?? []).flatMap(({ id }) => [
        { text: id, kind: "deployment", path: deploymentPath(id) },
        { text: `${id} predictions`, kind: "screen", path: deploymentPath(id, "predictions") },
      ]),
      ...(models?.items ?? []).map(({ id }) => ({
        text: id,
        kind: "model",
        path: `/models/${encodeURIComponent(id)}`,
      })),
    ];
    const words = text.toLowerCase().split(/\s+/);
    return all
      .filter((place) => words.every((word) => `${place.text} ${place.kind}`.toLowerCase().includes(word)))
      .slice(0, MOST);
  }, [known, models, text]);
}
