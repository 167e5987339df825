// Made-up trainings and models, so that every part of their page has something. Nothing learns here.

import type { ModelExplanation } from '../bindings/ModelExplanation';
import type { ModelRow } from '../bindings/ModelRow';
import type { ModelView } from '../bindings/ModelView';
import type { ModelsView } from '../bindings/ModelsView';
import type { TrainMeasures } from '../bindings/TrainMeasures';
import type { TrainRequest } from '../bindings/TrainRequest';
import type { TrainView } from '../bindings/TrainView';
import type { TruthFigures } from '../bindings/TruthFigures';
import { hashOf } from './random';

const f = (value: number) => ({ value, reason: null });
const none = { value: null, reason: 'never_up' };
const FEATURES = ['return_24', 'rsi_14', 'sma_gap_20', 'volatility_24', 'macd_histogram', 'adx_14'];

const measures = (auc: number, samples: number): TrainMeasures => ({ samples, ups: Math.round(samples * 0.46), said: Math.round(samples * 0.4), accuracy: f(auc - 0.02), precision: f(auc - 0.04), recall: f(0.44), f1: f(0.47), roc_auc: f(auc), pr_auc: f(auc - 0.05), brier: f(0.247), brier_raw: f(0.252), log_loss: f(0.689), log_loss_raw: f(0.7) });
const traded = (earned: string): TruthFigures => ({ bars: 404, return: earned, hold: '0.0812', sharpe: { value: '0.61', reason: null }, max_drawdown: '-0.094', exposure: '0.41', trades: 22, wins: 10, note: 'rests on 22 trades, fewer than 30' });

export class Training {
  #models: ModelRow[] = [];

  constructor(
    private readonly now: () => number,
    private readonly isPriced: (coin: string) => boolean,
    private readonly refuse: (code: string, message: string) => Error,
  ) {}

  train(request: TrainRequest): TrainView {
    const coin = request.coin.toUpperCase();
    if (!this.isPriced(coin)) throw this.refuse('no_candles', `there are no closed ${request.interval} candles of ${coin} in that time`);
    const iso = (hours: number) => new Date(this.now() - hours * 3_600_000).toISOString();
    const learner = request.model;
    const about = { model: learner, coin, interval: request.interval, label: request.label ?? 'direction', horizon: request.horizon ?? 24, from: iso(5000), to: iso(24), samples: 4800, roc_auc: 0.541, accuracy: 0.521, majority_accuracy: 0.54, enter: learner === 'ridge' ? 0 : 0.55, exit: learner === 'ridge' ? -0.002 : 0.45 };
    const model: ModelRow = { id: hashOf(JSON.stringify(request)).toString(16).padStart(8, '0').repeat(8), at: iso(0), bytes: 18_204, broken: null, not_live: request.features?.[0] === 'ledger' ? 'features_not_live' : null, about };
    this.#models = [model, ...this.#models.filter((one) => one.id !== model.id)];
    const tests = request.folds ?? 5;
    const settings: Record<string, number> = learner === 'logistic' || learner === 'ridge' ? { penalty: 1 } : { depth: 3, trees: 120 };
    return {
      verdict: 'unproven', words: 'Unproven: it tells up from the rest a little better than luck, and not enough to trade on.',
      reasons: [{ code: 'luck', words: 'Luck tells up from the rest as well in 7.2 % of cases; 5 % are asked for.', verdict: 'unproven' }],
      out_of_sample: {
        measures: measures(0.541, 2400), luck: f(0.072), errors: learner === 'ridge' ? { rmse: f(0.0192), mae: f(0.0141), r2: f(-0.004) } : null,
        baselines: [{ name: 'majority', words: 'Always what was more frequent in the training.', measures: { ...measures(0.5, 2400), accuracy: f(0.54), precision: none, recall: none, f1: none } }, { name: 'previous', words: 'As the last label that was known.', measures: measures(0.503, 2400) }],
        calibration: learner === 'ridge' ? [] : Array.from({ length: 10 }, (_, i) => ({ from: i / 10, to: (i + 1) / 10, said: (i + 0.5) / 10, came: 0.46 + (i - 4.5) * 0.03, samples: Math.round(900 * Math.exp(-((i - 4.5) ** 2) / 4)) })),
        tests: Array.from({ length: tests }, (_, i) => ({ from: iso(2500 - i * 480), to: iso(2020 - i * 480), trained: 2400 + i * 480, settings, tried: request.search === undefined || request.search === 'none' ? 1 : (request.budget ?? 20), measures: measures(0.52 + (i % 3) * 0.02, 480), trading: traded(((i % 3) * 0.011 - 0.008).toFixed(4)) })),
        trading: model.not_live === null ? { all: traded('0.0214'), probabilistic_sharpe: { value: '0.74', reason: null }, deflated_sharpe: { value: '0.31', reason: null }, control: { kind: 'permuted_signals', verdict: 'chance', reason: null, words: 'Chance does as well in 21 of 100.', return: '0.0214', median: '0.004', percentile: '0.79', p: '0.21', controls: 99, chosen_anew: false } } : null,
        trading_reason: model.not_live,
      },
      control: { clean: true, mean: 0.502, allowed: 0.018, measured: tests * 5, words: 'Nothing was found where there was nothing.' },
      importance: FEATURES.map((feature, i) => ({ feature, mean: 0.016 - i * 0.0042, spread: 0.004, measured: tests * 5 })),
      in_sample: measures(0.604, 4800),
      data: { coin, interval: request.interval, from: about.from, to: about.to, rows: 4976, samples: 4800, left: { no_label_yet: 24, absent_feature: 152 }, features: FEATURES, absent: [], constant: [], data: 'd4'.repeat(32) },
      model, trials: tests + 1, earlier_trials: 174, fits: tests * 6, seed: request.seed ?? 1, notes: ['The model that was kept learned from all samples: no figure here is of that very one.'],
    };
  }

  models = (): ModelsView => ({ models: this.#models, most: 200 });

  #known(id: string): ModelRow {
    const found = this.#models.find((one) => one.id.startsWith(id));
    if (!found) throw this.refuse('model_unknown', `there is no model '${id}': train one first`);
    return found;
  }

  model(id: string): ModelView {
    const model = this.#known(id);
    return { model, features: FEATURES, settings: { penalty: 1 }, calibration: 'platt', balanced: false, seed: 1, fee_bps: 10, spread_bps: 0, candles: 'd4'.repeat(32), data: 'a7'.repeat(32), folds: 5, fits: 30, evidence: { roc_auc: 0.541 }, environment: { program: 'mock' }, file: `/mock/models/${model.id}.json`, algorithms: [] };
  }

  explain(id: string, at: string): ModelExplanation {
    const { about, id: whole } = this.#known(id);
    const ms = Date.parse(at);
    if (Number.isNaN(ms) || !about) throw this.refuse('bad_time', `'${at}' is no time: write 2024-03-01 or 2024-03-01T10:00`);
    const contributions = FEATURES.map((feature, i) => ({ feature, value: Number(Math.sin(i + 1).toFixed(4)), added: Number((Math.cos(i) * 0.2).toFixed(4)) }));
    return { id: whole, coin: about.coin, interval: about.interval, candle: new Date(ms - 3_600_000).toISOString(), known_at: new Date(ms).toISOString(), says: 0.583, kind: 'chance', stands: 'enter', score: 0.3342, base: -0.121, unit: 'log_odds', method: 'line', trained_on: ms <= Date.parse(about.to), contributions };
  }

  remove(id: string): ModelsView {
    const model = this.#known(id);
    this.#models = this.#models.filter((one) => one !== model);
    return this.models();
  }
}
