// What a parameter is tried at, as text: one value, a list, or from..to:step with both ends inside. The workstation has the
// last word; here it is counted, so that the form can say what would run.

import { parseDecimal, writeDecimal, type Decimal } from '../../lib/decimal';
import { parameterProblem, type Parameter } from '../../lib/parameters';

/** The most points of a sweep, all lanes together, and of an examination. */
export const SWEEP_POINTS_MAX = 250_000;
export const EVALUATE_POINTS_MAX = 5_000;

/** What a text says: its values, or what is wrong with it. */
export type Tried = { readonly count: number; readonly problem: null } | { readonly count: 0; readonly problem: string };

const bad = (problem: string): Tried => ({ count: 0, problem });

/** Texts are not swept. */
export const isSweepable = (of: Parameter): boolean => of.kind !== 'text' && of.kind !== 'zone';

export function tried(of: Parameter, text: string): Tried {
  const said = text.trim();
  if (said.includes('..')) return stepped(of, said);
  const values = said.split(',').map((value) => value.trim());
  const wrong = values.map((value) => parameterProblem(of, value)).find((problem) => problem !== null);
  if (wrong !== undefined && wrong !== null) return bad(values.length > 1 ? `Each: ${wrong}` : wrong);
  const plain = values.map((value) => (of.kind === 'whole' || of.kind === 'decimal' ? normal(value) : value));
  return new Set(plain).size < plain.length ? bad('One value is there twice') : { count: values.length, problem: null };
}

function normal(text: string): string {
  const value = parseDecimal(text);
  if (!value) return text;
  let { units, scale } = value;
  while (scale > 0 && units % 10n === 0n) [units, scale] = [units / 10n, scale - 1];
  return writeDecimal({ units, scale });
}

const units = (value: Decimal, scale: number): bigint => value.units * 10n ** BigInt(scale - value.scale);

function stepped(of: Parameter, said: string): Tried {
  if (of.kind !== 'whole' && of.kind !== 'decimal') return bad('Give a list, such as one,other');
  const [from = '', rest = ''] = said.split('..');
  const [to = '', step = '1'] = rest.split(':');
  const read = [from, to, step].map((one) => parseDecimal(one.trim()));
  const [low, high, by] = read;
  if (!low || !high || !by) return bad('Write from..to:step, such as 5..50:5');
  const scale = Math.max(low.scale, high.scale, by.scale);
  const [first, last, each] = [units(low, scale), units(high, scale), units(by, scale)];
  if (each <= 0n || first > last) return bad('Write from..to:step, such as 5..50:5');
  const more = (last - first) / each;
  if (more >= BigInt(SWEEP_POINTS_MAX)) return bad(`More than ${SWEEP_POINTS_MAX} values`);
  const problem = parameterProblem(of, from.trim()) ?? parameterProblem(of, writeDecimal({ units: first + more * each, scale }).replace(/\.0+$/, ''));
  if (problem !== null) return bad(`Each: ${problem}`);
  if (of.kind === 'whole' && by.scale > 0) return bad('Steps of whole numbers');
  return { count: Number(more) + 1, problem: null };
}

/** What stays, and what is tried, of texts by parameter; what is not said is its default. */
export function split(parameters: readonly Parameter[], texts: Readonly<Record<string, string>>): { params: Record<string, string>; axes: string[]; points: number; problem: boolean } {
  const params: Record<string, string> = {};
  const axes: string[] = [];
  let [points, problem] = [1, false];
  for (const one of parameters) {
    const text = (texts[one.name] ?? one.default).trim();
    const of = isSweepable(one) ? tried(one, text) : { count: 1, problem: parameterProblem(one, text) };
    problem ||= of.problem !== null;
    if (of.count > 1) {
      axes.push(`${one.name}=${text}`);
      points *= of.count;
    } else params[one.name] = isSweepable(one) ? text : (texts[one.name] ?? one.default);
  }
  return { params, axes, points, problem };
}

/** What a setting costs, which can be tried at several values too. */
export const COSTS = [
  { name: 'fee_bps', title: 'Fee (10 on the book)', unit: 'bps', usual: '10', max: 1_000 },
  { name: 'spread_bps', title: 'Spread', unit: 'bps', usual: '0', max: 1_000 },
  { name: 'slippage_bps', title: 'Slippage beyond it', unit: 'bps', usual: '0', max: 1_000 },
  { name: 'latency_bars', title: 'Orders are late by', unit: 'bars', usual: '0', max: 100 },
] as const;

/** A cost as a parameter, so that it is read as one. */
export const costParameter = (name: string, max: number): Parameter => ({ name, words: name, kind: 'whole', min: 0, max, choices: [], default: '0', range: `use a whole number from 0 to ${max}` });

/** Axes written as one text, such as `fast=5..50:5; slow=20,50`: of a script, whose parameters nobody knows before it is read. */
export function axesOf(text: string): { axes: string[]; points: number; problem: string | null } {
  const axes = text.split(';').map((one) => one.trim()).filter((one) => one !== '');
  let points = 1;
  for (const one of axes) {
    const [name = '', values = ''] = one.split('=').map((part) => part.trim());
    const of = tried({ ...costParameter(name, Number.MAX_SAFE_INTEGER), kind: 'decimal' }, values);
    if (!/^[a-z_][a-z0-9_]*$/i.test(name) || of.problem !== null) return { axes: [], points: 0, problem: 'Write name=values, such as fast=5..50:5; slow=20,50' };
    points *= of.count;
  }
  return { axes, points, problem: null };
}

/** A first grid around the defaults: the first two whole numbers, a few values each. */
export function suggested(parameters: readonly Parameter[]): Record<string, string> {
  const numbers = parameters.filter((one) => one.kind === 'whole' && one.name !== 'share').slice(0, 2);
  return Object.fromEntries(
    numbers.map((one) => {
      const middle = Number(one.default);
      const step = Math.max(1, Math.round(middle / 5));
      const low = Math.max(one.min ?? 1, middle - 3 * step, 1);
      const high = Math.min(one.max ?? Number.MAX_SAFE_INTEGER, low + 9 * step);
      return [one.name, `${low}..${high}:${step}`];
    }),
  );
}
