import { Suspense, lazy, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { GoTo } from "./parts/GoTo";
import { Header } from "./parts/Header";
import { Ghost } from "./parts/Panel";
import { Toasts } from "./parts/Toasts";
import { KeyHelp } from "./keys/KeyHelp";
import { useKeys } from "./keys/keys";
import { toggleTheme } from "./state/preferences";
import { DeploymentsScreen } from "./screens/deployments/DeploymentsScreen";
import { togglePause, useEvents } from "./state/live";
import { useDeploymentId } from "./state/route";

// What not everybody opens is fetched when somebody does.
const OverviewScreen = lazy(() => import("./screens/overview/OverviewScreen"));
const PredictionsScreen = lazy(() => import("./screens/predictions/PredictionsScreen"));
const DetailScreen = lazy(() => import("./screens/detail/DetailScreen"));
const ReviewScreen = lazy(() => import("./screens/review/ReviewScreen"));
const ModelsScreen = lazy(() => import("./screens/models/ModelsScreen"));

export function App() {
  const [, go] = useLocation();
  const deployment = useDeploymentId();
  const [helping, setHelping] = useState(false);
  const [going, setGoing] = useState(false);
  useEvents(deployment);
  const tab = (...rest: string[]) =>
    deployment && go(["/deployments", encodeURIComponent(deployment), ...rest].join("/"));

  useKeys({
    "Ctrl+k": () => setGoing(true),
    "?": () => setHelping(true),
    "Shift+T": toggleTheme,
    "Shift+P": togglePause,
    "g d": () => go("/"),
    "g m": () => go("/models"),
    "g o": () => tab(),
    "g p": () => tab("predictions"),
    "g r": () => tab("review"),
  });

  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header onGoTo={() => setGoing(true)} onHelp={() => setHelping(true)} />
      <main id="main" tabIndex={-1}>
        <Suspense
          fallback={
            <div className="page">
              <Ghost lines={8} />
            </div>
          }
        >
          <Switch>
            <Route path="/" component={DeploymentsScreen} />
            <Route path="/models/:version?">
              {({ version }) => <ModelsScreen version={decoded(version)} />}
            </Route>
            <Route path="/deployments/:id">
              {({ id }) => <OverviewScreen id={decodeURIComponent(id)} />}
            </Route>
            <Route path="/deployments/:id/revisions/:revision">
              {({ id, revision }) => (
                <OverviewScreen id={decodeURIComponent(id)} revision={Number(revision)} />
              )}
            </Route>
            <Route path="/deployments/:id/predictions">
              {({ id }) => <PredictionsScreen id={decodeURIComponent(id)} />}
            </Route>
            <Route path="/deployments/:id/predictions/:image">
              {({ id, image }) => (
                <DetailScreen id={decodeURIComponent(id)} imageId={decodeURIComponent(image)} />
              )}
            </Route>
            <Route path="/deployments/:id/review">
              {({ id }) => <ReviewScreen id={decodeURIComponent(id)} />}
            </Route>
            <Route>
              <Redirect to="/" />
            </Route>
          </Switch>
        </Suspense>
      </main>
      <Toasts />
      <KeyHelp open={helping} onClose={() => setHelping(false)} />
      <GoTo open={going} onClose={() => setGoing(false)} />
    </>
  );
}

function decoded(part: string | undefined): string | null {
  return part === undefined ? null : decodeURIComponent(part);
}
