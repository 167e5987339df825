// What waits for a person in the simulated world, and the mandates there.

import type { ApprovalView } from '../bindings/ApprovalView';
import type { ApprovalsView } from '../bindings/ApprovalsView';
import type { Card } from '../bindings/Card';
import type { MandateRequest } from '../bindings/MandateRequest';
import type { MandateView } from '../bindings/MandateView';
import type { OrderView } from '../bindings/OrderView';
import { amount, over, text, times } from './arithmetic';
import { MockError, type World } from './world';

const FEE = amount('0.001');
const DAY_MS = 86_400_000;
const DEMO_HASH = 'a91f4c0e';

export class Approvals {
  private waiting: ApprovalView[] = [];
  private standing: MandateView[] = [];
  private askS = 300;

  constructor(private readonly world: World) {
    if (!world.scenario.asking || world.scenario.empty) return;
    this.standing = [
      { ...BLANK, holder: 'sma_cross', book: 'live', approval: 'always', max_order_aud: '500', max_day_aud: '1500', bought_today_aud: '120.5', coins: ['BTC', 'ETH'], hours: '09:00-17:00', until: '2026-12-31T13:00:00Z' },
      { ...BLANK, holder: 'manual', book: 'live', approval: 'above:50', max_order_aud: '100' },
    ];
    this.ask('BTC', 'buy', 'live', '0.0042', 102, 'sma_cross');
    this.ask('ETH', 'sell', 'paper', '0.25', 190, null);
  }

  view(): ApprovalsView {
    const now = this.world.clock();
    this.waiting = this.waiting.filter((one) => {
      const open = Date.parse(one.expires_at) > now;
      if (!open) this.move(one, { state: 'expired', reason: 'nobody decided in time', reason_code: 'expired' });
      return open;
    });
    const approvals = this.waiting.map((one) => ({ ...one, card: { ...one.card, left_s: Math.ceil((Date.parse(one.expires_at) - now) / 1000) } }));
    return { approvals, ask_s: this.askS, tolerance_pct: '0.5' };
  }

  set(changes: Record<string, string>): ApprovalsView {
    const seconds = Number(changes.ask_s);
    if (!Number.isInteger(seconds) || seconds < 5 || seconds > 86_400) throw new MockError('bad_setting', 'ask_s takes 5 to 86400 seconds');
    this.askS = seconds;
    return this.view();
  }

  approve(id: string, hash: string, edit: Record<string, string>): OrderView {
    const one = this.find(id);
    if (one.card.hash !== hash) throw new MockError('approval_changed', `order ${id} is not what you approved any more: look at it again`);
    if (this.world.killState.pulled) throw new MockError('killed', `the kill switch is pulled: order ${id} is not sent`);
    return this.close(one, { state: 'open', ...edit, venue_order_id: `mock-${id.slice(-4)}` });
  }

  reject(id: string, why: string): OrderView {
    return this.close(this.find(id), { state: 'denied', reason: why, reason_code: 'rejected_by_person' });
  }

  answer(id: string, words: string): OrderView {
    const one = this.find(id);
    one.card = { ...one.card, answers: [...one.card.answers, words] };
    return one.order;
  }

  /** The price moved: the question is put again under another fingerprint. */
  again(id: string, before: string, now: string): void {
    const one = this.find(id);
    one.card = { ...one.card, hash: one.card.hash.replaceAll('a', 'b'), changed: [{ what: 'price', before, now }] };
    this.world.emit({ type: 'asked', order: one.order, again: true });
  }

  mandates() {
    return { mandates: this.standing };
  }

  mandateSet(of: MandateRequest) {
    if (!/^(always|never|above:\d+(\.\d+)?)$/.test(of.approval)) throw new MockError('bad_mandate', `approval: '${of.approval}' is none of always, never and above:AUD`);
    const mandate: MandateView = {
      ...BLANK, holder: of.holder, book: of.book, approval: of.approval, max_order_aud: of.max_order_aud ?? null, max_day_aud: of.max_day_aud ?? null,
      coins: of.coins.map((coin) => coin.toUpperCase()), hours: of.hours ?? null, until: of.until ? new Date(of.until).toISOString() : null,
    };
    this.standing = [...this.standing.filter((one) => one.holder !== of.holder || one.book !== of.book), mandate];
    return this.mandates();
  }

  mandateRevoke(holder: string, book: string) {
    const left = this.standing.filter((one) => one.holder !== holder || one.book !== book);
    if (left.length === this.standing.length) throw new MockError('mandate_not_found', `there is no mandate of ${holder} in the ${book} book`);
    this.standing = left;
    return this.mandates();
  }

  private find(id: string): ApprovalView {
    this.view();
    const one = this.waiting.find((known) => known.id === id);
    if (!one) throw new MockError('approval_used', `order ${id} was decided about`);
    return one;
  }

  private close(one: ApprovalView, change: Partial<OrderView>): OrderView {
    this.waiting = this.waiting.filter((known) => known !== one);
    return this.move(one, change);
  }

  private move(one: ApprovalView, change: Partial<OrderView>): OrderView {
    const order = { ...one.order, ...change };
    this.world.orders = this.world.orders.map((known) => (known.id === order.id ? order : known));
    this.world.emit({ type: 'order', order });
    return order;
  }

  private ask(coin: string, side: 'buy' | 'sell', book: 'paper' | 'live', quantity: string, left: number, algorithm: string | null): void {
    const { world } = this;
    const quote = world.quote(coin);
    const [bid, ask] = [(quote.mid * 0.9995).toFixed(quote.places), (quote.mid * 1.0005).toFixed(quote.places)];
    const limit = side === 'buy' ? bid : ask;
    const id = world.id();
    const order: OrderView = {
      ...world.blank(coin, side, quantity), id, book, limit, state: 'awaiting_approval', approval_id: id, algorithm, time: world.iso(world.clock() - 20_000),
    };
    world.orders = [...world.orders, order];
    const value = times(amount(quantity), amount(limit));
    const fee = times(value, FEE);
    const total = text(side === 'buy' ? value + fee : value - fee);
    const half = over(amount(quantity), amount('2'));
    const parcel = (days: number, paid: string) => {
      const [cost, proceeds] = [times(half, amount(paid)), times(half, amount(limit)) - over(fee, amount('2'))];
      return { id: String(days).padStart(32, '0'), acquired: world.iso(world.clock() - days * DAY_MS), quantity: text(half), cost: text(cost), proceeds: text(proceeds), gain: text(proceeds - cost), days_to_discount: Math.max(0, 366 - days) };
    };
    const parcels = side === 'sell' ? [parcel(402, '3100'), parcel(120, '5900')] : [];
    const held = side === 'buy' ? '0.0139' : '1.2';
    const after = text(side === 'buy' ? amount(held) + amount(quantity) : amount(held) - amount(quantity));
    const card: Card = {
      hash: DEMO_HASH.repeat(8),
      demo: world.scenario.demo,
      left_s: left,
      why: algorithm === null ? null : {
        algorithm, version: 'a91f03c2'.repeat(8), reason: 'fast crossed above slow at 10:00', confidence_pct: '71',
        evidence: [{ text: 'candles BTC 1h 2026-11-22T00:00:00Z', ledger: null, title: null }, { text: '7d0e'.repeat(16), ledger: 'human', title: 'Made up: a fund buys more of it' }],
      },
      answers: [],
      price: { proposed: limit, bid, ask, now: side === 'buy' ? ask : bid, age_s: 3, sources_agree: 2, against_pct: '0.04' },
      cost: { price: limit, value: text(value), fee: text(fee), fee_pct: '0.1', total, worst: total },
      exposure: {
        coins_before: held, coins_after: after, value_before: text(times(amount(held), amount(bid))), value_after: text(times(amount(after), amount(bid))),
        cash_before: '8120.4', cash_after: text(side === 'buy' ? amount('8120.4') - amount(total) : amount('8120.4') + amount(total)),
      },
      headroom: book === 'live' ? [{ limit: 'max_order_aud', used: '0', after: total, most: '1000', pct: '66' }, { limit: 'max_coin_pct', used: '12', after: '15.6', most: '20', pct: '78' }, { limit: 'max_day_loss_pct', used: '0.3', after: null, most: '5', pct: null }] : [],
      sale: side === 'sell' ? { parcels, gain: text(parcels.reduce((sum, one) => sum + amount(one.gain), 0n)), without_parcel: '0', method: 'fifo', picked: false, methods: ['fifo', 'lifo', 'hifo'].map((method) => ({ method, gain: text(parcels.reduce((sum, one) => sum + amount(one.gain), 0n)), discount_gain: parcels[0]?.gain ?? '0', parcels: method === 'fifo' ? parcels : [...parcels].reverse() })) } : null,
      changed: [],
      refusal: null,
      warnings: [],
    };
    const verb = side === 'buy' ? 'Buy' : 'Sell';
    this.waiting.push({
      id, kind: 'order', order, question: `${verb} ${quantity} ${coin} at ${limit} or better, in the ${book} book?`, options: ['approve', 'edit', 'reject', 'answer'],
      expires_at: world.iso(world.clock() + left * 1000), card,
    });
  }
}

const BLANK: MandateView = { holder: 'manual', book: 'paper', approval: 'always', max_order_aud: null, max_day_aud: null, bought_today_aud: '0', coins: [], hours: null, until: null, expired: false };
