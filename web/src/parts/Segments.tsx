import { useRef } from "react";
import type { KeyboardEvent } from "react";

interface Props<T extends string> {
  label: string;
  options: readonly (T | { value: T; text: string })[];
  value: T;
  onChange: (value: T) => void;
}

/** One of a few: a radio group with a roving tab stop. */
export function Segments<T extends string>({ label, options, value, onChange }: Props<T>) {
  const group = useRef<HTMLDivElement>(null);
  const all = options.map((option) =>
    typeof option === "string" ? { value: option, text: option } : option,
  );

  function move(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = (all.findIndex((each) => each.value === value) + step + all.length) % all.length;
    const next = all[place];
    if (!next) return;
    onChange(next.value);
    group.current?.querySelectorAll("button")[place]?.focus();
  }

  return (
    <div ref={group} className="segments" role="radiogroup" aria-label={label} onKeyDown={move}>
      {all.map((each) => (
        <button
          key={each.value}
          type="button"
          role="radio"
          aria-checked={each.value === value}
          tabIndex={each.value === value ? 0 : -1}
          onClick={() => onChange(each.value)}
        >
          {each.text}
        </button>
      ))}
    </div>
  );
}
