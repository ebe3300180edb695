// Each tab keeps its waiting reviews under a name of its own, and holds a lock of that name while it lives:
// what is kept under a name that nobody holds was left by a closed tab, and is taken over by another.

import { Sender, lettersOf } from "./outbox";

const PREFIX = "umbra.outbox.";

function ownName(): string {
  const known = sessionStorage.getItem(PREFIX);
  if (known) return known;
  const name = PREFIX + Array.from(crypto.getRandomValues(new Uint8Array(8))).join("");
  sessionStorage.setItem(PREFIX, name);
  return name;
}

const own = ownName();

/** The reviews of this tab on their way to the API. */
export const sender = new Sender({
  getItem: () => localStorage.getItem(own),
  setItem: (text) => localStorage.setItem(own, text),
});

/** Hold this tab's name, and take over what was left under others. Without locks (a page that is not served
 *  securely) nothing is taken over while its tab may still be open. */
export function takeOver(): void {
  // Locks are there only where the page came over TLS or from this machine.
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return;
  void locks.request(own, () => new Promise(() => undefined));
  const others = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX) && name !== own);
  for (const name of others) {
    void locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return;
      const left = lettersOf(localStorage.getItem(name));
      localStorage.removeItem(name);
      if (left.length) sender.adopt(left);
    });
  }
}
