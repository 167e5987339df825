// The simulated Glass ledger and the sparklines of the Exchange ledger. Names are real kinds of things, figures are made up.

import type { DayPoint } from '../bindings/DayPoint';
import type { FigureSeries } from '../bindings/FigureSeries';
import type { GlassView } from '../bindings/GlassView';
import type { Spark } from '../bindings/Spark';
import type { TreasuryRow } from '../bindings/TreasuryRow';
import { candlesOf, type Quote } from './market';
import { bell, hashOf, seeded } from './random';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const PROTOCOLS = ['Lido', 'Aave V3', 'EigenLayer', 'Ether.fi', 'Sky', 'Ethena', 'Uniswap V3', 'Pendle', 'Morpho', 'Spark', 'Compound V3', 'Curve', 'Rocket Pool', 'JustLend', 'PancakeSwap', 'Jito', 'Raydium', 'Kamino', 'Maple', 'GMX', 'dYdX', 'Balancer V2'];
const CHAINS = ['Ethereum', 'Solana', 'Tron', 'BSC', 'Bitcoin', 'Base', 'Arbitrum', 'Avalanche'];
const STABLES = ['Tether', 'USD Coin', 'Ethena USDe', 'Dai', 'First Digital USD'];
const COMPANIES: readonly (readonly [string, string | null, string, string])[] = [
  ['Strategy Example Inc', 'MSTX', 'BTC', '448670'], ['Example Mining Holdings', 'EXMH', 'BTC', '49951.2'], ['Example Capital Ltd', 'EXC', 'BTC', '17616'],
  ['Ether Example Group', 'ETHX', 'ETH', '833137'], ['Sharp Example Gaming', 'SBX', 'ETH', '521939'], ['Example Electric Cars', null, 'BTC', '11509'],
];

const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
const iso = (ms: number) => new Date(ms).toISOString();

function pct(now: number | undefined, before: number | undefined): string | null {
  return now === undefined || before === undefined || before === 0 ? null : ((now / before - 1) * 100).toFixed(2);
}

function seriesOf(kind: string, name: string, largest: number, rank: number, days: number, now: number): FigureSeries {
  const random = seeded(hashOf(kind + name));
  const today = Math.floor(now / DAY) * DAY;
  const drift = (random() - 0.45) * 0.01;
  let value = (largest / (1 + rank * 0.8)) * (0.8 + random() * 0.4);
  const values: number[] = [];
  for (let i = 0; i < days; i += 1) {
    values.unshift(Math.round(value));
    value /= 1 + drift + bell(random) * (kind === 'tvl' || kind === 'stablecoin_supply' ? 0.012 : 0.09);
  }
  // Two days are missing of every fourth: holes stay holes.
  const missing = (i: number) => rank % 4 === 3 && i > 0 && (days - 1 - i === 20 || days - 1 - i === 21);
  const points = values.flatMap((amount, i): DayPoint[] => (missing(i) ? [] : [{ day: iso(today - (days - 1 - i) * DAY), amount: String(amount) }]));
  const at = (back: number) => values[days - 1 - back];
  return { kind, subject: slug(name), name, currency: 'USD', latest: String(at(0) ?? 0), change_1d_pct: pct(at(0), at(1)), change_7d_pct: pct(at(0), at(7)), change_30d_pct: pct(at(0), at(30)), points };
}

function totals(series: readonly FigureSeries[], kind: string): { points: DayPoint[]; latest: string | null; day: string | null; week: string | null } {
  const own = series.filter((one) => one.kind === kind);
  const days = new Map<string, { sum: number; of: number }>();
  for (const { points } of own)
    for (const { day, amount } of points) {
      const known = days.get(day) ?? { sum: 0, of: 0 };
      days.set(day, { sum: known.sum + Number(amount), of: known.of + 1 });
    }
  const whole = [...days].filter(([, { of }]) => of === own.length).sort(([a], [b]) => (a < b ? -1 : 1));
  const points = whole.map(([day, { sum }]) => ({ day, amount: String(sum) }));
  const back = (n: number) => whole.at(-1 - n)?.[1].sum;
  return { points, latest: points.at(-1)?.amount ?? null, day: pct(back(0), back(1)), week: pct(back(0), back(7)) };
}

export function glassOf(days: number, now: number, empty: boolean): GlassView {
  const none: GlassView = { tvl: null, fees: null, tvl_change_1d_pct: null, tvl_change_7d_pct: null, fees_change_1d_pct: null, fees_change_7d_pct: null, tvl_points: [], fees_points: [], series: [], treasuries: [] };
  if (empty) return none;
  const many = Math.max(2, Math.min(400, days));
  const of = (kind: string, names: readonly string[], largest: number) => names.map((name, rank) => seriesOf(kind, name, largest, rank, many, now)).sort((a, b) => Number(b.latest) - Number(a.latest));
  const series = [
    ...of('tvl', PROTOCOLS, 34_000_000_000),
    ...of('fees', PROTOCOLS.slice(0, 19), 3_100_000),
    ...of('revenue', PROTOCOLS.slice(0, 17), 640_000),
    ...of('chain_tvl', CHAINS, 88_000_000_000),
    ...of('stablecoin_supply', STABLES, 172_000_000_000),
  ];
  const [tvl, fees] = [totals(series, 'tvl'), totals(series, 'fees')];
  const treasuries = COMPANIES.map(([company, symbol, coin, holdings], i): TreasuryRow => ({ company, symbol, coin, holdings, change: i === 0 ? '1200' : i === 4 ? '-350.5' : i === 5 ? null : '0', day: iso(Math.floor(now / DAY) * DAY) }));
  return {
    tvl: tvl.latest, fees: fees.latest, tvl_change_1d_pct: tvl.day, tvl_change_7d_pct: tvl.week, fees_change_1d_pct: fees.day, fees_change_7d_pct: fees.week,
    tvl_points: tvl.points, fees_points: fees.points, series, treasuries,
  };
}

/** The closes of the last hours; what the chart has as a gap is null here. */
export function sparkOf(quote: Quote | undefined, coin: string, hours: number, now: number): Spark {
  const end = Math.floor(now / HOUR) * HOUR;
  const known = new Map(quote?.priced ? candlesOf(quote, '1h', now).candles.map((candle) => [Date.parse(candle.time), candle.close]) : []);
  return { coin, closes: Array.from({ length: hours }, (_, i) => known.get(end - (hours - 1 - i) * HOUR) ?? null) };
}
