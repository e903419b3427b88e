import type { IncidentDismissal } from "../commands/inputs.ts";
import type { Page } from "../db/page.ts";
import { listQuarantined } from "../db/quarantine.ts";
import { listIncidents, listTicks } from "../queries/reads.ts";
import { listUnreadable } from "../unreadable/index.ts";
import { incidentView, quarantinedView, tickView, unreadableView } from "./record-views.ts";
import { TownRigs } from "./town-rigs.ts";

/** What a town keeps of itself for people to read, and to dismiss. */
export abstract class TownRecords extends TownRigs {
  incidents(page: Page) {
    return this.read((tx) => listIncidents(tx, page).map(incidentView));
  }

  ticks(page: Page) {
    return this.read((tx) => listTicks(tx, page).map(tickView));
  }

  quarantine(page: Page) {
    return this.read((tx) => listQuarantined(tx, page).map(quarantinedView));
  }

  /** @param event null: all of them */
  dismiss(event: number | null) {
    return this.told({ type: "event_dismissed", payload: { event } }, (result: { dismissed: number }) => result);
  }

  dismissIncident(input: IncidentDismissal) {
    return this.told({ type: "incident_dismissed", payload: input }, (result: { dismissed: number }) => result);
  }

  unreadable(page: Page) {
    return this.read((tx) => listUnreadable(tx, page).map(unreadableView));
  }

  dismissUnreadable(id: number) {
    return this.told({ type: "unreadable_dismissed", payload: { id } }, (result: { dismissed: number }) => result);
  }
}
