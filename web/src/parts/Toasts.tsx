import { unsay, useToasts } from "../state/toasts";
import { Button } from "./Button";

export function Toasts() {
  return (
    <div className="toasts" aria-live="polite">
      {useToasts().map((toast) => (
        <div key={toast.id} className="toast" role={toast.bad ? "alert" : "status"}>
          <span className={toast.bad ? "bad" : ""}>{toast.text}</span>
          <span className="spread" />
          {toast.action && (
            <Button
              kind="quiet"
              onClick={() => {
                toast.action?.act();
                unsay(toast.id);
              }}
            >
              {toast.action.label}
            </Button>
          )}
          <Button kind="quiet" aria-label="Dismiss" onClick={() => unsay(toast.id)}>
            ×
          </Button>
        </div>
      ))}
    </div>
  );
}
