// What was known at each close: what is asked, and the last answer with the prices beside it.

import type { CandleRow } from '../../ipc/bindings/CandleRow';
import type { FeaturesRequest } from '../../ipc/bindings/FeaturesRequest';
import type { FeaturesView } from '../../ipc/bindings/FeaturesView';
import * as commands from '../../ipc/commands';
import type { Interval } from '../../ipc/commands';
import { isDay } from '../../lib/time';
import { Job } from './job.svelte';

export interface FeaturesForm {
  coin: string;
  interval: string;
  set: 'all' | 'price' | 'ledger';
  from: string;
  to: string;
}

export const FEATURES_FORM: FeaturesForm = { coin: 'BTC', interval: '1h', set: 'all', from: '', to: '' };
/** The window is handed no more rows. */
export const ROWS_MAX = 2_000;

export function featureProblems(form: FeaturesForm): Partial<Record<keyof FeaturesForm, string>> {
  const wrong: Partial<Record<keyof FeaturesForm, string>> = {};
  const day = (text: string) => text.trim() === '' || isDay(text.trim());
  if (!/^[A-Za-z0-9]{1,12}$/.test(form.coin.trim())) wrong.coin = 'A coin, such as BTC';
  if (!day(form.from)) wrong.from = 'A day such as 2023-07-01';
  if (!day(form.to)) wrong.to = 'A day such as 2024-07-01';
  if (!wrong.from && !wrong.to && form.from.trim() && form.to.trim() && form.from.trim() >= form.to.trim()) wrong.to = 'After the first day';
  return wrong;
}

export function featuresRequest(form: FeaturesForm): FeaturesRequest {
  const window = Object.fromEntries([['from', form.from.trim()], ['to', form.to.trim()]].filter(([, value]) => value !== ''));
  return { coin: form.coin.trim(), interval: form.interval, set: form.set, limit: ROWS_MAX, ...window };
}

/** A line of the command that writes all of it. */
export function exportHint({ coin, interval, set, from, to }: FeaturesRequest): string {
  const window = [from === undefined ? '' : ` --from ${from}`, to === undefined ? '' : ` --to ${to}`].join('');
  return `omc features --coin ${coin.toUpperCase()} --interval ${interval}${set === 'all' ? '' : ` --set ${set ?? 'all'}`}${window} --csv`;
}

export interface Known {
  readonly request: FeaturesRequest;
  readonly view: FeaturesView;
  /** The close of each row's candle, where it is stored. */
  readonly closes: ReadonlyMap<string, number>;
}

class Features {
  form = $state<FeaturesForm>({ ...FEATURES_FORM });
  job = new Job(
    () => Promise.resolve({ running: false, done: 0, all: 0 }),
    () => Promise.resolve(null),
  );
  shown = $state.raw<Known | null>(null);
  /** The column that is drawn. */
  chosen = $state<string | null>(null);

  async run(request: FeaturesRequest) {
    const known = await this.job.run(async () => {
      const view = await commands.features(request);
      const [first, last] = [view.rows[0], view.rows.at(-1)];
      const candles: readonly CandleRow[] = first && last ? (await commands.candles(view.coin, request.interval as Interval, { from: first.time, to: last.known_at })).candles : [];
      return { request, view, closes: new Map(candles.map((candle) => [candle.time, Number(candle.close)])) };
    });
    if (!known) return;
    this.shown = known;
    if (!known.view.features.some((one) => one.name === this.chosen)) this.chosen = known.view.features[0]?.name ?? null;
  }

  /** As at the beginning. */
  forget() {
    this.form = { ...FEATURES_FORM };
    [this.shown, this.chosen] = [null, null];
  }
}

export const features = new Features();
