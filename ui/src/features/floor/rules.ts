// The ticket's rules, apart from its looks: what was typed becomes a request or a reason why not. Deliberately
// absent: sums. Every figure in the ticket comes from the workstation's preview of the very same request.

import type { OrderPreview } from '../../ipc/bindings/OrderPreview';
import type { OrderRequest } from '../../ipc/bindings/OrderRequest';
import type { PriceRow } from '../../ipc/bindings/PriceRow';
import type { Book, Side } from '../../ipc/commands';
import { readTyped } from '../../lib/decimal';

export interface Typed {
  readonly coin: string;
  readonly side: Side;
  readonly book: Book;
  /** As typed; at most one of quantity and AUD is not empty. */
  readonly quantity: string;
  readonly aud: string;
  readonly kind: 'instant' | 'limit';
  /** Counts only for a limit order, which without it is incomplete: never instant by omission. */
  readonly limit: string;
  /** How long a limit order may rest, such as `4h`; empty is until it is cancelled. */
  readonly until?: string;
}

export type Field = 'coin' | 'quantity' | 'aud' | 'limit';

export type Reading =
  | { readonly is: 'request'; readonly request: OrderRequest }
  /** Nothing is wrong, something is missing. */
  | { readonly is: 'incomplete' }
  | { readonly is: 'wrong'; readonly field: Field; readonly why: string };

/** How long typing rests before the sums are asked for. */
export const PREVIEW_DELAY_MS = 180;

/** Reads the ticket. `market` is what is known of the coin; nothing when there is no such coin, or (`known` false) no prices yet. */
export function readTicket(typed: Typed, market: Pick<PriceRow, 'kind'> | null, known = true): Reading {
  const coin = typed.coin.trim().toUpperCase();
  if (coin === '') return { is: 'incomplete' };
  if (!market) return { is: 'wrong', field: 'coin', why: known ? `${coin} is not on the coin list` : `no price for ${coin} yet` };
  const base = { coin, side: typed.side, book: typed.book };
  const amount = readAmount(typed);
  if ('is' in amount) return amount;
  if (typed.kind === 'instant') return { is: 'request', request: { ...base, ...amount } };
  if (market.kind === 'instant') return { is: 'wrong', field: 'limit', why: `${coin} has no order book: it trades instant only` };
  if (typed.limit.trim() === '') return { is: 'incomplete' };
  const limit = readTyped(typed.limit);
  if (limit === null) return { is: 'wrong', field: 'limit', why: 'A limit is a price above 0' };
  return { is: 'request', request: { ...base, ...amount, limit, ...(typed.until ? { until: typed.until } : {}) } };
}

function readAmount({ quantity, aud }: Typed): { quantity: string } | { aud: string } | Exclude<Reading, { is: 'request' }> {
  if (quantity.trim() !== '') {
    const read = readTyped(quantity);
    return read === null ? { is: 'wrong', field: 'quantity', why: 'A quantity is a number above 0' } : { quantity: read };
  }
  if (aud.trim() !== '') {
    const read = readTyped(aud);
    return read === null ? { is: 'wrong', field: 'aud', why: 'An amount is a number above 0' } : { aud: read };
  }
  return { is: 'incomplete' };
}

/** Same request, same key: what is placed must be what was previewed. */
export const requestKey = (request: OrderRequest): string =>
  JSON.stringify([request.coin, request.side, request.book, request.quantity ?? null, request.aud ?? null, request.limit ?? null, request.until ?? null]);

export type Standing =
  | { readonly is: 'incomplete' }
  | { readonly is: 'wrong'; readonly field: Field; readonly why: string }
  | { readonly is: 'asking' }
  | { readonly is: 'refused'; readonly code: string; readonly message: string }
  | { readonly is: 'ready'; readonly request: OrderRequest };

/** Whether the order may be placed: only when the preview answers exactly what stands in the ticket. */
export function standing(reading: Reading, previewed: { key: string; preview: OrderPreview } | null): Standing {
  if (reading.is !== 'request') return reading;
  if (!previewed || previewed.key !== requestKey(reading.request)) return { is: 'asking' };
  const { denial } = previewed.preview;
  return denial ? { is: 'refused', ...denial } : { is: 'ready', request: reading.request };
}

/** Asks for a preview when typing rests; only the newest question is answered. */
export class Previews {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #newest = '';

  constructor(
    private readonly ask: (request: OrderRequest) => Promise<OrderPreview>,
    private readonly answered: (key: string, preview: OrderPreview) => void,
    private readonly failed: (key: string, thrown: unknown) => void,
    private readonly delayMs = PREVIEW_DELAY_MS,
  ) {}

  want(request: OrderRequest, delayMs = this.delayMs) {
    this.stop();
    const key = requestKey(request);
    this.#newest = key;
    this.#timer = setTimeout(() => {
      this.ask(request).then(
        (preview) => {
          if (this.#newest === key) this.answered(key, preview);
        },
        (thrown: unknown) => {
          if (this.#newest === key) this.failed(key, thrown);
        },
      );
    }, delayMs);
  }

  stop() {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#newest = '';
  }
}
