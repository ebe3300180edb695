import { Problem } from "../api/client";
import { Button } from "./Button";
import { Copyable } from "./Copyable";
import { SignIn } from "./SignIn";

/** An error in place of the panel it is about: what is wrong, what to do, and how to ask about it. */
export function Trouble({ error, again }: { error: Error; again?: () => void }) {
  const details = error instanceof Problem ? error.details : null;
  return (
    <div className="problem" role="alert">
      <strong>{details?.title ?? "The API does not answer"}</strong>
      <span>{details?.detail ?? error.message}</span>
      {details?.remedy && <span className="secondary">{details.remedy}</span>}
      {error instanceof Problem && error.slug === "unauthorized" && <SignIn />}
      <div className="row">
        {again && <Button onClick={again}>Try again</Button>}
        {details && <Copyable text={details.request_id} label="the request id" />}
      </div>
    </div>
  );
}
