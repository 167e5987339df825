import { expect, it } from 'vitest';
import type { ModelRow } from '../../ipc/bindings/ModelRow';
import { parameterProblem } from '../../lib/parameters';
import { modelStrategy } from './strategies';
import { TRAIN_FORM, dotsOf, trainProblems, trainRequest } from './train';

it('what is left empty is left to the workstation, and what belongs to another label is not sent', () => {
  expect(trainRequest(TRAIN_FORM)).toEqual({ model: 'logistic', coin: 'BTC', interval: '1h', label: 'direction', features: ['price'], search: 'none', calibration: 'platt' });
  const barrier = { ...TRAIN_FORM, label: 'triple_barrier', take: '150bps', stop: '1.5s', above: '0.9', horizon: '12', search: 'bayes', budget: '30', features: 'list', columns: 'return_24, rsi_14', rolling: true } as const;
  expect(trainRequest(barrier)).toMatchObject({ take: '150bps', stop: '1.5s', horizon: 12, budget: 30, features: ['return_24', 'rsi_14'], rolling: true });
  expect(trainRequest(barrier).above).toBeUndefined();
  expect(trainRequest({ ...TRAIN_FORM, budget: '30' }).budget).toBeUndefined();
});

it('what can not be is told at its field', () => {
  const wrong = trainProblems({ ...TRAIN_FORM, coin: '', label: 'triple_barrier', take: '5 %', horizon: 'x', features: 'list', enter: 'much' });
  expect(Object.keys(wrong).sort()).toEqual(['coin', 'columns', 'enter', 'horizon', 'take']);
});

it('an empty bin is no dot, and more predictions make a larger one', () => {
  const bin = (said: number, samples: number) => ({ from: 0, to: 1, said, came: 0.5, samples });
  const dots = dotsOf([bin(0.1, 0), bin(0.5, 100), bin(0.9, 25)]);
  expect(dots.map(({ said, size }) => [said, size])).toEqual([[0.5, 9], [0.9, 6]]);
});

it('a model that can trade is a strategy with its thresholds, and one that can’t is none', () => {
  const about = { model: 'ridge', coin: 'BTC', interval: '1h', label: 'direction', horizon: 24, from: '', to: '', samples: 9, roc_auc: null, accuracy: null, majority_accuracy: null, enter: 0, exit: -0.002 };
  const row: ModelRow = { id: 'ab'.repeat(32), at: null, bytes: 1, broken: null, not_live: null, about };
  const [strategy] = modelStrategy(row);
  expect(strategy?.name).toBe('model:abababababababab');
  expect(strategy?.parameters.map((one) => [one.name, one.default, parameterProblem(one, one.default)])).toEqual([['enter', '0', null], ['exit', '-0.002', null]]);
  expect([modelStrategy({ ...row, broken: 'model_altered' }), modelStrategy({ ...row, not_live: 'features_not_live' }), modelStrategy({ ...row, about: null })]).toEqual([[], [], []]);
});
