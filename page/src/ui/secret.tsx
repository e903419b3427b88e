/** What is shown once, and kept nowhere on this page. */
import { Command } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";

export const Secret = (props: { of: string; secret: string; says: string; onClose: () => void }) => (
  <Dialog
    title={`The secret of ${props.of}`}
    mayClose={() => confirm(`Have you kept the secret of ${props.of}? It is not shown again.`)}
    onClose={props.onClose}
  >
    <p>{props.says}</p>
    <Command text={props.secret} name={`Copy the secret of ${props.of}`} />
    <div class="row">
      <button type="button" class="button main" onClick={props.onClose}>
        I have it
      </button>
    </div>
  </Dialog>
);
