import type { PairFigures } from "../../api/types";
import { count, mean, share } from "../../format/number";
import { Button } from "../../parts/Button";

/** What both voices say of the same images, without anybody's review. */
export function Strip({
  pair,
  onOpen,
}: {
  pair: PairFigures;
  onOpen: (query: Record<string, string>) => void;
}) {
  const figures: [string, string, Record<string, string> | null][] = [
    ["agreement", share(pair.agreement), { comparison: "agree" }],
    ...(pair.kappa == null ? [] : [["Cohen's kappa", share(pair.kappa), null] as [string, string, null]]),
    ...(pair.mean_iou == null ? [] : [["mean IoU", share(pair.mean_iou), null] as [string, string, null]]),
    ["matched IoU", share(pair.matched_iou), null],
    ["contested an image", mean(pair.contested_per_image), { comparison: "contested" }],
    ["label flips an image", mean(pair.flips_per_image), { comparison: "flip" }],
    ["pairs", count(pair.complete), { comparison: "compared" }],
    ["waiting", count(pair.waiting), { comparison: "waiting" }],
    ["orphans", count(pair.orphans), { comparison: "orphan" }],
    ...(pair.mixed
      ? [
          ["not compared (two revisions)", count(pair.mixed), { comparison: "mixed" }] as [
            string,
            string,
            Record<string, string>,
          ],
        ]
      : []),
  ];
  return (
    <section className="panel" aria-label="Agreement" style={{ margin: "var(--s3) 0", padding: 0 }}>
      <dl className="strip">
        {figures.map(([name, value, query]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {query ? (
                <a
                  href="#images"
                  onClick={(event) => {
                    event.preventDefault();
                    onOpen(query);
                  }}
                >
                  {value}
                </a>
              ) : (
                value
              )}
            </dd>
          </div>
        ))}
        <span className="spread" />
        <Button onClick={() => onOpen({ comparison: "contested" })}>Contested ›</Button>
      </dl>
    </section>
  );
}
