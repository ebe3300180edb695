import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useSearch } from "wouter";
import { deployments } from "../api/queries";
import { clock, duration } from "../format/time";
import { deploymentPath } from "../state/address";
import { togglePause, useLive } from "../state/live";
import { prefer, toggleTheme, usePreferences } from "../state/preferences";
import { useDeploymentId } from "../state/route";
import { Button } from "./Button";
import { Segments } from "./Segments";
import { useNow } from "./Time";

const TABS = [
  ["Overview", ""],
  ["Predictions", "predictions"],
  ["Review", "review"],
] as const;

export function Header({ onGoTo, onHelp }: { onGoTo: () => void; onHelp: () => void }) {
  const { theme, zone } = usePreferences();
  const deployment = useDeploymentId();
  return (
    <header className="app-header">
      <Link href="/" className="brand">
        <img src="/icon.svg" alt="" width={20} height={20} /> Umbra
      </Link>
      <nav aria-label="Umbra">
        <Tab href="/" exact>
          Deployments
        </Tab>
        <Tab href="/models">Models</Tab>
      </nav>
      {deployment && <DeploymentTabs id={deployment} />}
      <span className="spread" />
      <LiveBadge />
      <Button kind="quiet" onClick={onGoTo} hint="Ctrl K">
        Go to…
      </Button>
      <Segments
        label="Time zone"
        options={["UTC", "local"] as const}
        value={zone}
        onChange={(next) => prefer({ zone: next })}
      />
      <Button
        kind="quiet"
        onClick={toggleTheme}
        aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
        title="Theme (Shift T)"
      >
        {theme === "dark" ? "☀" : "☾"}
      </Button>
      <Button kind="quiet" onClick={onHelp} aria-label="Keys" title="Keys (?)">
        ?
      </Button>
    </header>
  );
}

function DeploymentTabs({ id }: { id: string }) {
  const [path, go] = useLocation();
  const search = useSearch();
  const { data } = useQuery(deployments());
  const ids = data?.items.map((item) => item.id) ?? [id];
  const query = carried(search);
  return (
    <>
      <span className="divider" aria-hidden="true" />
      <select
        className="input switcher"
        aria-label="Deployment"
        value={id}
        onChange={(event) =>
          go(
            path.replace(deploymentPath(id), deploymentPath(event.target.value)).split("/predictions/")[0] ??
              "/",
          )
        }
      >
        {(ids.includes(id) ? ids : [id, ...ids]).map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <nav aria-label={`Deployment ${id}`}>
        {TABS.map(([text, part]) => (
          <Tab key={text} href={deploymentPath(id, ...(part ? [part] : [])) + query} exact={!part}>
            {text}
          </Tab>
        ))}
      </nav>
    </>
  );
}

/** Window and filters go along from tab to tab of one deployment. */
function carried(search: string): string {
  return search ? `?${search}` : "";
}

function Tab({ href, exact = false, children }: { href: string; exact?: boolean; children: string }) {
  const [path] = useLocation();
  const target = href.split("?")[0] ?? href;
  const here = exact
    ? path === target || (target !== "/" && path.startsWith(`${target}/revisions`))
    : path.startsWith(target);
  return (
    <Link href={href} className={here ? "tab here" : "tab"} aria-current={here ? "page" : undefined}>
      {children}
    </Link>
  );
}

function LiveBadge() {
  const { stale, last, pausedAt } = useLive();
  const { zone } = usePreferences();
  if (pausedAt) {
    return (
      <button type="button" className="badge warn" onClick={togglePause} title="Go on (Shift P)">
        Paused at {clock(pausedAt, zone)}
      </button>
    );
  }
  if (stale && last) return <Stale last={last} />;
  return (
    <button type="button" className="badge" onClick={togglePause} title="Pause (Shift P)">
      <span className="dot" aria-hidden="true" /> Live
    </button>
  );
}

function Stale({ last }: { last: Date }) {
  const { zone } = usePreferences();
  const now = useNow(1_000);
  return (
    <span className="badge warn" role="status">
      Last update {clock(last, zone)}, {duration((now.getTime() - last.getTime()) / 1000)} ago. Reconnecting…
    </span>
  );
}
