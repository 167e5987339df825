// What waits for the trader's word: asked for whole, again whenever something about it is told, and again and again while
// it is looked at, because prices and times in it move. Invariants: the newest question wins; a decision is sent with the
// fingerprint of what was looked at; what cannot be read leaves what is shown.

import type { ApprovalView } from '../ipc/bindings/ApprovalView';
import type { ErrorView } from '../ipc/bindings/ErrorView';
import type { OrderView } from '../ipc/bindings/OrderView';
import * as commands from '../ipc/commands';
import { asErrorView } from '../ipc/transport';
import { toasts } from './toasts.svelte';

/** How often the cards are asked for again while somebody looks. */
export const LOOK_MS = 2500;

class Approvals {
  list = $state.raw<readonly ApprovalView[]>([]);
  askS = $state<number | null>(null);
  tolerance = $state<string | null>(null);
  error = $state.raw<ErrorView | null>(null);
  /** The one that is looked at. */
  chosen = $state<string | null>(null);
  /** The one whose dialog is open. */
  opened = $state<string | null>(null);
  #question = 0;

  /** The chosen one while it waits, else the one that ends first. */
  get current(): ApprovalView | null {
    return this.list.find((one) => one.id === this.chosen) ?? this.list[0] ?? null;
  }

  clear() {
    this.#question += 1;
    this.list = [];
    this.error = null;
    this.chosen = null;
    this.opened = null;
  }

  /** Opens the dialog of one, or of the one that ends first. */
  look(id: string | null = null) {
    const one = this.list.find((known) => known.id === id) ?? this.list[0];
    if (!one) return;
    this.chosen = one.id;
    this.opened = one.id;
  }

  async load(): Promise<void> {
    const question = ++this.#question;
    try {
      const view = await commands.approvals();
      if (question !== this.#question) return;
      this.list = view.approvals;
      this.askS = view.ask_s;
      this.tolerance = view.tolerance_pct;
      this.error = null;
    } catch (thrown) {
      if (question === this.#question) this.error = asErrorView(thrown);
    }
  }

  hear(order: OrderView, asked: boolean) {
    const known = this.list.some((one) => one.id === order.id);
    if (asked || (known && order.state !== 'awaiting_approval')) void this.load();
  }

  /** Carries a decision out and says what became of it; true when the order waits no longer. */
  async decide(words: string, decision: () => Promise<OrderView>): Promise<boolean> {
    try {
      const order = await decision();
      const what = `${order.side === 'buy' ? 'Buy' : 'Sell'} ${order.quantity} ${order.coin}`;
      toasts.done(`${what}: ${words}`, order.reason ?? `it is ${order.state.replaceAll('_', ' ')}`);
      // Where nothing else waits there is nothing left to look at.
      const left = order.state === 'awaiting_approval' || this.list.some((one) => one.id !== order.id);
      if (this.opened === order.id && !left) this.opened = null;
      await this.load();
      return true;
    } catch (thrown) {
      toasts.failed(`Not ${words}`, thrown);
      await this.load();
      return false;
    }
  }
}

export const approvals = new Approvals();
