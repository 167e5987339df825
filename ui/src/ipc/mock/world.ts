// The simulated workstation: one wallet, one order path, made-up prices. It answers like the real one so that every
// screen and state can be seen in a browser; it is labelled MOCK there and is never part of a real workspace.

import type { AmendPreview } from '../bindings/AmendPreview';
import type { AmendRequest } from '../bindings/AmendRequest';
import type { Event } from '../bindings/Event';
import type { HeadroomRow } from '../bindings/HeadroomRow';
import type { KillReceipt } from '../bindings/KillReceipt';
import type { KillState } from '../bindings/KillState';
import type { OrderPreview } from '../bindings/OrderPreview';
import type { OrderRequest } from '../bindings/OrderRequest';
import type { OrderView } from '../bindings/OrderView';
import type { Refusal } from '../bindings/Refusal';
import type { SourceRow } from '../bindings/SourceRow';
import type { Status } from '../bindings/Status';
import type { StorageView } from '../bindings/StorageView';
import type { Ticker } from '../bindings/Ticker';
import type { TradeView } from '../bindings/TradeView';
import { MockActions } from './actions';
import { Alerts } from './alerts';
import { Approvals } from './approvals';
import { amount, cut, over, text, times, type Amount } from './arithmetic';
import { fold, positionsOf, type Fold } from './books';
import { Ledgers } from './ledgers';
import { liveFigures, liveOrders, liveReceipt } from './live';
import { moveMarket, openMarket, priceRow, type Quote } from './market';
import { headroom, Risk } from './risk';
import { seeded, type Random } from './random';
import type { Scenario } from './scenario';
import { Twaps } from './twaps';

const DEFAULT_LIMITS = { max_coin_pct: '20', max_algorithm_pct: '30', max_day_loss_pct: '5', max_drawdown_pct: '15', max_orders_per_minute: '10',
  price_collar_pct: '3', max_spread_pct: '2', max_price_age_s: '60', repeat_window_s: '10', unfilled_minutes: '0' };
const HUNDRED = amount('100');

export class MockError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

interface Sums {
  quantity: Amount;
  price: Amount;
  value: Amount;
  fee: Amount;
  total: Amount;
}

export class World {
  readonly market: Map<string, Quote>;
  readonly random: Random;
  readonly ledgers: Ledgers;
  readonly actions: MockActions;
  readonly alerts: Alerts;
  readonly approvals: Approvals;
  readonly twaps = new Twaps(this);
  readonly risk = new Risk();
  orders: OrderView[] = [];
  trades: { paper: TradeView[]; live: TradeView[] } = { paper: [], live: [] };
  limits: Record<'paper' | 'live', Record<string, string>> = {
    paper: { max_order_aud: '25000', max_day_aud: '100000', ...DEFAULT_LIMITS },
    live: { max_order_aud: '100', max_day_aud: '500', ...DEFAULT_LIMITS },
  };
  storage: StorageView = {
    ticks_days: 7,
    ticks_mb: 2000,
    ticks: 31_206_544,
    ticks_since: '2026-11-15T03:00:00Z',
    parts: Object.entries({ journal: 96_000_000, ticks: 296_000_000, candles: 184_000_000, observations: 21_000_000, other: 300_000, free: 4_100_000 })
      .map(([part, bytes]) => ({ part, bytes })),
  };
  killState: KillState = { pulled: false, since: null, note: null, receipt: null };
  emit: (event: Event) => void = () => {};
  start = amount('100000');
  private next = 1;
  private folded: Fold | null = null;

  constructor(
    readonly scenario: Scenario,
    readonly clock: () => number,
  ) {
    this.random = seeded(scenario.seed + 1);
    this.ledgers = new Ledgers(scenario, clock);
    this.actions = new MockActions(scenario.unsettled, clock);
    this.alerts = new Alerts(scenario, clock);
    this.market = openMarket(scenario.seed, clock());
    if (scenario.stale) for (const quote of this.market.values()) quote.seen = clock() - 31 * 60_000;
    if (scenario.empty) this.market.clear();
    else this.fill();
    if (scenario.live && !scenario.empty) this.orders = [...this.orders, ...liveOrders(this)];
    this.approvals = new Approvals(this);
    if (scenario.killed) this.kill();
  }

  id(): string {
    this.next += 1;
    return `00000000-0000-7000-8000-${this.next.toString(16).padStart(12, '0')}`;
  }

  iso(ms = this.clock()): string {
    return new Date(ms).toISOString();
  }

  quote(coin: string): Quote {
    const quote = this.market.get(coin.toUpperCase());
    if (!quote) throw new MockError('unknown_coin', `${coin.toUpperCase()} is not on the coin list: check the ticker`);
    return quote;
  }

  books(): Fold {
    return (this.folded ??= fold(this.trades.paper));
  }

  bidOf = (coin: string) => {
    const quote = this.market.get(coin);
    const row = quote && priceRow(quote, this.clock());
    return { bid: row?.bid ?? null, age: row?.age_s ?? 0 };
  };

  private cash(): Amount {
    let cash = this.start;
    for (const t of this.trades.paper) {
      const value = times(amount(t.quantity), amount(t.price));
      cash += t.side === 'buy' ? -value - amount(t.fee) : value - amount(t.fee);
    }
    return cash;
  }

  ticker(): Ticker {
    const cash = this.cash();
    const positions = positionsOf(this.books(), this.bidOf);
    const total = (values: (string | null)[]) => values.reduce((sum, v) => sum + (v === null ? 0n : amount(v)), 0n);
    const unpriced = positions.filter((p) => p.market_value === null).map((p) => p.coin);
    const open = this.orders.filter((o) => isOpen(o.state));
    const tied = open.filter((o) => o.side === 'buy').reduce((sum, o) => sum + times(amount(o.quantity) - amount(o.filled), amount(o.limit ?? '0')), 0n);
    const realised = this.books().sales.reduce((sum, s) => sum + s.proceeds - s.cost, 0n);
    const loss = this.scenario.loss;
    return {
      cash: text(cash),
      available: text(cash - tied),
      equity: unpriced.length > 0 ? null : loss ? '-987654221098.76' : text(cash + total(positions.map((p) => p.market_value))),
      realised: loss ? '-987654321098.76' : text(realised),
      unrealised: loss ? '-123456789012.34' : text(total(positions.map((p) => p.unrealised))),
      fees: text(total(this.trades.paper.map((t) => t.fee))),
      unpriced,
      stale: positions.filter((p) => (p.price_age_s ?? 0) > 60).map((p) => p.coin),
      resting: open.length,
    };
  }

  sources(): SourceRow[] {
    return this.ledgers.sources();
  }

  status(): Status {
    const { offline, demo, empty } = this.scenario;
    const newest = Math.max(0, ...[...this.market.values()].map((q) => q.seen));
    return {
      version: '0.1.0-mock',
      home: '/home/trader/.local/share/oh-my-coins',
      demo,
      timezone: 'Australia/Sydney',
      now: this.iso(),
      offline,
      offline_since: offline ? this.iso(this.clock() - 31 * 60_000) : null,
      price_age_s: empty ? null : Math.floor((this.clock() - newest) / 1000),
      sources: this.sources(),
      paper: this.ticker(),
      live: this.scenario.live ? liveFigures(this) : null,
      kill: this.killState,
      halted: null,
      trouble: null,
      sync: offline
        ? { state: 'offline', since: this.iso(this.clock() - 31 * 60_000), behind: 14, error: { code: 'server_unreachable', message: 'db.example.com can’t be reached: connection refused' } }
        : { state: empty ? 'off' : 'online', since: empty ? null : this.iso(), behind: 0, error: null },
    };
  }

  /** One second of the simulated world. */
  tick(): void {
    if (this.scenario.stale || this.scenario.empty) return;
    const moved = moveMarket(this.market, this.random, this.clock());
    if (moved.length > 0) this.emit({ type: 'prices', prices: moved.map((quote) => priceRow(quote, this.clock())) });
    for (const order of this.orders) if (isOpen(order.state)) this.match(order);
    this.emit({ type: 'status', status: this.status() });
  }

  private sums(request: OrderRequest): Sums {
    const row = priceRow(this.quote(request.coin), this.clock());
    const now = request.side === 'buy' ? row.ask : row.bid;
    if (now === null) throw new MockError('no_price', `${row.coin} has no price: wait for one`);
    const price = amount(request.limit ?? now);
    const rate = over(amount(this.feePct(request)), HUNDRED);
    const factor = request.side === 'buy' ? amount('1') + rate : amount('1') - rate;
    const quantity = request.quantity ? amount(request.quantity) : cut(over(amount(request.aud ?? '0'), times(price, factor)), 8);
    const value = times(quantity, price);
    const fee = times(value, rate);
    return { quantity, price, value, fee, total: request.side === 'buy' ? value + fee : value - fee };
  }

  private feePct(request: OrderRequest): string {
    return request.limit ? '0.1' : '1';
  }

  private denial(request: OrderRequest, sums: Sums): Refusal | null {
    const refuse = (code: string, message: string) => ({ code, message });
    const row = priceRow(this.quote(request.coin), this.clock());
    if (this.killState.pulled) return refuse('killed', 'The kill switch is pulled: nothing is sent. Open trading again first.');
    if (request.book === 'live' && !this.scenario.live) return refuse('key_missing', 'Live trading is off: no CoinSpot key is declared to be without withdrawal rights. Store one first.');
    const locking = request.book === 'live' ? this.orders.find((o) => o.book === 'live' && o.coin === row.coin && ['sending', 'unknown'].includes(o.state)) : undefined;
    if (locking) return refuse('market_locked', `An order in ${row.coin} is ${locking.state}: the market is closed to new ones until it is resolved.`);
    if (request.limit && row.kind === 'instant') return refuse('no_order_book', `${row.coin} has no order book: it trades instant only, leave the limit empty`);
    if (row.stale) return refuse('price_stale', `the price of ${row.coin} is ${row.age_s} s old and the limit is 60 s: wait for a fresh one`);
    const max = this.limits[request.book].max_order_aud;
    if (max && sums.total > amount(max)) return refuse('limit_max_order_aud', `the order is ${text(cut(sums.total, 2))} AUD and the limit is ${max}: make it smaller or change the limit`);
    if (request.side === 'buy' && sums.total > amount(this.ticker().available)) return refuse('insufficient_cash', `it costs ${text(cut(sums.total, 2))} AUD and ${text(cut(amount(this.ticker().available), 2))} are free`);
    const held = (this.books().parcels.get(row.coin) ?? []).reduce((sum, p) => sum + p.quantity, 0n);
    if (request.side === 'sell' && sums.quantity > held) return refuse('insufficient_coins', `${text(held)} ${row.coin} are held: sell at most that`);
    return null;
  }

  private headroom(request: OrderRequest, total: Amount): HeadroomRow[] {
    const held = positionsOf(this.books(), this.bidOf).find((position) => position.coin === request.coin.toUpperCase());
    const standing = { equity: amount(this.ticker().equity ?? '0'), bought: amount('1200'), held: amount(held?.market_value ?? '0'), sent: 1 };
    return headroom(this.limits[request.book], standing, request.side, total);
  }

  preview(request: OrderRequest): OrderPreview {
    const fee_pct = this.feePct(request);
    try {
      const sums = this.sums(request);
      const shown = { quantity: text(sums.quantity), price: text(sums.price), value: text(sums.value), fee: text(sums.fee), total: text(sums.total) };
      return { ...shown, fee_pct, asks: request.book === 'live' && sums.total > amount('20'), denial: this.denial(request, sums), warnings: [], headroom: this.headroom(request, sums.total) };
    } catch (error) {
      if (!(error instanceof MockError)) throw error;
      const none = { quantity: null, price: null, value: null, fee: null, total: null };
      return { ...none, fee_pct, asks: false, denial: { code: error.code, message: error.message }, warnings: [], headroom: [] };
    }
  }

  place(request: OrderRequest): OrderView {
    const sums = this.sums(request);
    const denial = this.denial(request, sums);
    const order: OrderView = {
      id: this.id(), coin: request.coin.toUpperCase(), side: request.side, book: request.book, quantity: text(sums.quantity), limit: request.limit ?? null,
      state: denial ? 'denied' : 'open', filled: '0', fills: [], venue_order_id: denial ? null : `paper-${this.next}`, unknown: null, approval_id: null,
      reason: denial?.message ?? null, reason_code: denial?.code ?? null, time: this.iso(), algorithm: null,
    };
    this.orders = [...this.orders, order];
    if (denial) {
      this.emit({ type: 'order', order });
      throw new MockError(denial.code, denial.message);
    }
    const placed = this.match(order);
    this.emit({ type: 'order', order: placed });
    this.emit({ type: 'status', status: this.status() });
    return placed;
  }

  private match(order: OrderView): OrderView {
    const row = priceRow(this.quote(order.coin), this.clock());
    const price = order.side === 'buy' ? row.ask : row.bid;
    if (price === null) return order;
    const crosses = order.limit === null || (order.side === 'buy' ? amount(price) <= amount(order.limit) : amount(price) >= amount(order.limit));
    if (!crosses) return order;
    const left = amount(order.quantity) - amount(order.filled);
    return this.trade(order, left, amount(price), this.clock());
  }

  private trade(order: OrderView, quantity: Amount, price: Amount, at: number): OrderView {
    const rate = over(amount(order.limit ? '0.1' : '1'), HUNDRED);
    const trade: TradeView = {
      id: this.id(), time: this.iso(at), coin: order.coin, side: order.side, quantity: text(quantity), price: text(price), fee: text(times(times(quantity, price), rate)),
      algorithm: order.algorithm, book: order.book, venue: 'paper', external_id: null, order_id: order.id,
    };
    const filled = amount(order.filled) + quantity;
    const done = filled >= amount(order.quantity);
    const next: OrderView = { ...order, filled: text(filled), fills: [...order.fills, trade], state: done ? 'filled' : 'partially_filled' };
    this.orders = this.orders.map((o) => (o.id === order.id ? next : o));
    this.trades.paper.push(trade);
    this.folded = null;
    this.emit({ type: 'trade', trade });
    this.emit({ type: 'order', order: next });
    return next;
  }

  private resting(request: AmendRequest): OrderView {
    const order = this.orders.find((o) => o.id === request.order);
    if (!order) throw new MockError('order_not_found', `there is no order ${request.order}`);
    if (!isOpen(order.state) || order.limit === null) throw new MockError('order_not_resting', `order ${order.id} is ${order.state}: only one that rests can be given another limit`);
    if (order.limit === request.limit) throw new MockError('amend_same', `order ${order.id} has that limit already`);
    return order;
  }

  amendPreview(request: AmendRequest): AmendPreview {
    const order = this.resting(request);
    const asked: OrderRequest = { coin: order.coin, side: order.side, book: order.book, quantity: order.quantity, limit: request.limit };
    const sums = this.sums(asked);
    const denial = this.denial(asked, sums);
    const asks = order.book === 'live' && (order.side === 'buy' ? amount(request.limit) > amount(order.limit ?? '0') : amount(request.limit) < amount(order.limit ?? '0'));
    const { bid } = this.bidOf(order.coin);
    return {
      order, from: order.limit ?? '0', to: request.limit, quantity: order.quantity, replaces: false, value: text(sums.value), fee: text(sums.fee), total: text(sums.total),
      asks, approval: denial ? null : 'mock', expires_at: null, bid, ask: null, denial, headroom: this.headroom(asked, sums.total),
    };
  }

  amend(request: AmendRequest): OrderView {
    const preview = this.amendPreview(request);
    if (preview.denial) throw new MockError(preview.denial.code, preview.denial.message);
    if (preview.asks && request.approval !== preview.approval) throw new MockError('amend_asks', `order ${request.order} keeps its limit: its mandate asks a person first`);
    const amended: OrderView = { ...preview.order, limit: request.limit };
    this.orders = this.orders.map((o) => (o.id === amended.id ? amended : o));
    this.emit({ type: 'order', order: amended });
    return amended;
  }

  cancel(id: string): OrderView {
    const order = this.orders.find((o) => o.id === id);
    if (!order) throw new MockError('unknown_order', `there is no order ${id}`);
    if (!isOpen(order.state) && order.state !== 'awaiting_approval') throw new MockError('order_closed', `order ${id} is ${order.state}: there is nothing left to cancel`);
    const cancelled: OrderView = { ...order, state: 'cancelled', reason: 'you cancelled it', reason_code: 'by_person' };
    this.orders = this.orders.map((o) => (o.id === id ? cancelled : o));
    this.emit({ type: 'order', order: cancelled });
    this.emit({ type: 'status', status: this.status() });
    return cancelled;
  }

  kill(): KillReceipt {
    const open = this.orders.filter((o) => isOpen(o.state)).map((o) => o.id);
    for (const id of open) this.cancel(id);
    const receipt: KillReceipt = { pulled_at: this.iso(), by: 'holder', written_at: this.iso(), took_ms: 12, sent_ms: null, cancelled: open, gone: [], unconfirmed: [], unknown: [], orders: [], resting_elsewhere: [], notes: [], liquidation: null, ...(this.scenario.live ? liveReceipt(this) : {}) };
    this.killState = { pulled: true, since: receipt.pulled_at, note: null, receipt };
    this.emit({ type: 'status', status: this.status() });
    return receipt;
  }

  unkill(): KillState {
    this.killState = { ...this.killState, pulled: false, since: null };
    this.emit({ type: 'status', status: this.status() });
    return this.killState;
  }

  reset(cash: string): Status {
    for (const order of this.orders.filter((o) => isOpen(o.state))) this.cancel(order.id);
    this.start = amount(cash);
    this.trades.paper = [];
    this.folded = null;
    return this.status();
  }

  /** A past, so that every screen has something to show. */
  private fill(): void {
    const coins = ['BTC', 'ETH', 'XRP', 'SOL', 'ADA', 'DOGE', 'LINK', 'PEPE', 'AAVE'];
    const total = this.scenario.trades;
    for (let i = 0; i < total; i += 1) {
      const coin = coins[Math.floor(this.random() * coins.length)] ?? 'BTC';
      const quote = this.quote(coin);
      const at = this.clock() - Math.floor(((total - i) / total) * 20 * 86_400_000) - 3_600_000;
      const price = amount((quote.mid * (0.94 + this.random() * 0.1)).toFixed(quote.places));
      const quantity = cut(over(amount((120 + this.random() * 1400).toFixed(2)), price), 8);
      const held = total > 5000 ? 0n : (fold(this.trades.paper).parcels.get(coin) ?? []).reduce((sum, p) => sum + p.quantity, 0n);
      const side = held > quantity && this.random() < 0.42 ? 'sell' : 'buy';
      const limit = quote.kind === 'book' && this.random() < 0.6 ? text(price) : null;
      const order: OrderView = {
        id: this.id(), coin, side, book: 'paper', quantity: text(quantity), limit, state: 'open', filled: '0', fills: [],
        venue_order_id: `paper-${this.next}`, unknown: null, approval_id: null, reason: null, reason_code: null, time: this.iso(at), algorithm: null,
      };
      if (i >= total - 24) this.orders = [...this.orders, order];
      this.trade(order, quantity, price, at);
    }
    this.rest('BTC', 'buy', 0.985, '0.01', 0);
    this.rest('ETH', 'sell', 1.04, '0.2', 0);
    this.rest('XRP', 'buy', 0.97, '500', 0.4);
    this.orders = [...this.orders, { ...this.blank('USDT', 'buy', '40000'), state: 'denied', reason: 'One order may be 25,000 AUD at most.', reason_code: 'max_order_aud' }];
  }

  blank(coin: string, side: 'buy' | 'sell', quantity: string): OrderView {
    return { id: this.id(), coin, side, book: 'paper', quantity, limit: null, state: 'open', filled: '0', fills: [], venue_order_id: null, unknown: null, approval_id: null,
      reason: null, reason_code: null, time: this.iso(this.clock() - 40 * 60_000 + this.next), algorithm: null };
  }

  private rest(coin: string, side: 'buy' | 'sell', factor: number, quantity: string, part: number): void {
    const quote = this.quote(coin);
    const limit = (quote.mid * factor).toFixed(quote.places);
    const order: OrderView = { ...this.blank(coin, side, quantity), limit, venue_order_id: `paper-${this.next}` };
    this.orders = [...this.orders, order];
    if (part > 0) this.trade(order, cut(times(amount(quantity), amount(String(part))), 8), amount(limit), this.clock() - 20 * 60_000);
  }
}

export const isOpen = (state: string) => state === 'open' || state === 'partially_filled';
