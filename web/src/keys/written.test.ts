import { expect, it } from "vitest";
import { written } from "./written";

const plain = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

it.each([
  [{ key: "c" }, "c"],
  [{ key: "U", shiftKey: true }, "Shift+U"],
  [{ key: "C" }, "c"], // Caps Lock is no Shift
  [{ key: "?", shiftKey: true }, "?"],
  [{ key: " " }, "Space"],
  [{ key: "ArrowLeft", shiftKey: true }, "Shift+ArrowLeft"],
  [{ key: "k", ctrlKey: true }, "Ctrl+k"],
  [{ key: "k", metaKey: true }, "Ctrl+k"],
  [{ key: "ArrowUp", altKey: true }, "Alt+ArrowUp"],
])("writes %o as %s", (pressed, text) => expect(written({ ...plain, ...pressed })).toBe(text));
