// Orders cut into slices in the simulated world.

import type { TwapRequest } from '../bindings/TwapRequest';
import type { TwapRow } from '../bindings/TwapRow';
import { MockError, type World } from './world';

const MINUTE_MS = 60_000;

export class Twaps {
  private list: TwapRow[] | null = null;

  constructor(private readonly world: World) {}

  view(): { twaps: TwapRow[] } {
    this.list ??= this.made();
    return { twaps: this.list };
  }

  start(request: TwapRequest) {
    const minutes = /^(\d+)m$/.exec(request.over)?.[1] ?? String(60 * Number(/^(\d+)h$/.exec(request.over)?.[1] ?? NaN));
    if (!Number.isFinite(Number(minutes))) throw new MockError('bad_until', 'an order ends later than now and within a year: such as 30m, 2h or a time');
    if (request.slices < 2 || request.slices > 1000) throw new MockError('bad_twap', '2 to 1000 slices, at least 5 s apart, within seven days');
    const { twaps } = this.view();
    this.list = [...twaps, { ...this.row(0, Number(minutes), request.slices, 0), coin: request.coin.toUpperCase(), side: request.side, book: request.book, aud: request.aud, limit: request.limit ?? null }];
    return this.view();
  }

  stop(id: string) {
    const { twaps } = this.view();
    if (!twaps.some((one) => one.id === id && one.state === 'running')) throw new MockError('twap_over', `TWAP ${id} is over already`);
    this.list = twaps.map((one) => (one.id === id ? { ...one, state: 'stopped', reason: 'by_person' } : one));
    return this.view();
  }

  private made(): TwapRow[] {
    if (this.world.scenario.empty) return [];
    const orders = this.world.orders.slice(0, 3).map((order) => order.id);
    return [
      { ...this.row(300, 60, 12, 12), coin: 'ETH', traded: '996.21', arrival: '4700.5', average: '4707.1', slippage_bps: '14.04', over_tolerance: true, state: 'over' },
      { ...this.row(20, 60, 12, 4), traded: '331.9', arrival: '150100', average: '150160.2', slippage_bps: '4.01', orders },
    ];
  }

  private row(agoMinutes: number, minutes: number, slices: number, begun: number): TwapRow {
    const start = this.world.clock() - agoMinutes * MINUTE_MS;
    return {
      id: this.world.id(), book: 'paper', coin: 'BTC', side: 'buy', aud: '1000', limit: null, start: this.world.iso(start), end: this.world.iso(start + minutes * MINUTE_MS), slices, begun,
      arrival: null, average: null, slippage_bps: null, over_tolerance: false, traded: '0', state: 'running', reason: null, orders: [],
    };
  }
}
