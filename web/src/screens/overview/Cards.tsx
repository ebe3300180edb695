import type { Deployment, Evaluation, Metrics, Workers } from "../../api/types";
import { Button } from "../../parts/Button";
import { Copyable } from "../../parts/Copyable";
import { Name } from "../../parts/Name";
import { Voice } from "../../parts/Voice";
import { CHAMPION } from "../../state/slots";
import { differenceOf, figuresOf } from "./figures";
import type { Figure } from "./figures";

interface Props {
  of: Deployment;
  metrics: Metrics | undefined;
  evaluation: Evaluation | undefined;
  crew: Workers | undefined;
}

export function ChampionCard({
  of,
  metrics,
  evaluation,
  crew,
  onRollback,
}: Props & { onRollback: () => void }) {
  const held = of.slots[CHAMPION];
  const figures = figuresOf(of, CHAMPION, metrics, evaluation, crew);
  const silent = metrics !== undefined && !figures[0]?.raw;
  return (
    <section className="panel card champion" aria-label={`Champion ${held?.model_version ?? ""}`}>
      <header>
        <Voice slot={CHAMPION} />
        <h2>Champion</h2>
        <Name mono>{held?.model_version ?? "–"}</Name>
        <span className="tertiary">since r{held?.since_revision}</span>
        <span className="spread" />
        <Button onClick={onRollback} title="Shift B">
          Roll back…
        </Button>
      </header>
      {silent ? (
        <div className="empty">
          <strong>No image has arrived in this window.</strong>
          <p>Send one:</p>
          <Copyable text={`umbra send photo.jpg --deployment ${of.id}`} />
        </div>
      ) : (
        <Figures figures={figures} />
      )}
      <Unmanned of={of} slot={CHAMPION} />
    </section>
  );
}

interface ShadowProps extends Props {
  slot: string | null;
  slots: string[];
  onSlot: (slot: string) => void;
  onPromote: () => void;
  onAssign: () => void;
}

export function ShadowCard({
  of,
  slot,
  slots,
  onSlot,
  metrics,
  evaluation,
  crew,
  onPromote,
  onAssign,
}: ShadowProps) {
  if (!slot) {
    return (
      <section className="panel card shadow" aria-label="Shadow">
        <div className="empty">
          <strong>No shadow.</strong>
          <p>Pick a model to see what it would do on the same images; the champion does not notice.</p>
          <Button kind="primary" onClick={onAssign}>
            Assign a shadow
          </Button>
        </div>
      </section>
    );
  }
  const held = of.slots[slot];
  const champion = figuresOf(of, CHAMPION, metrics, evaluation, crew);
  return (
    <section className="panel card shadow" aria-label={`Shadow ${held?.model_version ?? ""}`}>
      <header>
        <Voice slot={slot} order={slots.indexOf(slot) + 1} />
        <h2>Shadow</h2>
        {slots.length > 1 && (
          <select
            className="input switcher"
            aria-label="Shadow slot"
            value={slot}
            onChange={(event) => onSlot(event.target.value)}
          >
            {slots.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
        <Name mono>{held?.model_version ?? "–"}</Name>
        <span className="tertiary">since r{held?.since_revision}</span>
        {held?.paused && <span className="badge warn">paused</span>}
        <span className="spread" />
        <Button onClick={onAssign}>Change…</Button>
        <Button kind="primary" onClick={onPromote} title="Shift U">
          Promote…
        </Button>
      </header>
      <Figures figures={figuresOf(of, slot, metrics, evaluation, crew)} beside={champion} />
      <Unmanned of={of} slot={slot} />
    </section>
  );
}

function Figures({ figures, beside }: { figures: Figure[]; beside?: Figure[] }) {
  return (
    <dl className="figures">
      {figures.map((figure, place) => {
        const gap = beside ? differenceOf(beside[place], figure) : null;
        return (
          <div key={figure.name}>
            <dt>{figure.name}</dt>
            <dd>
              {figure.value}
              <span className="third">
                {gap ? `${gap.text}${gap.word ? ` ${gap.word}` : ""}` : ""}
                {gap && figure.note ? " · " : ""}
                {figure.note}
              </span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Unmanned({ of, slot }: { of: Deployment; slot: string }) {
  const held = of.slots[slot];
  if (!held || held.workers || held.paused) return null;
  return (
    <p className="warn row wrap">
      No worker runs slot {slot}. Its images are waiting in the stream, none is lost. Start one:{" "}
      <Copyable text={`umbra worker --slot ${slot}`} />
    </p>
  );
}
