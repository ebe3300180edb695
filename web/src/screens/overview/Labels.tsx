import type { Evaluation, LabelFigures, PairFigures } from "../../api/types";
import { BETTER, count, difference, share } from "../../format/number";
import { Name } from "../../parts/Name";
import { SortedTable } from "../../parts/SortedTable";
import type { Column } from "../../parts/SortedTable";

interface Row extends LabelFigures {
  championAp: number | null;
  shadowAp: number | null;
}

interface Props {
  pair: PairFigures | null;
  evaluation: Evaluation | undefined;
  slot: string | null;
  onOpen: (label: string) => void;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: "label", by: (row) => row.label, show: (row) => <Name>{row.label}</Name> },
  { name: "champion", number: true, by: (row) => row.champion, show: (row) => count(row.champion) },
  { name: "shadow", number: true, by: (row) => row.shadow, show: (row) => count(row.shadow) },
  { name: "agreement", number: true, by: (row) => row.agreement, show: (row) => share(row.agreement) },
  { name: "champion AP", number: true, by: (row) => row.championAp, show: (row) => share(row.championAp) },
  { name: "shadow AP", number: true, by: (row) => row.shadowAp, show: (row) => share(row.shadowAp) },
  { name: "difference", number: true, by: gap, show: (row) => <Gap value={gap(row)} /> },
];

/** Shapes of each label on both sides, and how well each finds it. */
export function Labels({ pair, evaluation, slot, onOpen }: Props) {
  if (!pair?.labels.length)
    return (
      <p className="secondary">{slot ? "Nothing is compared yet." : "No shadow, nothing to compare."}</p>
    );
  const apOf = (model: string, label: string) =>
    evaluation?.versions
      .find((version) => version.model_version === model)
      ?.labels.find((each) => each.label === label)?.ap ?? null;
  const rows = pair.labels.map((label) => ({
    ...label,
    championAp: apOf(pair.champion, label.label),
    shadowAp: apOf(pair.shadow, label.label),
  }));
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Labels">
      <SortedTable
        label="Labels"
        rows={rows}
        columns={COLUMNS}
        keyOf={(row) => row.label}
        open={(row) => onOpen(row.label)}
      />
    </div>
  );
}

function gap(row: Row): number | null {
  return row.championAp === null || row.shadowAp === null ? null : row.shadowAp - row.championAp;
}

function Gap({ value }: { value: number | null }) {
  const { text, word } = difference(value, share, BETTER);
  return (
    <>
      {text} {word && <span className="secondary">{word}</span>}
    </>
  );
}
