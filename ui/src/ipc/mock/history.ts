// The trade history of the mock: searched, sorted and summed as the workstation does, on the few trades there are.

import { localDay } from '../../lib/time';
import { sorted } from '../../lib/table';
import type { JournalEntry } from '../bindings/JournalEntry';
import type { TradeLine } from '../bindings/TradeLine';
import type { TradeStory } from '../bindings/TradeStory';
import type { TradeSums } from '../bindings/TradeSums';
import type { TradesPage } from '../bindings/TradesPage';
import type { TradesRequest } from '../bindings/TradesRequest';
import type { TradeView } from '../bindings/TradeView';
import { amount, text, times } from './arithmetic';

const labels = (word: string) => word.split(',').map((label) => label.trim()).filter(Boolean);

const DIGITS: Record<string, number> = { day: 10, month: 7, year: 4 };

export class TradeBook {
  readonly #tags = new Map<string, string>();

  tag(trade: string, tag: string) {
    const word = [...new Set(labels(tag))].join(', ');
    if (word) this.#tags.set(trade, word);
    else this.#tags.delete(trade);
    return { trade, tag: this.#tags.get(trade) ?? null };
  }

  line(trade: TradeView): TradeLine {
    return { ...trade, value: text(times(amount(trade.price), amount(trade.quantity))), tag: this.#tags.get(trade.id) ?? null };
  }

  /** The labels of a trade; the empty one where it has none. */
  labels(trade: TradeView): string[] {
    const own = labels(this.#tags.get(trade.id) ?? '');
    return own.length > 0 ? own : [''];
  }

  page(trades: readonly TradeView[], request: TradesRequest): TradesPage {
    const zone = request.timezone ?? 'Australia/Sydney';
    const words = (request.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const said = (t: TradeLine) => `${t.coin} ${t.side} ${t.algorithm ?? 'manual'} ${t.venue ?? ''} ${t.external_id ?? ''} ${t.tag ?? ''} ${localDay(t.time, zone)}`.toLowerCase();
    const all = trades.map((trade) => this.line(trade));
    const found = all.filter((line) => words.every((word) => said(line).includes(word))).reverse();
    const rows = order(found, request.sort ?? 'time', request.ascending ? 1 : -1);
    const offset = Math.min(request.offset ?? 0, rows.length);
    const by = request.group ?? null;
    const keys = new Map<string, TradeLine[]>();
    for (const line of by ? rows : []) {
      for (const key of by === 'tag' ? this.labels(line) : [keyOf(line, by ?? '', zone)]) keys.set(key, [...(keys.get(key) ?? []), line]);
    }
    return { all: all.length, found: sums('', rows), offset, trades: rows.slice(offset, offset + (request.limit ?? 200)), groups: [...keys].map(([key, lines]) => sums(key, lines)) };
  }

  story(trade: TradeView, steps: readonly JournalEntry[]): TradeStory {
    return { line: this.line(trade), seq: 1, recorded_at: trade.time, hash: '0'.repeat(64), parcels: [], steps: [...steps], evidence: [] };
  }
}

function order(lines: readonly TradeLine[], sort: string, direction: 1 | -1): readonly TradeLine[] {
  if (sort === 'quantity' || sort === 'price' || sort === 'fee' || sort === 'value') return sorted(lines, { amount: (t) => t[sort] }, direction);
  const key = (t: TradeLine) => (sort === 'coin' ? t.coin : sort === 'side' ? t.side : sort === 'algorithm' ? (t.algorithm ?? 'manual') : t.time);
  return sorted(lines, { compare: (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) }, direction);
}

function keyOf(line: TradeLine, by: string, zone: string): string {
  const digits = DIGITS[by];
  if (digits) return localDay(line.time, zone).slice(0, digits);
  return by === 'coin' ? line.coin : by === 'side' ? line.side : (line.algorithm ?? 'manual');
}

function sums(key: string, lines: readonly TradeLine[]): TradeSums {
  const of = (side: string) => text(lines.filter((t) => t.side === side).reduce((sum, t) => sum + amount(t.value ?? '0'), 0n));
  return { key, trades: lines.length, bought: of('buy'), sold: of('sell'), fees: text(lines.reduce((sum, t) => sum + amount(t.fee), 0n)) };
}
