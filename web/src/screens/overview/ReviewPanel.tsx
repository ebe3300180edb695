import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Deployment, Evaluation } from "../../api/types";
import { count, share } from "../../format/number";
import { Loaded, Panel } from "../../parts/Panel";
import { deploymentPath } from "../../state/address";
import { CHAMPION } from "../../state/slots";
import { progressOptions } from "../review/queue";
import { truthNames } from "./figures";

interface Props {
  of: Deployment;
  slot: string | null;
  evaluation: Evaluation | undefined;
}

/** How far the reviewers are, and what those images alone say that chance drew. */
export function ReviewPanel({ of, slot, evaluation }: Props) {
  const progress = useQuery(progressOptions(of.id));
  return (
    <Panel title="Review">
      <Loaded query={progress} size={2}>
        {({ reviewed, goal, by_queue }) => (
          <div className="stack">
            <progress value={Math.min(reviewed, goal)} max={goal} aria-label="Reviewed, of the goal" />
            <p>
              {count(reviewed)} of {count(goal)} reviewed
              {by_queue["contested"] ? `, ${count(by_queue["contested"])} chosen because contested` : ""}.
            </p>
            <p className="secondary">{atRandom(of, slot, evaluation)}</p>
            <p className="row wrap">
              <Link href={deploymentPath(of.id, "review")}>Review the most contested ›</Link>
              <Link href={`${deploymentPath(of.id, "review")}?queue=random`}>Draw at random ›</Link>
            </p>
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function atRandom(of: Deployment, slot: string | null, evaluation: Evaluation | undefined): string {
  const [name, field] = truthNames(of.task)[0] ?? ["AP", "ap"];
  const versions = [CHAMPION, ...(slot ? [slot] : [])].flatMap((each) =>
    (evaluation?.versions ?? []).filter((found) => found.model_version === of.slots[each]?.model_version),
  );
  const n = Math.max(0, ...versions.map((version) => version.random_only.n));
  if (!n) return "None was drawn at random: only those say how good a model is on all images.";
  const values = versions.map((version) => share(version.random_only[field]?.value));
  return `${count(n)} were drawn at random. These alone: ${name} ${values.join(" and ")}.`;
}
