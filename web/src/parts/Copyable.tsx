import { useState } from "react";
import { say } from "../state/toasts";

/** Text to be copied with one click: a command, an offset, a hash. */
export function Copyable({ text, label }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    } catch {
      say(`The browser does not allow copying here: ${text}`);
    }
  }

  return (
    <button
      type="button"
      className="copyable"
      onClick={() => void copy()}
      title={`Copy: ${text}`}
      aria-label={`Copy ${label ?? text}`}
    >
      <span className="name">{text}</span>
      <span aria-hidden="true">{copied ? "✓" : "⧉"}</span>
    </button>
  );
}
