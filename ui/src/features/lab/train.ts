// What the training page asks and shows. Ratios and scores are numbers here, as they come; no amounts.

import type { TrainBin } from '../../ipc/bindings/TrainBin';
import type { TrainRequest } from '../../ipc/bindings/TrainRequest';
import { isDay } from '../../lib/time';

export const LEARNERS = [
  { value: 'logistic', title: 'Logistic regression', words: 'A line between up and the rest; says why to the digit.' },
  { value: 'boosting', title: 'Boosted trees', words: 'Small trees, each mending what the others missed; stopped early on samples it did not learn from.' },
  { value: 'forest', title: 'Random forest', words: 'Many trees on drawn samples, averaged.' },
  { value: 'ridge', title: 'Ridge regression', words: 'A line through the returns themselves, held back from large weights.' },
] as const;

export const LABELS = [
  { value: 'direction', title: 'Direction after costs', words: 'Up when the return over the horizon is more than both fees and the spread.' },
  { value: 'triple_barrier', title: 'Triple barrier', words: 'Which is met first: the gain, the loss, or the end of the horizon.' },
  { value: 'quantile', title: 'Return quantile', words: 'Up when the return is among the largest of the training.' },
] as const;

export const SEARCHES = [
  { value: 'none', title: 'None' },
  { value: 'grid', title: 'Grid' },
  { value: 'random', title: 'Random' },
  { value: 'bayes', title: 'Bayesian' },
] as const;

export interface TrainForm {
  model: (typeof LEARNERS)[number]['value'];
  label: (typeof LABELS)[number]['value'];
  coin: string;
  interval: string;
  from: string;
  to: string;
  horizon: string;
  take: string;
  stop: string;
  above: string;
  fee: string;
  spread: string;
  features: 'price' | 'ledger' | 'all' | 'list';
  columns: string;
  folds: string;
  embargo: string;
  rolling: boolean;
  search: (typeof SEARCHES)[number]['value'];
  budget: string;
  balanced: boolean;
  calibration: 'none' | 'platt' | 'isotonic';
  enter: string;
  exit: string;
  seed: string;
}

export const TRAIN_FORM: TrainForm = {
  model: 'logistic', label: 'direction', coin: 'BTC', interval: '1h', from: '', to: '', horizon: '', take: '', stop: '', above: '', fee: '', spread: '', features: 'price', columns: '', folds: '', embargo: '',
  rolling: false, search: 'none', budget: '', balanced: false, calibration: 'platt', enter: '', exit: '', seed: '',
};

type Wrong = Partial<Record<keyof TrainForm, string>>;

/** What is wrong, by field; the workstation has the last word. */
export function trainProblems(form: TrainForm): Wrong {
  const wrong: Wrong = {};
  const day = (text: string) => text.trim() === '' || isDay(text.trim());
  if (!/^[A-Za-z0-9]{1,12}$/.test(form.coin.trim())) wrong.coin = 'A coin, such as BTC';
  if (!day(form.from)) wrong.from = 'A day such as 2023-07-01';
  if (!day(form.to)) wrong.to = 'A day such as 2024-07-01';
  if (!wrong.from && !wrong.to && form.from.trim() && form.to.trim() && form.from.trim() >= form.to.trim()) wrong.to = 'After the first day';
  for (const name of ['horizon', 'fee', 'spread', 'folds', 'embargo', 'budget', 'seed'] as const) if (!/^\d{0,6}$/.test(form[name].trim())) wrong[name] = 'A whole number';
  for (const name of ['take', 'stop'] as const) if (form.label === 'triple_barrier' && !/^(\d+(\.\d+)?(bps|s))?$/.test(form[name].trim())) wrong[name] = '150bps, or 1.5s in deviations';
  for (const name of ['above', 'enter', 'exit'] as const) if (!/^(-?\d+(\.\d+)?)?$/.test(form[name].trim())) wrong[name] = 'A number';
  if (form.features === 'list' && namesOf(form.columns).length === 0) wrong.columns = 'At least one feature, such as return_24';
  return wrong;
}

const namesOf = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '');

export function trainRequest(form: TrainForm): TrainRequest {
  const text = (name: string, value: string) => (value.trim() === '' ? {} : { [name]: value.trim() });
  const number = (name: string, value: string) => (value.trim() === '' ? {} : { [name]: Number(value.trim()) });
  const label = form.label === 'triple_barrier' ? { ...text('take', form.take), ...text('stop', form.stop) } : form.label === 'quantile' ? number('above', form.above) : {};
  return {
    model: form.model, coin: form.coin.trim(), interval: form.interval, label: form.label, features: form.features === 'list' ? namesOf(form.columns) : [form.features], search: form.search, calibration: form.calibration,
    ...(form.rolling ? { rolling: true } : {}), ...(form.balanced ? { balanced: true } : {}),
    ...text('from', form.from), ...text('to', form.to), ...label, ...number('horizon', form.horizon), ...number('fee_bps', form.fee), ...number('spread_bps', form.spread), ...number('folds', form.folds), ...number('embargo', form.embargo),
    ...(form.search === 'none' ? {} : number('budget', form.budget)), ...number('enter', form.enter), ...number('exit', form.exit), ...number('seed', form.seed),
  };
}

export const TRAIN_VERDICTS: Readonly<Record<string, { readonly title: string; readonly tone: 'good' | 'warn' | 'bad' }>> = {
  edge: { title: 'An edge', tone: 'good' },
  unproven: { title: 'Unproven', tone: 'warn' },
  no_edge: { title: 'No edge', tone: 'bad' },
  leaks: { title: 'Leaks', tone: 'bad' },
};

/** Chances that were said against the share that came true, as points between 0 and 1, and how large each is of the most. */
export function dotsOf(bins: readonly TrainBin[]): { said: number; came: number; size: number; samples: number }[] {
  const most = Math.max(1, ...bins.map((bin) => bin.samples));
  return bins.filter((bin) => bin.samples > 0).map(({ said, came, samples }) => ({ said, came, samples, size: 3 + 6 * Math.sqrt(samples / most) }));
}

/** The name of a model as a strategy: enough digits to be told from others. */
export const strategyOf = (id: string): string => `model:${id.slice(0, 16)}`;
