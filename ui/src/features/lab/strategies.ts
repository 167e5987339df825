// What can be chosen as a strategy: those built in, scripts, and the models that can trade.

import type { ModelRow } from '../../ipc/bindings/ModelRow';
import type { StrategiesView } from '../../ipc/bindings/StrategiesView';
import type { StrategyRow } from '../../ipc/bindings/StrategyRow';
import * as commands from '../../ipc/commands';
import { strategyOf } from './train';

/** Thresholds are chances, or returns that may be below 0. */
const threshold = (name: string, words: string, value: number): StrategyRow['parameters'][number] => ({ name, words, kind: 'decimal', min: -1, max: 1, choices: [], default: String(value), range: 'use a number from -1 to 1' });

/** A model as a strategy; none for one that can't trade. */
export function modelStrategy(row: ModelRow): StrategyRow[] {
  const { about } = row;
  if (!about || row.broken !== null || row.not_live !== null) return [];
  return [{ name: strategyOf(row.id), words: `A ${about.model} model taught ${about.label.replaceAll('_', ' ')} on ${about.coin} ${about.interval}; it decides about nothing else.`, code: 1, parameters: [threshold('enter', 'it buys from here on', about.enter), threshold('exit', 'it sells below', about.exit)] }];
}

/** Without models where they can't be read: the rest works on. */
export async function askStrategies(): Promise<StrategiesView> {
  const [known, models] = await Promise.all([commands.strategies(), commands.models().catch(() => null)]);
  return { ...known, strategies: [...known.strategies, ...(models?.models ?? []).flatMap(modelStrategy)] };
}
