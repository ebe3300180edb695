import type { WorkerEntry } from "../../api/types";
import { count, perSecond } from "../../format/number";
import { duration } from "../../format/time";
import { Name } from "../../parts/Name";
import { inOrder } from "../../state/slots";

/** Who runs the slots of a deployment, with what loaded, and how far behind. */
export function WorkerTable({
  workers,
  slots,
}: {
  workers: readonly WorkerEntry[];
  slots: readonly string[];
}) {
  const rows = inOrder(slots).flatMap((slot) =>
    workers.filter((worker) => worker.slot === slot && worker.live),
  );
  if (!rows.length) return <p className="warn">No worker of these slots is alive.</p>;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Workers">
      <table className="table">
        <thead>
          <tr>
            <th>worker</th>
            <th>partitions</th>
            <th>models</th>
            <th className="number">rate</th>
            <th className="number">lag</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((worker) => (
            <tr key={worker.worker}>
              <td>
                <Name mono>{worker.worker}</Name>
              </td>
              <td>{worker.partitions.join(" ") || "–"}</td>
              <td>{loaded(worker)}</td>
              <td className="number">{perSecond(worker.images_per_s)}</td>
              <td className="number">{lagOf(worker)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function loaded(worker: WorkerEntry): string {
  return Object.entries(worker.models)
    .map(([version, model]) => (model.state === "ready" ? version : `${model.state} ${version}`))
    .join(", ");
}

function lagOf(worker: WorkerEntry): string {
  const images = Object.values(worker.lag).reduce((sum, each) => sum + each, 0);
  return images && worker.images_per_s
    ? `${count(images)}, ${duration(images / worker.images_per_s)}`
    : count(images);
}
