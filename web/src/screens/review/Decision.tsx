import type { PredictedAsset } from "../../api/types";
import { shapesOf } from "../../drawing/geometry";
import type { Shape } from "../../drawing/geometry";
import { share } from "../../format/number";
import { Button } from "../../parts/Button";
import { Name } from "../../parts/Name";
import { CHAMPION } from "../../state/slots";
import { undecided } from "./draft";
import type { Answer, Beginning, Draft, Question } from "./draft";

interface Props {
  asset: PredictedAsset;
  slot: string;
  draft: Draft;
  question: Question | null;
  labels: readonly string[];
  keys: ReadonlyMap<string, string>;
  onAnswer: (answer: Answer) => void;
  onLabel: (label: string) => void;
  onRestart: (beginning: Exclude<Beginning, "reviewed">) => void;
  onDraw: () => void;
  onRemove: (id: number) => void;
  onSelect: (id: number) => void;
  onSave: () => void;
  onSkip: () => void;
}

const BEGINNINGS: readonly (readonly [Exclude<Beginning, "reviewed">, string, string])[] = [
  ["champion", "Champion", "C"],
  ["shadow", "Shadow", "S"],
  ["agreed", "Agreed", "A"],
  ["empty", "Empty", "E"],
];
const MOST_LABELS = 24;

/** What is to decide, the draft, labels, and where to start again. */
export function Decision(props: Props) {
  const { draft, question, labels, keys } = props;
  const open = undecided(draft);
  return (
    <aside className="side" aria-label="Decision">
      <section className="panel" aria-live="polite">
        {question ? (
          <Asked {...props} question={question} open={open} />
        ) : (
          <p>
            <strong>{draft.questions.length ? "Everything is decided." : "Nothing is contested."}</strong>
          </p>
        )}
        <div className="row">
          <Button kind="primary" onClick={props.onSave} hint="Space">
            Save, next
          </Button>
          <Button onClick={props.onSkip} hint="J">
            Skip
          </Button>
        </div>
      </section>
      <section className="panel" aria-label="Draft">
        <h2>Draft: {draft.shapes.length} shapes</h2>
        <ul>
          {draft.shapes.map(({ id, shape }) => (
            <li key={id} className="row">
              <Button kind="quiet" aria-pressed={id === draft.selected} onClick={() => props.onSelect(id)}>
                <Name>{shape.label}</Name>
              </Button>
              <span className="spread" />
              <Button kind="quiet" aria-label={`Delete ${shape.label}`} onClick={() => props.onRemove(id)}>
                ×
              </Button>
            </li>
          ))}
        </ul>
        <Button onClick={props.onDraw} hint="R">
          Draw a box
        </Button>
      </section>
      <section className="panel" aria-label="Labels">
        <h2>Labels</h2>
        <div className="row wrap">
          {labels.slice(0, MOST_LABELS).map((label) => (
            <Button
              key={label}
              {...(keys.has(label) ? { hint: keys.get(label) ?? "" } : {})}
              onClick={() => props.onLabel(label)}
            >
              <Name>{label}</Name>
            </Button>
          ))}
        </div>
      </section>
      <section className="panel" aria-label="Start again from">
        <h2>Start again from</h2>
        <div className="row wrap">
          {BEGINNINGS.map(([beginning, text, key]) => (
            <Button key={beginning} hint={key} onClick={() => props.onRestart(beginning)}>
              {text}
            </Button>
          ))}
        </div>
      </section>
    </aside>
  );
}

function Asked({
  asset,
  slot,
  question,
  draft,
  open,
  onAnswer,
}: Props & { question: Question; open: number }) {
  const champion =
    question.champion === null ? null : (shapesOf(asset.predictions[CHAMPION])[question.champion] ?? null);
  const shadow =
    question.shadow === null ? null : (shapesOf(asset.predictions[slot])[question.shadow] ?? null);
  return (
    <>
      <p className="secondary">
        Contested shape {(draft.focus ?? 0) + 1} of {draft.questions.length}, {open} undecided
      </p>
      <div className="sides">
        <Button onClick={() => onAnswer({ taken: "champion" })} hint="←">
          <span className="voice champion" aria-hidden="true" /> {said(champion)}
        </Button>
        <Button onClick={() => onAnswer({ taken: "shadow" })} hint="→">
          <span className="voice shadow" aria-hidden="true" /> {said(shadow)}
        </Button>
        <Button onClick={() => onAnswer({ taken: "neither" })} hint="↓">
          Neither
        </Button>
      </div>
    </>
  );
}

function said(shape: Shape | null): string {
  return shape ? `${shape.label} ${share(shape.score, 2)}` : "nothing there";
}
