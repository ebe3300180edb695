import { useLocation } from "wouter";

/** The deployment whose screens are open; null elsewhere. */
export function useDeploymentId(): string | null {
  const [path] = useLocation();
  const match = /^\/deployments\/([^/]+)/.exec(path);
  return match?.[1] ? decodeURIComponent(match[1]) : null;
}
