import { Dialog } from "../parts/Dialog";
import { prefer, usePreferences } from "../state/preferences";

const KEYS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    "everywhere",
    [
      ["Ctrl K", "go to"],
      ["?", "keys"],
      ["G D", "Deployments"],
      ["G O", "Overview"],
      ["G P", "Predictions"],
      ["G M", "Models"],
      ["/", "search"],
      ["[ ]", "shorter, longer window"],
      ["Shift P", "pause"],
      ["Shift T", "theme"],
      ["Esc", "close, back"],
    ],
  ],
  [
    "overview",
    [
      ["Shift U", "promote…"],
      ["Shift B", "roll back…"],
      ["← → Enter", "in charts"],
    ],
  ],
  [
    "predictions",
    [
      ["arrows, Enter", "move, open"],
      ["V", "grid or table"],
      ["C S B D", "champion, shadow, both, differences"],
      ["L", "chips"],
      ["- +", "tile width"],
      [".", "newer images"],
    ],
  ],
  [
    "one image",
    [
      ["J K", "next, previous"],
      ["C S B D L", "what is drawn"],
      ["+ - 0", "zoom"],
      ["N, Shift N", "next, previous contested shape"],
      ["hold H", "hide everything drawn"],
      ["Y", "copy the address"],
    ],
  ],
];

/** Every key, and whether single ones act at all. */
export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { singleKeys } = usePreferences();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Keys"
      description="Off while you type. Every key has a visible control."
    >
      <div className="key-help">
        {KEYS.map(([where, keys]) => (
          <section key={where}>
            <h3>{where}</h3>
            <dl>
              {keys.map(([key, does]) => (
                <div key={key} className="row">
                  <dt>
                    <kbd className="key">{key}</kbd>
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label className="row">
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={(event) => prefer({ singleKeys: event.target.checked })}
        />
        Single-character keys act by themselves (off: only with Alt)
      </label>
    </Dialog>
  );
}
