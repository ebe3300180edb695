import type { ButtonHTMLAttributes } from "react";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "primary" | "quiet" | "plain";
  /** The key that does the same, shown beside the words. */
  hint?: string;
}

export function Button({ kind = "plain", hint, children, className, ...rest }: Props) {
  return (
    <button type="button" className={["button", kind, className].filter(Boolean).join(" ")} {...rest}>
      {children}
      {hint && (
        <kbd className="key" aria-hidden="true">
          {hint}
        </kbd>
      )}
    </button>
  );
}
