// What called for attention: asked for whole at the start, kept by events. Invariants: an event applied twice changes
// nothing more; what cannot be read leaves what is shown; a sound is made only when the trader asked for sounds.

import type { AlertChange } from '../ipc/bindings/AlertChange';
import type { AlertRow } from '../ipc/bindings/AlertRow';
import type { AlertSettings } from '../ipc/bindings/AlertSettings';
import type { AlertsView } from '../ipc/bindings/AlertsView';
import * as commands from '../ipc/commands';
import { asErrorView } from '../ipc/transport';
import type { ErrorView } from '../ipc/bindings/ErrorView';
import { preferences } from './preferences.svelte';
import { beep } from './sound';

/** Kept in the window; older ones are for the command line. */
export const MOST = 500;
/** A banner older than this is for the Inbox. */
const BANNER_MS = 86_400_000;

/** The list with one alert in its place, newest first. */
export function placed(before: readonly AlertRow[], alert: AlertRow): readonly AlertRow[] {
  const at = before.findIndex((known) => known.id === alert.id);
  if (at >= 0) return before.with(at, alert);
  const place = before.findIndex((known) => known.at < alert.at);
  return (place < 0 ? [...before, alert] : before.toSpliced(place, 0, alert)).slice(0, MOST);
}

class Alerts {
  list = $state.raw<readonly AlertRow[]>([]);
  settings = $state.raw<AlertSettings | null>(null);
  /** Every rule there is. */
  rules = $state.raw<readonly string[]>([]);
  ready = $state(false);
  error = $state.raw<ErrorView | null>(null);
  /** The alert somebody asked for from elsewhere. */
  asked = $state<string | null>(null);
  /** Not seen, and older than what is listed. */
  #older = $state(0);
  #question = 0;

  get unseen() {
    return this.list.filter((alert) => alert.seen_at === null).length + this.#older;
  }

  /** What stands above everything else, newest first. */
  banners(now: number): readonly AlertRow[] {
    return this.list.filter((alert) => alert.banner && alert.seen_at === null && alert.recovered_at === null && now - Date.parse(alert.at) < BANNER_MS);
  }

  clear() {
    this.#question += 1;
    this.list = [];
    this.#older = 0;
    this.settings = null;
    this.ready = false;
    this.error = null;
    this.asked = null;
  }

  load = () => this.#take(() => commands.alerts(MOST));

  /** Says that an alert, or all of them, were seen; false when that could not be noted. */
  see = (id: string | null) => this.#take(() => commands.alertSeen(id), (alert) => id === null || alert.id === id);

  set = (changes: Record<string, string>) => this.#take(() => commands.alertsSet(changes));

  hear(alert: AlertRow, change: AlertChange) {
    this.list = placed(this.list, alert);
    if ((change === 'raised' || change === 'worse') && preferences.sound) beep();
  }

  async #take(ask: () => Promise<AlertsView>, seen?: (alert: AlertRow) => boolean): Promise<boolean> {
    const question = ++this.#question;
    try {
      const view = await ask();
      if (question !== this.#question) return true;
      this.settings = view.settings;
      this.rules = view.rules;
      // An answer about what was seen is shorter than the list.
      if (seen) this.list = this.list.map((alert) => (seen(alert) && alert.seen_at === null ? { ...alert, seen_at: new Date().toISOString() } : alert));
      for (const alert of seen ? view.alerts : []) this.list = placed(this.list, alert);
      if (!seen) this.list = view.alerts;
      this.#older = Math.max(0, view.unseen - this.list.filter((alert) => alert.seen_at === null).length);
      this.error = null;
      this.ready = true;
      return true;
    } catch (thrown) {
      if (question === this.#question) this.error = asErrorView(thrown);
      return false;
    }
  }
}

export const alerts = new Alerts();
