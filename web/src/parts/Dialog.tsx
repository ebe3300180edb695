import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface Props {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  /** A side sheet instead of a dialog in the middle. */
  sheet?: boolean;
  description?: string;
  children: ReactNode;
}

/** Traps focus and gives it back; Esc closes. */
export function Dialog({ open, onClose, title, sheet = false, description, children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="scrim" />
        <Radix.Content
          className={sheet ? "sheet" : "dialog"}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <Radix.Title asChild>
            <h1>{title}</h1>
          </Radix.Title>
          {description && <Radix.Description className="secondary">{description}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
