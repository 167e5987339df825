// The simulated world's tax: filings, parcels, what-if. Simplified, like its books: parcels go first in, first out.

import type { Filing } from '../bindings/Filing';
import type { FileRequest } from '../bindings/FileRequest';
import type { OpenParcel } from '../bindings/OpenParcel';
import type { ParcelsView } from '../bindings/ParcelsView';
import type { PositionView } from '../bindings/PositionView';
import type { Tax } from '../bindings/Tax';
import type { TaxChange } from '../bindings/TaxChange';
import type { TaxSettings } from '../bindings/TaxSettings';
import type { WhatIfMethod } from '../bindings/WhatIfMethod';
import type { WhatIfRequest } from '../bindings/WhatIfRequest';
import type { WhatIfView } from '../bindings/WhatIfView';
import { amount, over, text, times, type Amount } from './arithmetic';

const NO_ADVICE = 'This is not tax advice: a calculation by the rules named here, from the trades this workspace knows.';
const DAY_MS = 86_400_000;
const FEE = amount('0.001');
const FIGURES = ['capital_gains', 'discount_gains', 'other_gains', 'capital_losses', 'losses_brought_forward', 'losses_applied', 'discount', 'net_capital_gain', 'losses_carried_forward', 'other_income'] as const;

/** What the trader filed and set. */
export class TaxWords {
  readonly #filed = new Map<number, Filing[]>();
  readonly #settings: Record<string, string> = {};

  settings(): TaxSettings {
    const law = this.#settings.law_2027 === 'confirmed';
    return {
      settings: { ...this.#settings },
      regimes: [
        { name: 'discount', from_year: 2009, standing: 'law', months: 12, discount_pct: 50, minimum_tax_pct: null, missing: [] },
        { name: 'indexation', from_year: 2028, standing: law ? 'confirmed' : 'bill', months: 12, discount_pct: 50, minimum_tax_pct: 30, missing: ['deemed_gain', 'indexation_months', 'factor_decimals', 'indexes_losses'].filter((name) => this.#settings[name] === undefined) },
      ],
      snapshot: [], filed: Object.fromEntries([...this.#filed].map(([fy, filings]) => [String(fy), filings.at(-1)?.method ?? 'fifo'])), picked_sales: 0, notes: [NO_ADVICE],
    };
  }

  change(change: TaxChange): TaxSettings {
    if (change.do === 'law') this.#settings.law_2027 = change.confirmed ? 'confirmed' : '';
    if (change.do === 'set') for (const [name, value] of Object.entries(change.changes)) this.#settings[name] = value ?? '';
    for (const [name, value] of Object.entries(this.#settings)) if (value === '') Reflect.deleteProperty(this.#settings, name);
    return this.settings();
  }

  file(request: FileRequest, year: Tax): Filing {
    const filings = this.#filed.get(request.fy) ?? [];
    const sums = Object.fromEntries(FIGURES.map((name) => [name, year[name]]));
    const filing: Filing = { fy: request.fy, revision: filings.length + 1, method: request.method ?? year.method, recorded: request.preview !== true, sums, differs: [], others: [], notes: [NO_ADVICE] };
    if (filing.recorded) this.#filed.set(request.fy, [...filings, filing]);
    return filing;
  }

  /** The year with what was filed. */
  told(year: Tax, now: string): Tax {
    const filings = this.#filed.get(year.fy) ?? [];
    const revision = (filing: Filing) => ({ revision: filing.revision, at: now, method: filing.method, note: '', journal: ['mock:418:9f2c'], sums: filing.sums });
    const last = filings.at(-1);
    const rate = this.rate;
    const estimate = rate === null ? null : { rate_pct: rate, tax: text(times(amount(year.net_capital_gain) + amount(year.other_income), amount(String(Number(rate) / 100)))) };
    return last === undefined ? { ...year, estimate } : { ...year, estimate, method: last.method, filed: { fy: year.fy, last: revision(last), timezone: year.timezone, earlier: filings.slice(0, -1).map(revision), differs: [] } };
  }

  get rate(): string | null {
    return this.#settings.marginal_rate_pct ?? null;
  }
}

export function parcelsOf(book: 'paper' | 'live', positions: readonly PositionView[], now: number): ParcelsView {
  const open = (position: PositionView) => position.parcels.map((parcel, at): OpenParcel => {
    const days = Math.max(0, 366 - Math.floor((now - Date.parse(parcel.acquired)) / DAY_MS));
    const value = position.market_value === null ? null : times(amount(parcel.quantity), over(amount(position.market_value), amount(position.quantity)));
    return {
      id: `${position.coin}${at}`.padEnd(32, '0').toLowerCase(), coin: position.coin, acquired: parcel.acquired, acquired_quantity: parcel.quantity, quantity: parcel.quantity, cost: parcel.cost,
      value: value === null ? null : text(value), gain: value === null || parcel.cost === null ? null : text(value - amount(parcel.cost)), days_to_discount: days,
      discountable_from: new Date(Date.parse(parcel.acquired) + 366 * DAY_MS).toISOString().slice(0, 10), used_by: [],
    };
  });
  const parcels = positions.flatMap(open);
  return { book, method: 'fifo', parcels, total: parcels.length, notes: [NO_ADVICE] };
}

/** Which open parcels go first. */
const ORDER: Record<string, (a: OpenParcel, b: OpenParcel) => number> = {
  fifo: (a, b) => (a.acquired < b.acquired ? -1 : 1),
  lifo: (a, b) => (a.acquired > b.acquired ? -1 : 1),
  hifo: (a, b) => (over(amount(a.cost ?? '0'), amount(a.quantity)) > over(amount(b.cost ?? '0'), amount(b.quantity)) ? -1 : 1),
};

export function whatIfOf(request: WhatIfRequest, open: ParcelsView, bid: string | null, rate: string | null): WhatIfView | null {
  const price = request.at ?? bid;
  if (price === null) return null;
  const quantity = amount(request.quantity);
  const fee = times(times(quantity, amount(price)), FEE);
  const by = (method: string): WhatIfMethod => {
    let left = quantity;
    const rows = open.parcels.filter((parcel) => parcel.coin === request.coin).sort(ORDER[method]);
    const parcels = rows.flatMap((parcel) => {
      const part = left < amount(parcel.quantity) ? left : amount(parcel.quantity);
      if (part === 0n) return [];
      left -= part;
      const cost = times(amount(parcel.cost ?? '0'), over(part, amount(parcel.quantity)));
      const proceeds = times(part, amount(price)) - times(fee, over(part, quantity));
      return [{ id: parcel.id, acquired: parcel.acquired, quantity: text(part), cost: text(cost), proceeds: text(proceeds), gain: text(proceeds - cost), discount: parcel.days_to_discount === 0 && proceeds > cost, days_to_discount: parcel.days_to_discount }];
    });
    const sum = (of: (parcel: (typeof parcels)[number]) => Amount) => parcels.reduce((total, parcel) => total + of(parcel), 0n);
    const [gain, brings, discounted] = [sum((p) => amount(p.gain)), sum((p) => amount(p.proceeds)), sum((p) => (p.discount ? amount(p.gain) : 0n))];
    const change = gain - over(discounted, amount('2'));
    const tax = rate === null ? null : times(change, over(amount(rate), amount('100')));
    const next = rows.map((parcel) => parcel.days_to_discount ?? 0).filter((days) => days > 0).sort((a, b) => a - b)[0] ?? null;
    return {
      method, parcels, proceeds: text(brings), gain: text(gain), discount_gain: text(discounted), without_parcel: text(left), year_before: '1200', year_after: text(amount('1200') + change), year_change: text(change),
      losses_left: '0', tax: tax === null ? null : text(tax), after_tax: tax === null ? null : text(brings - tax), next_discount_days: next, next_discount_quantity: next === null ? null : '0.1',
    };
  };
  return {
    coin: request.coin, book: open.book, quantity: request.quantity, price, price_from: request.at === undefined ? 'bid' : 'given', price_age_s: request.at === undefined ? 3 : null, fee: text(fee), fy: 2027, rate_pct: rate,
    methods: ['fifo', 'lifo', 'hifo'].map(by), notes: [NO_ADVICE],
  };
}
