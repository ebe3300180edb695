// The bytes of a picture: by its address alone, or with the tab's token where the API asks for one.

import { useEffect, useState } from "react";
import { Problem, get, picture, token } from "../api/client";

export interface Shown {
  /** For an <img>; null while it is fetched. */
  src: string | null;
  /** Why there is none. */
  trouble: Trouble | null;
  failed: () => void;
  again: () => void;
}

export interface Trouble {
  kept: boolean;
  text: string;
}

export function usePicture(path: string): Shown {
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<{ of: string; src: string | null; trouble: Trouble | null } | null>(
    null,
  );
  const of = `${path}#${attempt}`;
  const withToken = token() !== null;
  useEffect(() => {
    if (!withToken) return undefined;
    let url: string | null = null;
    const ending = new AbortController();
    picture(path, ending.signal).then(
      (blob) => {
        url = URL.createObjectURL(blob);
        setFound({ of, src: url, trouble: null });
      },
      (error: unknown) => ending.signal.aborted || setFound({ of, src: null, trouble: troubleOf(error) }),
    );
    return () => {
      ending.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [path, of, withToken]);

  const known = found?.of === of ? found : null;
  return {
    src: known ? known.src : withToken ? null : path,
    trouble: known?.trouble ?? null,
    // An <img> does not say why; the API does.
    failed: () =>
      void get(path).then(
        () => setFound({ of, src: null, trouble: UNREADABLE }),
        (error: unknown) => setFound({ of, src: null, trouble: troubleOf(error) }),
      ),
    again: () => setAttempt((was) => was + 1),
  };
}

const UNREADABLE: Trouble = { kept: true, text: "The picture could not be read." };

function troubleOf(error: unknown): Trouble {
  if (error instanceof Problem && error.slug === "image-not-kept")
    return { kept: false, text: error.details.detail };
  if (error instanceof Problem) return { kept: true, text: error.details.detail };
  return UNREADABLE;
}
