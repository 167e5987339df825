// The simulated world's algorithms: described, promoted, paused, stopped. What they say is made up; it is labelled MOCK.

import type { AlgorithmDetail } from '../bindings/AlgorithmDetail';
import type { AlgorithmMove } from '../bindings/AlgorithmMove';
import type { AlgorithmRequest } from '../bindings/AlgorithmRequest';
import type { AlgorithmRow } from '../bindings/AlgorithmRow';
import type { AlgorithmsView } from '../bindings/AlgorithmsView';
import type { OrderView } from '../bindings/OrderView';
import type { SignalRow } from '../bindings/SignalRow';
import type { StrategiesView } from '../bindings/StrategiesView';
import type { StrategyParameter } from '../bindings/StrategyParameter';
import type { VersionRow } from '../bindings/VersionRow';

const whole = (name: string, words: string, min: number, max: number, value: string): StrategyParameter => ({ name, words, kind: 'whole', min, max, choices: [], default: value, range: `use a whole number from ${min} to ${max}` });
const share = whole('share', 'percent of its capital that a buy takes', 1, 100, '100');

const SCRIPT = `PARAMS = {"fast": 10, "slow": 30}

def inputs(p):
    return {"fast": "sma(%d)" % p["fast"], "slow": "sma(%d)" % p["slow"]}

def on_candle(now, state, p):
    before = state.get("above")
    above = now.fast > now.slow
    state["above"] = above
    if before == False and above and not now.held:
        return buy(reason = "the fast average crossed above the slow one")
    if not above and now.held:
        return close(reason = "the fast average is below the slow one")
`;

export const STRATEGIES: StrategiesView = {
  strategies: [
    { name: 'sma_cross', words: 'Buys when the fast moving average of the closes crosses above the slow one, and sells all of it once it is below.', code: 2, parameters: [whole('fast', 'candles of the fast average', 1, 500, '10'), whole('slow', 'candles of the slow average', 1, 500, '30'), share] },
    { name: 'rsi_reversion', words: 'Buys when Wilder’s RSI falls through the lower bound, and sells all of it once the RSI is above the upper one.', code: 2, parameters: [whole('period', 'candles of the RSI', 2, 100, '14'), whole('low', 'it buys below this', 1, 99, '30'), whole('high', 'it sells above this', 1, 99, '70'), share] },
    { name: 'donchian_breakout', words: 'Buys when the close is above the highest high of the candles before it, and sells all of it once the close is below their lowest low.', code: 1, parameters: [whole('entry', 'candles whose highest high a buy needs', 1, 500, '20'), whole('exit', 'candles whose lowest low ends it', 1, 500, '10'), share] },
    { name: 'momentum_rotation', words: 'Of several coins it holds those that rose most over the look-back, if they rose at all; it looks again every so many candles and sells the others.', code: 1, parameters: [whole('lookback', 'candles over which a coin’s rise is measured', 1, 500, '30'), whole('top', 'coins held at most', 1, 10, '2'), whole('every', 'candles from one look to the next', 1, 500, '24'), share] },
    {
      name: 'scheduled_accumulation', words: 'Buys for a fixed amount at a local time, every day, week or month; it never sells.', code: 1,
      parameters: [
        { name: 'aud', words: 'AUD a buy costs, fee included', kind: 'decimal', min: 1, max: 1_000_000, choices: [], default: '25', range: 'use a number from 1 to 1000000 with at most 2 decimals' },
        { name: 'every', words: 'how often', kind: 'choice', min: null, max: null, choices: ['day', 'week', 'month'], default: 'week', range: 'use one of day, week, month' },
        { name: 'at', words: 'the local time', kind: 'time', min: null, max: null, choices: [], default: '09:00', range: 'use a time of the day such as 09:00' },
      ],
    },
    {
      name: 'script', words: 'A strategy of your own, as a script. It runs in a process that has no files and no network.', code: 1,
      parameters: [{ name: 'source', words: 'its text, in Starlark', kind: 'text', min: null, max: null, choices: [], default: SCRIPT, range: 'use a script of at most 32768 bytes with on_candle(now, state, p)' }],
    },
  ],
  examples: [{ name: 'cross', source: SCRIPT }],
};

interface Kept {
  row: AlgorithmRow;
  versions: VersionRow[];
  signals: SignalRow[];
}

/** Throws like the workstation refuses. */
type Refuse = (code: string, message: string) => Error;

export class Algorithms {
  #kept = new Map<string, Kept>();
  #made = 0;

  constructor(
    empty: boolean,
    private readonly now: () => number,
    private readonly orders: () => readonly OrderView[],
    private readonly refuse: Refuse,
  ) {
    if (empty) return;
    const ago = (minutes: number) => new Date(now() - minutes * 60_000).toISOString();
    const signal: SignalRow = { at: ago(14), slot: ago(15), coin: 'BTC', action: 'buy', size: '100 %', confidence_pct: null, reason: 'SMA(10) 101482.10 crossed above SMA(30) 101377.94', evidence: [`candles BTC 1h ${ago(15)}`], book: 'paper', version: '8c1f5a02d4be', order: 'a'.repeat(32), refusal: null };
    const dip: SignalRow = { ...signal, coin: 'ETH', action: 'close', size: 'all it holds', reason: 'RSI(14) 71.20 is above 70', order: null, refusal: { code: 'spread_too_wide', message: 'ETH’s bid 4,980 and ask 5,110 are 2.58 % apart; at most 2 % is allowed (max_spread_pct).' } };
    this.#add({ name: 'cross', strategy: 'sma_cross', coins: ['BTC'], interval: '1h', capital_pct: '10', orders: 'book', params: {} }, { state: 'paper', since: ago(4 * 1440), capital: '10412.50', exposure: '10120.04', exposure_pct: '97.19', holdings: [{ coin: 'BTC', quantity: '0.09972' }], realised: '204.11', unrealised: '-31.40', fees: '40.92', paper_s: 4 * 86_400, paper_fills: 7, heartbeat: { seen: ago(0), candle: ago(15), note: null } }, [signal]);
    this.#add({ name: 'dip', strategy: 'rsi_reversion', coins: ['ETH', 'SOL'], interval: '15m', capital_pct: '5', orders: 'book', params: { period: '14' } }, { state: 'error', since: ago(90), why: { code: 'algorithm_stalled', message: 'its strategy thought for more than 5 s' }, capital: '5206.25', exposure: '0', exposure_pct: '0', realised: '-12.80', fees: '9.10' }, [dip]);
    this.#add({ name: 'saver', strategy: 'scheduled_accumulation', coins: ['BTC'], interval: '1h', capital_pct: '2.5', orders: 'instant', params: { aud: '50' } }, {}, []);
  }

  #version(request: AlgorithmRequest): VersionRow {
    const schema = STRATEGIES.strategies.find((one) => one.name === request.strategy);
    if (!schema) throw this.refuse('unknown_strategy', `there is no strategy '${request.strategy}'`);
    const params: Record<string, string> = {};
    for (const one of schema.parameters) {
      const value = request.params[one.name] ?? one.default;
      const number = Number(value);
      if (one.min !== null && one.max !== null && !(number >= one.min && number <= one.max)) throw this.refuse('bad_parameter', `${one.name} can't be '${value}': ${one.range}`);
      params[one.name] = value;
    }
    this.#made += 1;
    return { version: (0x8c1f5a02d4be + this.#made * 7919).toString(16), at: new Date(this.now()).toISOString(), strategy: request.strategy, code: schema.code, params, coins: request.coins, interval: request.interval, capital_pct: request.capital_pct, orders: request.orders ?? 'book' };
  }

  #add(request: AlgorithmRequest, more: Partial<AlgorithmRow>, signals: SignalRow[]) {
    const version = this.#version(request);
    const since = new Date(this.now()).toISOString();
    const row: AlgorithmRow = { name: request.name, state: 'draft', since, why: { code: 'added', message: 'it was described' }, book: 'paper', version, versions: 1, capital: '2603.12', exposure: '0', exposure_pct: '0', holdings: [], realised: '0', unrealised: '0', fees: '0', paper_s: 0, paper_fills: 0, has_mandate: false, last_signal: signals[0] ?? null, heartbeat: { seen: null, candle: null, note: null }, ...more };
    this.#kept.set(request.name, { row, versions: [version], signals });
  }

  #find(name: string): Kept {
    const kept = this.#kept.get(name);
    if (!kept) throw this.refuse('algorithm_unknown', `There is no algorithm '${name}': \`algorithms\` lists them.`);
    return kept;
  }

  view(): AlgorithmsView {
    const algorithms = [...this.#kept.values()].map((kept) => kept.row).sort((a, b) => (a.name < b.name ? -1 : 1));
    return { algorithms, evidence_days: 7, evidence_fills: 5, unproven: 'UNPROVEN' };
  }

  detail(name: string): AlgorithmDetail {
    const { row, versions, signals } = this.#find(name);
    return { algorithm: row, versions: [...versions].reverse(), signals, orders: this.orders().filter((order) => order.algorithm === name) };
  }

  set(request: AlgorithmRequest, fresh: boolean): AlgorithmDetail {
    if (fresh) {
      if (this.#kept.has(request.name)) throw this.refuse('algorithm_exists', `There is an algorithm ${request.name} already: edit it.`);
      this.#add(request, {}, []);
    } else {
      const kept = this.#find(request.name);
      const version = this.#version(request);
      kept.versions.push(version);
      kept.row = { ...kept.row, version, versions: kept.versions.length, state: 'draft', paper_s: 0, paper_fills: 0, why: { code: 'edited', message: 'it was described anew' } };
    }
    return this.detail(request.name);
  }

  move(name: string, act: 'promote' | 'pause' | 'resume' | 'stop', word: string | undefined, close: boolean): AlgorithmMove {
    const kept = this.#find(name);
    const { state } = kept.row;
    if (act === 'promote' && state === 'paper') {
      if (!kept.row.has_mandate) throw this.refuse('mandate_missing', `No mandate lets ${name} trade with real money: grant one first.`);
      if (word !== 'UNPROVEN') throw this.refuse('evidence_missing', `This version of ${name} ran 4 days on paper with 7 fills.`);
    }
    const to = { promote: state === 'paper' ? 'live' : 'paper', pause: 'paused', resume: kept.row.book, stop: 'stopped' }[act];
    const holdings = act === 'stop' && close ? [] : kept.row.holdings;
    kept.row = { ...kept.row, state: to, holdings, since: new Date(this.now()).toISOString(), why: { code: act, message: act } };
    return { algorithm: kept.row, cancelled: [], closing: [], failed: [] };
  }
}
