// What is drawn on a picture: figures of both voices and the chips that name them; pure.

import type { PredictedAsset } from "../api/types";
import { share } from "../format/number";
import { CHAMPION } from "../state/slots";
import { boundsOf, isContested, relationsOf, shapesOf } from "./geometry";
import type { Box, Relation, Shape } from "./geometry";

export type Draw = "champion" | "shadow" | "both" | "differences";
export type Chips = "contested" | "all" | "none";

export interface Figure {
  key: string;
  voice: "champion" | "shadow" | "person";
  /** Its place in the prediction's list. */
  index: number;
  shape: Shape;
  bounds: Box;
  relation: Relation | null;
  contested: boolean;
}

export interface Chip {
  key: string;
  voice: "champion" | "shadow" | "person" | "shared";
  anchor: Box;
  /** Parts side by side: of a shared chip label, champion's and shadow's score. */
  parts: { text: string; voice: "champion" | "shadow" | "person" | "both" }[];
  /** Keys of the figures it names. */
  of: string[];
  contested: boolean;
}

/** Above so many shapes only contested ones have chips. */
const MANY = 40;

/** The figures of a landing, as far as `draw` shows them; matched ones below contested ones. */
export function figuresOf(asset: PredictedAsset, slot: string, draw: Draw): Figure[] {
  const champion = shapesOf(asset.predictions[CHAMPION]);
  const shadow = shapesOf(asset.predictions[slot]);
  const compared = asset.comparison[slot];
  const relations = relationsOf(compared, champion.length, shadow.length);
  const both = compared?.outcome === "compared";
  const shown: Figure[] = [];
  if (draw !== "shadow") shown.push(...figures("champion", champion, both ? relations.champion : null));
  if (draw !== "champion") shown.push(...figures("shadow", shadow, both ? relations.shadow : null));
  return shown.sort((a, b) => Number(a.contested) - Number(b.contested));
}

function figures(voice: "champion" | "shadow", shapes: Shape[], relations: Relation[] | null): Figure[] {
  return shapes.flatMap((shape, index) => {
    const bounds = boundsOf(shape);
    if (!bounds) return [];
    const relation = relations?.[index] ?? null;
    const contested = relation !== null && isContested(relation);
    return [{ key: `${voice}-${index}`, voice, index, shape, bounds, relation, contested }];
  });
}

/** What the chips say: matched pairs share one, a flip says both labels, an unmatched shape says so. */
export function chipsOf(
  figures: readonly Figure[],
  chips: Chips,
  hovered: ReadonlySet<string> = new Set(),
): Chip[] {
  if (chips === "none" && !hovered.size) return [];
  const byKey = new Map(figures.map((figure) => [figure.key, figure]));
  const wanted = (figure: Figure) =>
    hovered.has(figure.key) ||
    (chips === "all" && figures.length <= MANY) ||
    (chips !== "none" && figure.contested);
  return figures
    .filter(wanted)
    .flatMap((figure) => chipOf(figure, byKey))
    .sort((a, b) => Number(b.contested) - Number(a.contested));
}

function chipOf(figure: Figure, byKey: Map<string, Figure>): Chip[] {
  const { relation, voice, shape } = figure;
  if (relation && relation.kind !== "only") {
    const otherKey = `${voice === "champion" ? "shadow" : "champion"}-${relation.other}`;
    const other = byKey.get(otherKey);
    if (other) {
      // Told once, at the champion's; it stands at the shadow's box.
      return voice === "champion" ? [sharedChip(figure, other, relation.kind === "flipped")] : [];
    }
  }
  const only = relation?.kind === "only" ? " only" : "";
  const text = `${shape.label} ${score(shape)}${only}`.trim();
  return [
    {
      key: figure.key,
      voice,
      anchor: figure.bounds,
      parts: [{ text, voice }],
      of: [figure.key],
      contested: figure.contested,
    },
  ];
}

function sharedChip(champion: Figure, shadow: Figure, flipped: boolean): Chip {
  const parts: Chip["parts"] = flipped
    ? [
        { text: `${champion.shape.label} ${score(champion.shape)}`, voice: "champion" },
        { text: "≠", voice: "both" },
        { text: `${shadow.shape.label} ${score(shadow.shape)}`, voice: "shadow" },
      ]
    : [
        { text: champion.shape.label, voice: "both" },
        { text: score(champion.shape), voice: "champion" },
        { text: score(shadow.shape), voice: "shadow" },
      ];
  return {
    key: champion.key,
    voice: "shared",
    anchor: shadow.bounds,
    parts,
    of: [champion.key, shadow.key],
    contested: flipped,
  };
}

function score(shape: Shape): string {
  return shape.score == null ? "" : share(shape.score, 2);
}

/** In words, for those who do not see the picture: `7 champion shapes, 4 shadow shapes, 4 contested`. */
export function inWords(asset: PredictedAsset, slot: string): string {
  const sides = [CHAMPION, slot].map((each) => {
    const prediction = asset.predictions[each];
    if (!prediction) return `no ${each} prediction`;
    const count = prediction.shapes.length;
    return prediction.status === "failed"
      ? `${each} failed`
      : `${count} ${each} shape${count === 1 ? "" : "s"}`;
  });
  const contested = asset.comparison[slot]?.contested;
  return [...sides, ...(contested == null ? [] : [`${contested} contested`])].join(", ");
}
