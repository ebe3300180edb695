import { CHAMPION, SHADOW } from "../state/slots";

/** The mark of a slot: champion full and green, shadow hatched; further shadows in their own hue. */
export function Voice({ slot, order = 1 }: { slot: string; order?: number }) {
  const kind = slot === CHAMPION ? "champion" : "shadow";
  const own =
    slot === CHAMPION || slot === SHADOW || order < 2
      ? {}
      : { "--voice": `var(--shadow-${Math.min(order, 5)})` };
  return <span className={`voice ${kind}`} style={own} aria-hidden="true" />;
}
