import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import type { ReactNode } from "react";
import { Trouble } from "./Trouble";

interface Props {
  title: ReactNode;
  /** Beside the title: buttons, menus. */
  beside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, beside, className, children }: Props) {
  const id = useId();
  return (
    <section className={["panel", className].filter(Boolean).join(" ")} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        <span className="spread" />
        {beside}
      </header>
      {children}
    </section>
  );
}

/** What a query gave, or the state it is in; `size` of the bars that stand for it meanwhile. */
export function Loaded<T>({
  query,
  size = 3,
  children,
}: {
  query: UseQueryResult<T>;
  size?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Trouble error={query.error} again={() => void query.refetch()} />;
  return <Ghost lines={size} />;
}

const LONG_MS = 4_000;

export function Ghost({ lines }: { lines: number }) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="stack" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className="ghost" />
      ))}
      {long && <span className="tertiary">Still loading…</span>}
    </div>
  );
}
