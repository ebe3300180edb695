// Whether what the page shows is of now: by the time of the last answer.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

const STALE_MS = 15_000;

export interface Live {
  stale: boolean;
  last: Date | null;
}

/** Looks every second at when the API answered last. */
export function useLive(): Live {
  const client = useQueryClient();
  const [live, setLive] = useState<Live>({ stale: false, last: null });
  useEffect(() => {
    const look = () => {
      const last = Math.max(
        0,
        ...client
          .getQueryCache()
          .getAll()
          .map((query) => query.state.dataUpdatedAt),
      );
      const asked = client
        .getQueryCache()
        .getAll()
        .some((query) => query.isActive());
      setLive((was) => {
        const stale = asked && last > 0 && Date.now() - last > STALE_MS;
        const unchanged = was.stale === stale && was.last?.getTime() === last && !stale;
        return unchanged ? was : { stale, last: last ? new Date(last) : null };
      });
    };
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [client]);
  return live;
}
