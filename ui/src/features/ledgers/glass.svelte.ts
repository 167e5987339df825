// The Glass ledger as the screens ask for it, and what they draw of it. Invariants: every figure shown came as text; numbers
// are for pixels and for the order of rows only.

import type { DayPoint } from '../../ipc/bindings/DayPoint';
import type { FigureSeries } from '../../ipc/bindings/FigureSeries';
import type { GlassView } from '../../ipc/bindings/GlassView';
import type { SourceRow } from '../../ipc/bindings/SourceRow';
import * as commands from '../../ipc/commands';
import { forDrawing } from '../../lib/decimal';
import type { Cut } from '../../lib/format';
import { kept } from '../../state/kept.svelte';
import { navigation } from '../../state/navigation.svelte';
import { workspace } from '../../state/workspace.svelte';
import { answeredKey } from './said';

/** Days asked for. */
export const DAYS = 180;
const SPARK_DAYS = 30;
const DAY_MS = 86_400_000;
export const USD: Cut = { min: 2, max: 2 };

export const PARTS = ['protocols', 'chains', 'stablecoins', 'treasuries'] as const;
export type Part = (typeof PARTS)[number];
export type Metric = 'tvl' | 'fees' | 'revenue';

class Chosen {
  part = $state<Part>('protocols');
  subject = $state<string | null>(null);
  metric = $state<Metric>('tvl');
}
/** Where the drill-down is. */
export const chosen = new Chosen();

/** The view, asked for again whenever a source of the ledger answered. For components: it lives as long as they do. */
export function glassAnswer() {
  const view = kept<GlassView>('glass');
  const load = () => void view.load(() => commands.glass(DAYS));
  const answered = $derived(answeredKey(workspace.status?.sources ?? [], 'glass'));
  $effect(() => {
    void answered;
    load();
  });
  const open = (subject: string) => {
    chosen.part = 'protocols';
    chosen.subject = subject;
    navigation.ledger = 'glass';
  };
  return { view, load, open };
}

export const sourcesOf = (sources: readonly SourceRow[]): string[] => sources.filter((source) => source.ledger === 'glass').map((source) => source.name);

/** A protocol with its three series, or a chain or stablecoin with its one, which stands in `tvl`. */
export interface Subject {
  readonly subject: string;
  readonly name: string;
  readonly tvl: FigureSeries | null;
  readonly fees: FigureSeries | null;
  readonly revenue: FigureSeries | null;
}

const KIND: Readonly<Record<string, string>> = { chains: 'chain_tvl', stablecoins: 'stablecoin_supply' };

/** What a part of the ledger has, in the order it came: the largest first. */
export function subjectsOf(series: readonly FigureSeries[], part: Part): Subject[] {
  const only = KIND[part];
  if (only) return series.filter((one) => one.kind === only).map((one) => ({ subject: one.subject, name: one.name, tvl: one, fees: null, revenue: null }));
  const found = new Map<string, Subject>();
  for (const one of series) {
    if (one.kind !== 'tvl' && one.kind !== 'fees' && one.kind !== 'revenue') continue;
    const before = found.get(one.subject) ?? { subject: one.subject, name: one.name, tvl: null, fees: null, revenue: null };
    found.set(one.subject, { ...before, [one.kind]: one });
  }
  return [...found.values()];
}

/** What the one series of a chain or stablecoin is called. */
export const amountName = (part: Part): string => (part === 'stablecoins' ? 'Supply' : 'TVL');

/** Who moved most in a day, up or down. */
export function moversOf(series: readonly FigureSeries[]): FigureSeries[] {
  const size = (one: FigureSeries) => Math.abs(forDrawing(one.change_1d_pct));
  const moved = series.filter((one) => one.kind === 'tvl' && one.change_1d_pct !== null);
  return moved.sort((a, b) => size(b) - size(a));
}

export const dayOf = (iso: string): string => iso.slice(0, 10);

/** A figure of a day is there the day after. */
export const isOldDay = (iso: string, now: number): boolean => now - Date.parse(iso) > 3 * DAY_MS;

/** A series' last days as a line: a day that is missing is a hole. */
export function spark(series: { readonly points: readonly DayPoint[] }, days = SPARK_DAYS): (number | null)[] {
  const last = series.points.at(-1);
  if (!last) return [];
  const end = Date.parse(last.day);
  const values: (number | null)[] = Array.from({ length: days }, () => null);
  for (const { day, amount } of series.points) {
    const back = Math.round((end - Date.parse(day)) / DAY_MS);
    if (back >= 0 && back < days) values[days - 1 - back] = forDrawing(amount);
  }
  return values;
}

/** The totals of each day, newest first. */
export function daysByDay(view: GlassView): { day: string; tvl: string | null; fees: string | null }[] {
  const fees = new Map(view.fees_points.map(({ day, amount }) => [day, amount]));
  const tvl = new Map(view.tvl_points.map(({ day, amount }) => [day, amount]));
  const days = [...new Set([...tvl.keys(), ...fees.keys()])].sort().reverse();
  return days.map((day) => ({ day, tvl: tvl.get(day) ?? null, fees: fees.get(day) ?? null }));
}
