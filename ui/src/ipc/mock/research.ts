// Made-up sweeps, examinations, features and kept runs over the simulated market, so that every part of their pages has something.

import type { BacktestRequest } from '../bindings/BacktestRequest';
import type { BacktestView } from '../bindings/BacktestView';
import type { EvaluateRequest } from '../bindings/EvaluateRequest';
import type { EvaluateView } from '../bindings/EvaluateView';
import type { FeaturesRequest } from '../bindings/FeaturesRequest';
import type { FeaturesView } from '../bindings/FeaturesView';
import type { KeptRow } from '../bindings/KeptRow';
import type { KeptRun } from '../bindings/KeptRun';
import type { RanBacktest } from '../bindings/RanBacktest';
import type { RanEvaluate } from '../bindings/RanEvaluate';
import type { SweepPoint } from '../bindings/SweepPoint';
import type { SweepRequest } from '../bindings/SweepRequest';
import type { SweepView } from '../bindings/SweepView';
import type { TruthFigures } from '../bindings/TruthFigures';
import { backtestOf } from './backtest';
import { candlesOf, type Quote } from './market';
import { hashOf, seeded } from './random';

type Refuse = (code: string, message: string) => Error;

/** The values an axis takes. */
function axisOf(text: string): { name: string; values: string[] } {
  const [name = '', said = ''] = text.split('=');
  if (!said.includes('..')) return { name, values: said.split(',').map((value) => value.trim()) };
  const [from = '', rest = ''] = said.split('..');
  const [to = '', step = '1'] = rest.split(':');
  const count = Math.floor((Number(to) - Number(from)) / Number(step) + 1e-9) + 1;
  return { name, values: Array.from({ length: count }, (_, i) => String(Number((Number(from) + i * Number(step)).toFixed(6)))) };
}

const every = (axes: readonly { name: string; values: string[] }[]): Record<string, string>[] => axes.reduce<Record<string, string>[]>((all, { name, values }) => all.flatMap((params) => values.map((value) => ({ ...params, [name]: value }))), [{}]);

/** Kept runs, and what each page asks. */
export class Research {
  #kept: KeptRun[] = [];
  #trials = 0;

  constructor(
    private readonly quote: (coin: string) => Quote | undefined,
    private readonly now: () => number,
    private readonly refuse: Refuse,
  ) {}

  #priced(coin: string, interval: string): Quote {
    const quote = this.quote(coin.toUpperCase());
    if (!quote?.priced) throw this.refuse('no_candles', `there are no ${interval} candles of ${coin} in the window: import or fetch its history first`);
    return quote;
  }

  #row(kind: string, request: BacktestRequest, of: Pick<KeptRow, 'strategy' | 'params' | 'from' | 'to' | 'return' | 'hold' | 'max_drawdown' | 'sharpe' | 'trades' | 'verdict' | 'note'>): KeptRow {
    const digits = (text: string) => hashOf(text).toString(16).padStart(8, '0').repeat(3);
    const data = request.coins.map((coin) => ({ coin: coin.toUpperCase(), interval: request.interval, from: '1970-01-01T00:00:00Z', to: of.to, candles: 404, data: digits(coin + request.interval).repeat(2) }));
    return { id: digits(`${kind} ${JSON.stringify(request)}`), kind, at: new Date(this.now()).toISOString(), code: 2, data, ...of };
  }

  #keep(run: KeptRun) {
    this.#kept = [run, ...this.#kept.filter((one) => one.run.id !== run.run.id)].slice(0, 200);
  }

  backtest(request: BacktestRequest): RanBacktest {
    const result: BacktestView = backtestOf(request, this.#priced(request.coins[0] ?? '', request.interval), this.now());
    const { strategy, params, from, to, max_drawdown, sharpe, note } = result;
    const run = this.#row('backtest', request, { strategy, params, from, to, return: result.return, hold: result.buy_and_hold.return.value, max_drawdown, sharpe, trades: result.fills, verdict: null, note });
    this.#keep({ run, changed: [], backtest: { request, result }, evaluate: null });
    return { run, not_kept: null, result };
  }

  evaluate(request: EvaluateRequest): RanEvaluate {
    const result = evaluationOf(request, this.#priced(request.run.coins[0] ?? '', request.run.interval), this.now());
    const { all } = result.out_of_sample;
    const run = this.#row('evaluate', request.run, { strategy: result.strategy, params: result.in_sample.params, from: result.from, to: result.to, return: all.return, hold: all.hold, max_drawdown: all.max_drawdown, sharpe: all.sharpe.value, trades: all.trades, verdict: result.verdict, note: all.note });
    this.#keep({ run, changed: [], backtest: null, evaluate: { request, result } });
    return { run, not_kept: null, result };
  }

  kept = () => ({ runs: this.#kept.map((one) => one.run), unreadable: 0 });

  keptRun(id: string): KeptRun {
    const found = this.#kept.find((one) => one.run.id === id);
    if (!found) throw this.refuse('unknown_run', `there is no run ${id}: the newest 200 are kept; run it again`);
    return found;
  }

  sweep(request: SweepRequest): SweepView {
    const axes = request.axes.map(axisOf);
    const lanes = request.coins.flatMap((coin) => request.intervals.map((interval) => ({ coin: coin.toUpperCase(), interval })));
    const points = lanes.flatMap(({ coin, interval }) => {
      this.#priced(coin, interval);
      const random = seeded(hashOf(coin + interval));
      return every(axes).filter((params) => !(Number(params['fast']) >= Number(params['slow']))).map((params): SweepPoint => {
        const [x, y] = Object.values(params).map(Number);
        const wave = Math.sin((x ?? 1) / 9) * Math.cos((y ?? 1) / 23) * 0.3 + (random() - 0.5) * 0.12;
        const exits = Math.round(900 / ((x ?? 1) + (y ?? 9)));
        return { coin, interval, params, final_equity: (10_000 * (1 + wave)).toFixed(2), return: wave, max_drawdown: -Math.abs(wave) * 0.7 - 0.05, sharpe: wave * 4, exposure: 0.4 + random() * 0.2, entries: exits, exits, wins: Math.round(exits * (0.4 + wave)), fees: (exits * 19.7).toFixed(2), note: exits < 30 ? `rests on ${exits} trades, fewer than 30` : null };
      });
    });
    const by = request.look.by ?? 'return';
    const figure = (point: SweepPoint) => (by === 'sharpe' ? (point.sharpe ?? 0) : by === 'drawdown' ? point.max_drawdown : point.return);
    const top = points.sort((a, b) => figure(b) - figure(a)).slice(0, request.look.top ?? 20);
    this.#trials += points.length;
    const all = every(axes).length * lanes.length;
    const [from, to] = [new Date(this.now() - 420 * 3_600_000).toISOString(), new Date(this.now()).toISOString()];
    return {
      id: hashOf(JSON.stringify(request)).toString(16).repeat(8), shard: null, strategy: request.strategy, code: 2, execution: 'next_open', cash: request.cash ?? '10000', fee_bps: request.fee_bps ?? 10, axes, params: request.params,
      lanes: lanes.map((lane) => ({ ...lane, from, to, candles: 404, data: 'd1'.repeat(32), trials: this.#trials })), points: all, ran: points.length, left: all > points.length ? { bad_parameter: all - points.length } : {}, by, top, heat: [],
      notes: ['The best of many settings on the same prices looks better than it is: hold it against the trials, and against prices it was not chosen on.'],
    };
  }

  features(request: FeaturesRequest): FeaturesView {
    const { candles } = candlesOf(this.#priced(request.coin, request.interval), request.interval, this.now());
    const step = (Date.parse(candles[1]?.time ?? '') || 0) - (Date.parse(candles[0]?.time ?? '') || 0);
    const closes = candles.map((candle) => Number(candle.close));
    const columns: { name: string; set: string; unit: string; words: string; of: (i: number) => number | null }[] = [
      { name: 'return_1', set: 'price', unit: 'log ratio', words: 'return over one candle', of: (i) => (i < 1 ? null : Math.log((closes[i] ?? 1) / (closes[i - 1] ?? 1))) },
      { name: 'sma_gap_20', set: 'price', unit: 'ratio', words: 'the close above its plain average of 20', of: (i) => (i < 19 ? null : (closes[i] ?? 1) / (closes.slice(i - 19, i + 1).reduce((a, b) => a + b, 0) / 20) - 1) },
      { name: 'volatility_24', set: 'price', unit: 'log ratio a candle', words: 'sample deviation of the last 24 returns', of: (i) => (i < 24 ? null : 0.004 + Math.abs(Math.sin(i / 31)) * 0.003) },
      { name: 'mood_24h', set: 'ledger', unit: '−1 to 1', words: 'mean sentiment of the news and posts of the last 24 hours', of: (i) => (i % 7 === 0 ? null : Math.sin(i / 17) * 0.6) },
      { name: 'spread_bps', set: 'ledger', unit: 'bps', words: 'the newest spread at most 15 minutes old', of: () => null },
    ];
    const chosen = columns.filter((one) => request.set === undefined || request.set === 'all' || one.set === request.set);
    const rows = candles.map((candle, i) => ({ time: candle.time, known_at: new Date(Date.parse(candle.time) + step).toISOString(), values: chosen.map((one) => one.of(i)) })).slice(-(request.limit ?? candles.length));
    return { coin: request.coin.toUpperCase(), interval: request.interval, set: request.set ?? 'all', missing: 16, features: chosen.map(({ name, set, unit, words }, i) => ({ name, set, unit, words, known: rows.filter((row) => row.values[i] !== null).length })), rows };
  }
}

const said = (value: string) => ({ value, reason: null });
const figures = (value: string, trades: number, bars: number): TruthFigures => ({ bars, return: value, hold: '0.0812', sharpe: said((Number(value) * 6).toFixed(4)), max_drawdown: '-0.1123', exposure: '0.52', trades, wins: Math.round(trades * 0.5), note: trades < 30 ? `rests on ${trades} trades, fewer than 30` : null });

function evaluationOf(request: EvaluateRequest, quote: Quote, now: number): EvaluateView {
  const { candles } = candlesOf(quote, request.run.interval, now);
  const [from, to] = [candles[0]?.time ?? '', candles.at(-1)?.time ?? ''];
  const axes = request.grid.map(axisOf);
  const params = { ...(request.run.params as Record<string, string>), ...Object.fromEntries(axes.map(({ name, values }) => [name, values[values.length >> 1] ?? ''])) };
  const tests = request.tests ?? 5;
  const time = (part: number) => candles[Math.min(candles.length - 1, Math.floor(candles.length * part))]?.time ?? '';
  const [down, across] = [axes[0], axes[1]];
  const points = axes.reduce((all, { values }) => all * values.length, 1);
  return {
    verdict: 'unproven', words: 'Unproven: these bars don’t show that it is more than luck.',
    reasons: [
      { code: 'not_proven', words: 'The probability that its Sharpe ratio is above 0 is 71.2 % where it was not chosen; 95 % is asked for.', verdict: 'unproven' },
      { code: 'few_trades', words: 'It traded 17 times where it was not chosen; 30 are asked for.', verdict: 'unproven' },
    ],
    out_of_sample: {
      all: figures('0.0341', 17, 202), probabilistic_sharpe: said('0.712'), minimum_record_bars: said('1412'), efficiency: said('0.41'), skew: said('-0.31'), kurtosis: said('6.2'),
      intervals: { return: { low: '-0.071', high: '0.152' }, sharpe: { low: '-1.9', high: '3.8' }, max_drawdown: { low: '-0.21', high: '-0.06' }, loss: '0.31', level: '0.9', draws: 1000, block_bars: 6 }, intervals_reason: null,
      reshuffled: { max_drawdown: '-0.112', median: '-0.098', bad: '-0.183', deeper: '0.27', trades: 17, orders: 1000 }, reshuffled_reason: null,
      tests: Array.from({ length: tests }, (_, i) => ({ from: time(0.5 + i * 0.5 / tests), to: time(0.5 + (i + 1) * 0.5 / tests), out_of_sample: figures(((i % 3) * 0.02 - 0.013).toFixed(4), 3 + i, 40), params, in_sample_sharpe: (2.4 - i * 0.2).toFixed(3), trained_bars: 202 + i * 40 })),
    },
    controls: [
      { kind: 'shuffled_dates', verdict: 'chance', reason: null, words: 'Chance does as well in 18 of 100.', return: '0.0341', median: '0.0012', percentile: '0.82', p: '0.18', controls: 99, chosen_anew: !request.keep_choices },
      { kind: 'permuted_signals', verdict: 'timing', reason: null, words: 'Its times in and out matter.', return: '0.0341', median: '-0.0102', percentile: '0.97', p: '0.04', controls: 99, chosen_anew: false },
    ],
    stress: ['fees_twice', 'spread_20_bps', 'one_bar_late', 'bars_missing', 'all_at_once'].map((name, i) => ({ name, figures: figures((0.021 - i * 0.014).toFixed(4), 17 - i, 202), change: (-0.0131 - i * 0.014).toFixed(4) })),
    regimes: ['rising', 'falling', 'flat', 'calm', 'wild'].map((name, i) => ({ name, bars: 30 + i * 9, return: (0.03 - i * 0.012).toFixed(4), hold: (0.05 - i * 0.02).toFixed(4), sharpe: i === 2 ? { value: null, reason: 'too_few_returns' } : said((1.4 - i * 0.5).toFixed(3)) })), regimes_reason: null,
    in_sample: {
      params, chosen: axes.length > 0, all: figures('0.1902', 41, 404), probabilistic_sharpe: said('0.981'),
      deflated: { probability: said('0.412'), to_beat: '2.61', trials: points + 120, earlier_trials: 120, spread: 'measured' },
      overfitting: axes.length > 0 ? { probability: '0.38', loss: '0.44', rank: '0.58', out_of_sample_sharpe: '0.52', in_sample_sharpe: '2.91', choices: 12_870, trials: points } : null, overfitting_reason: axes.length > 0 ? null : 'one_trial',
      stability: { words: 'The settings one step away keep 62 % of its score.', kept: said('0.62'), worst: '0.41', neighbours: 8, map: down && across ? { down: down.name, rows: down.values, across: across.name, columns: across.values, cells: down.values.map((_, r) => across.values.map((__, c) => (c < r - 6 ? null : (Math.cos(r / 4) * Math.sin(c / 5 + 1) * 2.2).toFixed(3)))), row: down.values.length >> 1, column: across.values.length >> 1 } : null },
    },
    leaks: { clean: true, bars: 404, decisions: 82, checks: ['repeat', 'truncate', 'poison', 'shift'].map((name) => ({ name, outcome: 'passed', compared: 404, at: null, said: null, instead: null, words: null })), reason: null },
    strategy: request.run.strategy, code: 2, coin: quote.coin, interval: request.run.interval, from, to, execution: 'next_open', points, sharpe_basis: 'returns of bars × √(bars a year), risk-free rate 0', seed: request.seed ?? 1, notes: [],
  };
}
