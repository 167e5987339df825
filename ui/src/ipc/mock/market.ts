// The simulated market: made-up prices for about 540 coins, and their made-up past.

import type { CandleRow } from '../bindings/CandleRow';
import type { Candles } from '../bindings/Candles';
import type { GapRow } from '../bindings/GapRow';
import type { PriceRow } from '../bindings/PriceRow';
import { bell, hashOf, seeded, type Random } from './random';

export interface Quote {
  coin: string;
  kind: 'book' | 'instant';
  mid: number;
  places: number;
  spread: number;
  opened: number;
  seen: number;
  priced: boolean;
}

const BOOKS: readonly [string, number][] = [
  ['BTC', 128_400], ['ETH', 4_720], ['XRP', 3.41], ['SOL', 231.5], ['DOGE', 0.2218], ['ADA', 0.9842], ['LTC', 143.2], ['LINK', 24.61],
  ['USDT', 1.532], ['TRX', 0.4371], ['XLM', 0.4512], ['BNB', 1_370], ['AVAX', 31.2], ['RHOC', 0.0182], ['POWR', 0.2391], ['GAS', 4.12],
];
const LISTED = `AAVE ALGO APE APT ARB ATOM AXS BAT BCH BONK CAKE CHZ COMP CRO CRV DASH DOT DYDX EGLD ENJ ENS EOS ETC FET FIL FLOKI FLOW FTM GALA
GMT GRT HBAR ICP IMX INJ IOTA JASMY JUP KAS KAVA KSM LDO LRC MANA MINA MKR NEAR NEO NEXO OCEAN OMG ONDO OP PEPE PYTH QNT RENDER ROSE RUNE SAND
SEI SHIB SKL SNX STX SUI SUSHI TAO THETA TIA TON TURBO UNI VET WIF WLD XMR XTZ YFI ZEC ZIL ZRX`.split(/\s+/);
export const INTERVAL_S: Readonly<Record<string, number>> = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '4h': 14_400, '1d': 86_400 };

/** Tickers of a plausible list, the rest spelled by the seed. */
function tickers(random: Random, total: number): string[] {
  const names = new Set(LISTED);
  const letters = 'ABCDEFGHIJKLMNOPRSTUVXYZ';
  while (names.size < total) {
    const length = 3 + Math.floor(random() * 3);
    let name = '';
    for (let i = 0; i < length; i += 1) name += letters[Math.floor(random() * letters.length)];
    if (!BOOKS.some(([coin]) => coin === name)) names.add(name);
  }
  return [...names].sort();
}

const placesFor = (price: number) => (price >= 1000 ? 2 : price >= 10 ? 4 : price >= 0.01 ? 6 : 8);

export function openMarket(seed: number, now: number): Map<string, Quote> {
  const random = seeded(seed);
  const market = new Map<string, Quote>();
  const add = (coin: string, kind: Quote['kind'], price: number, spread: number) => {
    const opened = price * (1 + bell(random) * 0.035);
    market.set(coin, { coin, kind, mid: price, places: placesFor(price), spread, opened, seen: now - Math.floor(random() * 5000), priced: true });
  };
  for (const [coin, price] of BOOKS) add(coin, 'book', price, 0.0008 + random() * 0.006);
  for (const coin of tickers(random, 524)) add(coin, 'instant', 10 ** (random() * 6 - 4) * (0.5 + random()), 0.018 + random() * 0.03);
  for (const coin of ['ZRX', 'OMG', 'FTM']) {
    const quote = market.get(coin);
    if (quote) quote.priced = false;
  }
  return market;
}

/** Moves a few prices; says whose. */
export function moveMarket(market: Map<string, Quote>, random: Random, now: number): Quote[] {
  const moved: Quote[] = [];
  for (const quote of market.values()) {
    if (!quote.priced) continue;
    if (random() < (quote.kind === 'book' ? 0.55 : 0.06)) {
      quote.mid *= 1 + bell(random) * 0.0009;
      moved.push(quote);
    }
    quote.seen = now;
  }
  return moved;
}

export function priceRow(quote: Quote, now: number): PriceRow {
  const { coin, kind, priced, places } = quote;
  const half = quote.spread / 2;
  const show = (value: number) => (priced ? value.toFixed(places) : null);
  const age = Math.max(0, Math.floor((now - quote.seen) / 1000));
  return {
    coin,
    kind,
    bid: show(quote.mid * (1 - half)),
    ask: show(quote.mid * (1 + half)),
    last: kind === 'book' ? show(quote.mid * (1 + half * 0.4)) : null,
    seen: new Date(quote.seen).toISOString(),
    age_s: age,
    stale: age > 60,
    spread_pct: priced ? (quote.spread * 100).toFixed(2) : null,
    change_24h_pct: priced && (kind === 'book' || hashOf(coin) % 3 > 0) ? ((quote.mid / quote.opened - 1) * 100).toFixed(2) : null,
  };
}

/** A walk that ends at today's price, with two holes in it. */
export function candlesOf(quote: Quote, interval: string, now: number): Candles {
  const step = INTERVAL_S[interval] ?? 3600;
  const bars = 420;
  const random = seeded(hashOf(quote.coin + interval));
  const end = Math.floor(now / 1000 / step) * step;
  const volatility = 0.004 * Math.sqrt(step / 3600) + 0.0006;
  const closes = [quote.mid];
  for (let i = 1; i <= bars; i += 1) closes.unshift((closes[0] ?? quote.mid) / (1 + bell(random) * volatility));
  const missing = (i: number) => (i > 150 && i < 163) || (i > 300 && i < 305);
  const candles: CandleRow[] = [];
  const gaps: GapRow[] = [];
  const iso = (index: number) => new Date((end - (bars - index) * step) * 1000).toISOString();
  for (let i = 1; i <= bars; i += 1) {
    if (missing(i)) continue;
    const [open, close] = [closes[i - 1] ?? quote.mid, closes[i] ?? quote.mid];
    const reach = volatility * 0.6;
    const high = Math.max(open, close) * (1 + random() * reach);
    const low = Math.min(open, close) * (1 - random() * reach);
    const at = (value: number) => value.toFixed(quote.places);
    const volume = quote.kind === 'book' ? (random() * 40 / Math.max(0.001, quote.mid / 1000)).toFixed(4) : null;
    candles.push({ time: iso(i), open: at(open), high: at(high), low: at(low), close: at(close), volume });
  }
  gaps.push({ from: iso(151), to: iso(163), missing: 12 }, { from: iso(301), to: iso(305), missing: 4 });
  return { candles, gaps };
}
