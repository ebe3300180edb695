import type { PairFigures } from "../../api/types";
import { count } from "../../format/number";
import { Name } from "../../parts/Name";

const NONE = "none";
const MOST = 25;

/** Champion's labels against the shadow's; what is off the diagonal is amber by its share of the row. */
export function Confusion({ of, onOpen }: { of: PairFigures["confusion"]; onOpen: (label: string) => void }) {
  const labels = of.labels.slice(0, MOST);
  const places = [...labels.keys(), of.labels.length];
  const nameOf = (place: number) => of.labels[place] ?? NONE;
  if (!of.labels.length) return <p className="secondary">Nothing is compared yet.</p>;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Confusion">
      <table className="confusion">
        <thead>
          <tr>
            <td />
            {places.map((place) => (
              <th key={place} scope="col">
                <Name>{nameOf(place)}</Name>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((row) => {
            const cells = of.rows[row] ?? [];
            const total = cells.reduce((sum, each) => sum + each, 0) || 1;
            return (
              <tr key={row}>
                <th scope="row">
                  <Name>{nameOf(row)}</Name>
                </th>
                {places.map((column) => {
                  const shapes = cells[column] ?? 0;
                  const off = row !== column && shapes > 0;
                  const door = off && (of.labels[row] ?? of.labels[column]);
                  return (
                    <td
                      key={column}
                      className={off ? "off" : ""}
                      style={off ? { "--part": Math.max(0.25, shapes / total) } : {}}
                    >
                      {door ? (
                        <button
                          type="button"
                          onClick={() => onOpen(door)}
                          aria-label={`champion ${nameOf(row)}, shadow ${nameOf(column)}: ${shapes} shapes`}
                        >
                          {count(shapes, true)}
                        </button>
                      ) : (
                        <span>{shapes ? count(shapes, true) : ""}</span>
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
      {of.labels.length > MOST && (
        <p className="tertiary">
          The first {MOST} of {of.labels.length} labels; the table above has all.
        </p>
      )}
    </div>
  );
}
