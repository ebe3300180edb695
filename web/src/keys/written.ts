// Key presses as text.

/** How a key press is written in bindings. */
export function written(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">,
): string {
  const name = event.key === " " ? "Space" : event.key;
  const letter = /^[a-zA-Z]$/.test(name);
  const parts = [
    event.ctrlKey || event.metaKey ? "Ctrl" : "",
    event.altKey ? "Alt" : "",
    // Of `?` or `+` the shift is part of the character itself.
    event.shiftKey && (letter || name.length > 1) ? "Shift" : "",
    letter ? (event.shiftKey ? name.toUpperCase() : name.toLowerCase()) : name,
  ];
  return parts.filter(Boolean).join("+");
}

/** Whether a key press belongs to a field in which somebody types. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
  );
}
