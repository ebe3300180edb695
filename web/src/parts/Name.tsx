/** A name somebody else chose: a text node, cut with an ellipsis, whole in the tooltip, alone in its direction. */
export function Name({ children, mono = false }: { children: string; mono?: boolean }) {
  return (
    <span className={mono ? "name mono" : "name"} title={children} dir="auto">
      {children}
    </span>
  );
}
