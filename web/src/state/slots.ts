// Slots as people meet them: the champion first, then the shadows by name.

export const CHAMPION = "champion";
export const SHADOW = "shadow";

export function inOrder(slots: Iterable<string>): string[] {
  return [...slots].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

export function shadowsOf(slots: Iterable<string>): string[] {
  return inOrder(slots).filter((slot) => slot !== CHAMPION);
}

function rank(slot: string): number {
  return slot === CHAMPION ? 0 : slot === SHADOW ? 1 : 2;
}
