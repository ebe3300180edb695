import type { Deployment } from "../../api/types";
import { inOrder } from "../../state/slots";
import { COMPARISONS, added, removed } from "./filters";
import type { Name } from "./filters";

interface Props {
  of: Deployment;
  params: URLSearchParams;
  change: (changed: Record<string, string | string[] | null>) => void;
}

const MOST_LABELS = 30;

/** The same filters as in the query bar, to be ticked. */
export function Facets({ of, params, change }: Props) {
  const versions = [
    ...new Set(inOrder(Object.keys(of.slots)).map((slot) => of.slots[slot]?.model_version ?? "")),
  ];
  const groups: [string, Name, readonly string[]][] = [
    ["Comparison", "comparison", COMPARISONS],
    ["Status", "status", ["ok", "failed"]],
    ["ModelVersion", "version", versions],
    ["Label", "label", of.labels.slice(0, MOST_LABELS)],
  ];
  return (
    <aside className="facets" aria-label="Filters">
      {groups.map(([title, name, values]) => (
        <fieldset key={name}>
          <legend>{title}</legend>
          {values.map((value) => {
            const checked = params.getAll(name).includes(value);
            return (
              <label key={value}>
                <input
                  type="checkbox"
                  checked={checked}
                  onChange={() =>
                    change(checked ? removed(params, { name, value }) : added(params, [{ name, value }]))
                  }
                />
                <span className="name" dir="auto" title={value}>
                  {value}
                </span>
              </label>
            );
          })}
        </fieldset>
      ))}
      {of.labels.length > MOST_LABELS && <p className="tertiary">More labels by typing label:…</p>}
    </aside>
  );
}
