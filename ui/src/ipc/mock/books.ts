// The simulated books: trades into parcels, first in first out.

import type { Pnl } from '../bindings/Pnl';
import type { PnlGroup } from '../bindings/PnlGroup';
import type { PnlRequest } from '../bindings/PnlRequest';
import type { PositionView } from '../bindings/PositionView';
import type { Tax } from '../bindings/Tax';
import type { TaxRequest } from '../bindings/TaxRequest';
import type { TradeView } from '../bindings/TradeView';
import { amount, over, text, times, type Amount } from './arithmetic';

interface Parcel {
  acquired: string;
  quantity: Amount;
  cost: Amount;
}

interface Sale {
  trade: TradeView;
  proceeds: Amount;
  cost: Amount;
  unknown: Amount;
}

export interface Fold {
  parcels: Map<string, Parcel[]>;
  sales: Sale[];
}

export function fold(trades: readonly TradeView[]): Fold {
  const parcels = new Map<string, Parcel[]>();
  const sales: Sale[] = [];
  for (const trade of trades) {
    const held = parcels.get(trade.coin) ?? [];
    parcels.set(trade.coin, held);
    const quantity = amount(trade.quantity);
    const value = times(quantity, amount(trade.price));
    if (trade.side === 'buy') held.push({ acquired: trade.time, quantity, cost: value + amount(trade.fee) });
    else sales.push(sell(trade, held, quantity, value - amount(trade.fee)));
  }
  return { parcels, sales };
}

function sell(trade: TradeView, held: Parcel[], quantity: Amount, proceeds: Amount): Sale {
  let left = quantity;
  let cost = 0n;
  while (left > 0n && held[0]) {
    const parcel = held[0];
    const part = parcel.quantity <= left ? parcel.quantity : left;
    const share = part === parcel.quantity ? parcel.cost : times(parcel.cost, over(part, parcel.quantity));
    parcel.quantity -= part;
    parcel.cost -= share;
    cost += share;
    left -= part;
    if (parcel.quantity === 0n) held.shift();
  }
  const known = quantity - left;
  return { trade, proceeds: left === 0n ? proceeds : times(proceeds, over(known, quantity)), cost, unknown: left };
}

const sum = (values: Amount[]) => values.reduce((a, b) => a + b, 0n);

export type BidOf = (coin: string) => { bid: string | null; age: number };

export function positionsOf({ parcels }: Fold, bidOf: BidOf): PositionView[] {
  const views: PositionView[] = [];
  for (const [coin, held] of [...parcels].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (held.length === 0) continue;
    const quantity = sum(held.map((p) => p.quantity));
    const cost = sum(held.map((p) => p.cost));
    const { bid, age } = bidOf(coin);
    const value = bid === null ? null : times(quantity, amount(bid));
    views.push({
      coin,
      quantity: text(quantity),
      cost: text(cost),
      average_price: text(over(cost, quantity)),
      market_value: value === null ? null : text(value),
      dust: value !== null && value < amount('1'),
      unrealised: value === null ? null : text(value - cost),
      price_age_s: bid === null ? null : age,
      valued_at: bid === null ? null : 'bid',
      parcels: held.map((p) => ({ acquired: p.acquired, quantity: text(p.quantity), cost: text(p.cost) })),
    });
  }
  return views;
}

function keyOf(trade: TradeView, by: string): string {
  const day = trade.time.slice(0, 10);
  if (by === 'coin') return trade.coin;
  if (by === 'algorithm') return trade.algorithm ?? 'manual';
  if (by === 'day') return day;
  if (by === 'month') return day.slice(0, 7);
  if (by === 'year') return day.slice(0, 4);
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const week = Math.ceil(((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7);
  return `${date.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}

export function pnlOf(trades: readonly TradeView[], folded: Fold, positions: PositionView[], request: PnlRequest, labels: (trade: TradeView) => string[] = () => ['']): Pnl {
  const unrealised = sum(positions.map((p) => (p.unrealised === null ? 0n : amount(p.unrealised))));
  const realised = sum(folded.sales.map((s) => s.proceeds - s.cost));
  const by = request.by;
  const groups = by ? groupsOf(trades, folded, positions, by, labels) : [];
  const unknown = new Map<string, Amount>();
  for (const { trade, unknown: left } of folded.sales) if (left > 0n) unknown.set(trade.coin, (unknown.get(trade.coin) ?? 0n) + left);
  return {
    method: 'fifo',
    from: null,
    to: null,
    realised: text(realised),
    unrealised: text(unrealised),
    total: text(realised + unrealised),
    fees: text(sum(trades.map((t) => amount(t.fee)))),
    proceeds: text(sum(folded.sales.map((s) => s.proceeds))),
    cost: text(sum(folded.sales.map((s) => s.cost))),
    groups,
    metrics: {},
    unpriced: positions.filter((p) => p.market_value === null).map((p) => p.coin),
    income: '0', received: '0', spent: '0', no_price: [],
    unknown_basis: [...unknown].map(([coin, quantity]) => ({ coin, quantity: text(quantity) })),
    notes: [],
  };
}

function groupsOf(trades: readonly TradeView[], folded: Fold, positions: PositionView[], by: string, labels: (trade: TradeView) => string[]): PnlGroup[] {
  const keysOf = (trade: TradeView) => (by === 'tag' ? labels(trade) : [keyOf(trade, by)]);
  const keys = [...new Set(trades.flatMap(keysOf))].sort();
  const held = text(sum(positions.map((p) => (p.unrealised === null ? 0n : amount(p.unrealised)))));
  return keys.map((key) => {
    const own = trades.filter((trade) => keysOf(trade).includes(key));
    const sales = folded.sales.filter(({ trade }) => keysOf(trade).includes(key));
    const position = by === 'coin' ? positions.find((p) => p.coin === key) : undefined;
    const gain = sales.map((s) => s.proceeds - s.cost);
    return {
      key,
      realised: text(sum(gain)),
      // Whose labels a purchase had is the workstation's to know: here nothing held has one.
      unrealised: by === 'coin' ? (position ? position.unrealised : '0') : by === 'tag' ? (key === '' ? held : '0') : null,
      fees: text(sum(own.map((t) => amount(t.fee)))),
      quantity: by === 'coin' ? (position?.quantity ?? '0') : null,
      cost: text(sum(sales.map((s) => s.cost))),
      trades: own.length,
      wins: gain.filter((g) => g > 0n).length,
      losses: gain.filter((g) => g < 0n).length,
    };
  });
}

/** A year's gains, simplified: no parcels' own dates, no discount, no earlier losses. */
export function taxOf(folded: Fold, { fy, method }: TaxRequest): Tax {
  const [from, to] = [`${fy - 1}-06-30T14:00:00Z`, `${fy}-06-30T14:00:00Z`];
  const sales = folded.sales.filter(({ trade }) => trade.time >= from && trade.time < to);
  const gains = sales.map((sale) => sale.proceeds - sale.cost);
  const [won, lost] = [sum(gains.filter((gain) => gain > 0n)), -sum(gains.filter((gain) => gain < 0n))];
  const applied = lost < won ? lost : won;
  return {
    fy, method: method ?? 'fifo', from, to, timezone: 'Australia/Sydney',
    lines: sales.length,
    disposals: sales.map(({ trade, proceeds, cost }) => ({
      coin: trade.coin, acquired: trade.time, disposed: trade.time, quantity: trade.quantity, proceeds: text(proceeds), cost_base: text(cost), gain: text(proceeds - cost), discount: false,
      event: 'sale', sale: trade.id, parcel: null, part: 'whole', sale_costs: trade.fee, purchase: text(cost), incidental: '0', indexation: '0',
    })),
    capital_gains: text(won), discount_gains: '0', other_gains: text(won), capital_losses: text(lost), losses_brought_forward: '0', losses_applied: text(applied),
    losses_carried_forward: text(lost - applied), discount: '0', net_capital_gain: text(won - applied), unknown_basis: [],
    notes: ['This is not tax advice: a calculation by the rules named here, from the trades this workspace knows.'],
    regime: 'discount',
    return_items: [
      { label: '18H', name: 'Total current year capital gains', amount: text(won) }, { label: '18A', name: 'Net capital gain', amount: text(won - applied) },
      { label: '18V', name: 'Net capital losses carried forward to later income years', amount: text(lost - applied) }, { label: '24', name: 'Other income (rewards, airdrops, pay in coins)', amount: '12.4' },
    ],
    other_income: '12.4',
    income: [{ movement: 'a1'.repeat(16), time: `${fy - 1}-09-01T02:00:00Z`, coin: 'ETH', quantity: '0.003', why: 'staking', value: '12.4' }, { movement: 'b2'.repeat(16), time: `${fy - 1}-11-01T02:00:00Z`, coin: 'ATOM', quantity: '2', why: 'airdrop', value: null }],
    no_price: [], wash: [], estimate: null, filed: null, filed_otherwise: [],
  };
}
