// What the examination page asks, and what each thing it answers means. Amounts stay text.

import type { BacktestRequest } from '../../ipc/bindings/BacktestRequest';
import type { EvaluateRequest } from '../../ipc/bindings/EvaluateRequest';
import type { StrategyRow } from '../../ipc/bindings/StrategyRow';
import { FORM, SCRIPT, coinsOf, extraParams, formOf, problems, requestOf, type Form } from './backtest';
import { EVALUATE_POINTS_MAX, axesOf, split } from './grid';

/** A backtest's form, with several values where they are to be chosen among, and how hard it is looked at. */
export interface ExamineForm extends Form {
  tests: string;
  embargo: string;
  controls: string;
  draws: string;
  seed: string;
  rolling: boolean;
  /** Controls keep the choices made on the real bars. */
  keepChoices: boolean;
  /** More costs to look at, as `fee_bps=0,50; slippage_bps=20`. */
  stress: string;
}

export const EXAMINE_FORM: ExamineForm = { ...FORM, tests: '', embargo: '', controls: '', draws: '', seed: '', rolling: false, keepChoices: false, stress: '' };

type Wrong = Partial<Record<keyof ExamineForm | 'grid', string>>;

/** Of a script: single values are set, several are chosen among. */
function scripted(text: string): { params: Record<string, string>; axes: string[]; points: number; problem: string | null } {
  const of = axesOf(text);
  const single = of.axes.filter((one) => !/,|\.\./.test(one));
  return { params: extraParams(single.join('; ')) ?? {}, axes: of.axes.filter((one) => !single.includes(one)), points: of.points, problem: of.problem };
}

/** How many settings are chosen among. */
export const settingsOf = (form: ExamineForm, strategy: StrategyRow | null): number => split(strategy?.parameters ?? [], form.params).points * (form.strategy === SCRIPT ? scripted(form.extra).points : 1);

export function examineProblems(form: ExamineForm, strategy: StrategyRow | null): Wrong {
  const wrong: Wrong = problems({ ...form, extra: '' });
  if (coinsOf(form.coins).length > 1) wrong.coins = 'One coin at a time';
  const between = (text: string, [least, most]: readonly [number, number]) => text.trim() === '' || (/^\d{1,6}$/.test(text.trim()) && Number(text) >= least && Number(text) <= most);
  if (!between(form.tests, [2, 50])) wrong.tests = '2 to 50';
  if (!between(form.embargo, [0, 100_000])) wrong.embargo = '0 to 100,000';
  if (!between(form.controls, [19, 999])) wrong.controls = '19 to 999';
  if (!between(form.draws, [100, 10_000])) wrong.draws = '100 to 10,000';
  if (!between(form.seed, [0, 999_999])) wrong.seed = 'A whole number';
  const grid = split(strategy?.parameters ?? [], form.params);
  const script = form.strategy === SCRIPT ? scripted(form.extra) : null;
  if (script?.problem) wrong.extra = script.problem;
  if (axesOf(form.stress).problem !== null) wrong.stress = 'Write cost=values, such as fee_bps=0,50; slippage_bps=20';
  if (grid.problem || script?.problem) wrong.grid = 'A value can’t be used';
  else if (settingsOf(form, strategy) > EVALUATE_POINTS_MAX) wrong.grid = `At most ${EVALUATE_POINTS_MAX.toLocaleString('en-AU')} settings to choose among`;
  return wrong;
}

export function examineRequest(form: ExamineForm, strategy: StrategyRow): EvaluateRequest {
  const { params, axes } = split(strategy.parameters, form.params);
  const script = form.strategy === SCRIPT ? scripted(form.extra) : { params: {}, axes: [] };
  const run = Object.fromEntries(Object.entries(requestOf({ ...form, extra: '' }, { ...params, ...script.params })).filter(([name]) => name !== 'execution')) as Omit<BacktestRequest, 'execution'>;
  const whole = (name: string, text: string) => (text.trim() === '' ? {} : { [name]: Number(text.trim()) });
  const stress = axesOf(form.stress).axes;
  return { run, grid: [...axes, ...script.axes], rolling: form.rolling, ...(form.keepChoices ? { keep_choices: true } : {}), ...(stress.length > 0 ? { stress } : {}), ...whole('tests', form.tests), ...whole('embargo_bars', form.embargo), ...whole('controls', form.controls), ...whole('draws', form.draws), ...whole('seed', form.seed) };
}

/** A backtest's settings as the form of an examination; what it can't say is left at what is usual. */
export function examineFormOf(request: BacktestRequest): ExamineForm {
  const whole = formOf({ ...request, execution: 'next_open' });
  if (whole) return { ...EXAMINE_FORM, ...whole };
  const text = (value: number | string | undefined) => (value === undefined ? '' : String(value));
  return {
    ...EXAMINE_FORM, strategy: request.strategy, coins: request.coins[0] ?? '', interval: request.interval, from: text(request.from), to: text(request.to), cash: request.cash ?? FORM.cash,
    fee: text(request.fee_bps), spread: text(request.spread_bps), slippage: text(request.slippage_bps), latency: text(request.latency_bars), params: { ...(request.params as Record<string, string>) },
  };
}

export interface Meaning {
  readonly title: string;
  readonly words: string;
}

export const VERDICTS: Readonly<Record<string, Meaning & { readonly tone: 'good' | 'warn' | 'bad' }>> = {
  holds_up: { title: 'Holds up', words: 'Everything below was asked and answered. It is no promise.', tone: 'good' },
  unproven: { title: 'Unproven', words: 'Something that should be shown is not.', tone: 'warn' },
  overfitted: { title: 'Overfitted', words: 'It was chosen among several and did not keep what it had shown.', tone: 'bad' },
  loses: { title: 'Loses', words: 'It made no money.', tone: 'bad' },
  leaks: { title: 'Leaks', words: 'It knew what it could not have known: no figure of it means anything.', tone: 'bad' },
};

export const CONTROLS: Readonly<Record<string, Meaning>> = {
  shuffled_dates: { title: 'Shuffled dates', words: 'The same bars in another order: the drift stays, the trends go. What earns there too is no timing.' },
  permuted_signals: { title: 'Permuted signals', words: 'Its own times in and out, mixed up over the real bars. What earns there too is holding, not choosing when.' },
};

export const STRESSES: Readonly<Record<string, Meaning>> = {
  fees_twice: { title: 'Fees twice', words: 'Every fee doubled.' },
  spread_20_bps: { title: 'Spread 20 bps', words: 'A spread of 0.2 % between bid and ask.' },
  one_bar_late: { title: 'One bar late', words: 'Every order reaches the market a bar later.' },
  bars_missing: { title: '5 % of bars missing', words: 'Bars drawn by lot are not there.' },
  all_at_once: { title: 'All at once', words: 'All of these together.' },
};

export const REGIMES: Readonly<Record<string, Meaning>> = {
  rising: { title: 'Rising', words: 'The 50 bars before rose.' },
  falling: { title: 'Falling', words: 'The 50 bars before fell.' },
  flat: { title: 'Flat', words: 'The 50 bars before did neither.' },
  calm: { title: 'Calm', words: 'The quieter half of the 50 bars before.' },
  wild: { title: 'Wild', words: 'The wilder half of the 50 bars before.' },
};

export const CHECKS: Readonly<Record<string, Meaning>> = {
  repeat: { title: 'Repeat', words: 'The same candles again: does it say the same?' },
  truncate: { title: 'Truncate', words: 'Candles that end: does it say the same without what came later?' },
  poison: { title: 'Poison', words: 'Garbage for a future: does it say the same?' },
  shift: { title: 'Shift', words: 'A later beginning: does it say the same after its warm-up?' },
};

export const meaning = (of: Readonly<Record<string, Meaning>>, name: string): Meaning => of[name] ?? { title: name.replaceAll('_', ' '), words: '' };
