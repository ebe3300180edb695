import { useMemo, useState } from "react";
import type { ReactNode } from "react";

export interface Column<T> {
  name: string;
  /** What is compared; without it the column is not sorted by. */
  by?: (row: T) => string | number | null;
  show: (row: T) => ReactNode;
  number?: boolean;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
  /** What a click on a row opens. */
  open?: ((row: T) => void) | undefined;
}

/** A dense table that sorts by any of its columns; unknown values come last. */
export function SortedTable<T>({ label, rows, columns, keyOf, open }: Props<T>) {
  const [sorted, setSorted] = useState<{ name: string; down: boolean } | null>(null);
  const shown = useMemo(() => {
    const by = columns.find((column) => column.name === sorted?.name)?.by;
    return by && sorted ? [...rows].sort((a, b) => compared(by(a), by(b)) * (sorted.down ? -1 : 1)) : rows;
  }, [rows, columns, sorted]);

  return (
    <table className="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.name}
              className={column.number ? "number" : ""}
              aria-sort={
                sorted?.name === column.name ? (sorted.down ? "descending" : "ascending") : undefined
              }
            >
              {column.by ? (
                <button
                  type="button"
                  onClick={() =>
                    setSorted((was) => ({
                      name: column.name,
                      down: was?.name === column.name ? !was.down : !!column.number,
                    }))
                  }
                >
                  {column.name}
                  {sorted?.name === column.name && (sorted.down ? " ↓" : " ↑")}
                </button>
              ) : (
                column.name
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr
            key={keyOf(row)}
            {...(open
              ? {
                  "data-door": true,
                  tabIndex: 0,
                  onClick: () => open(row),
                  onKeyDown: (event) => event.key === "Enter" && open(row),
                }
              : {})}
          >
            {columns.map((column) => (
              <td key={column.name} className={column.number ? "number" : ""}>
                {column.show(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function compared(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}
