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
      <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" aria-hidden="true">
        {copied ? <path d="M2 6l3 3 5-6" /> : <path d="M4 4h6v6h-6zM2 8v-6h6" />}
      </svg>
    </button>
  );
}
