/** Where there is nothing to show: the address means no page, or the page itself has failed. */
import { Component, type ComponentChildren } from "preact";
import { Problem, problemOf } from "../api.ts";
import { pathTo, route } from "../route.ts";
import { Wrong } from "./problem.tsx";

export function NoPage() {
  const { town, fault } = route.value;
  const hint = "Look whether all of the address was copied, and nothing but it.";
  return (
    <main class="sign-in">
      <h1>No such page</h1>
      <Wrong problem={new Problem({ code: "no_page", detail: fault ?? "", hint })} />
      <p>{town ? <a href={pathTo("now")}>Look at the town {town}</a> : <a href="/">Choose a town</a>}</p>
    </main>
  );
}

interface Props {
  /** When it is another, what failed is tried anew. */
  of: string;
  children: ComponentChildren;
}

/** An error within is told of in its place: it would leave nothing but white. */
export class Guarded extends Component<Props, { error: unknown }> {
  override state = { error: null };

  static override getDerivedStateFromError = (error: unknown) => ({ error });

  override componentDidUpdate({ of }: Props): void {
    if (of !== this.props.of && this.state.error !== null) this.setState({ error: null });
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const { message, code } = problemOf(error);
    const hint = "Load it anew. If it fails again, this is a bug of the page: please report it.";
    return (
      <>
        <h1>This page has failed</h1>
        <Wrong problem={new Problem({ code, detail: message, hint })} />
      </>
    );
  }
}
