// What stands under a chart. Axis seconds already are the trader's clock, so UTC reads them out. No Intl: a bare locale
// breaks it.

const two = (n: number) => String(n).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function clockText(seconds: number, withTime: boolean): string {
  const d = new Date(seconds * 1000);
  const date = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
  return withTime ? `${date} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}` : date;
}

/** `kind` is the chart library's: 0 a year, 1 a month, 2 a day, else a time. */
export function tickText(seconds: number, kind: number): string {
  const d = new Date(seconds * 1000);
  if (kind === 0) return String(d.getUTCFullYear());
  if (kind === 1) return MONTHS[d.getUTCMonth()] ?? '';
  if (kind === 2) return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()] ?? ''}`;
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

const DATE_PX = 78;
const CHAR_PX = 7;
const MARK_PX = 14;

/** As many of some points as have room under a chart, the last among them. */
export function underAxis<T>(points: readonly T[], width: number): readonly T[] {
  const every = Math.max(1, Math.ceil(points.length / Math.max(1, Math.floor(width / DATE_PX))));
  return points.filter((_, i) => (points.length - 1 - i) % every === 0);
}

/** The width of an axis that holds these words. */
export const axisWidth = (words: readonly string[], least: number): number => MARK_PX + CHAR_PX * Math.max(least, ...words.map((word) => word.length));

/** Where a key leads from a point of a chart; none for a key that leads nowhere. */
export function walked(key: string, from: number, last: number): number | undefined {
  const to = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 30, PageDown: from + 30, Home: 0, End: last }[key];
  return to === undefined || last < 0 ? undefined : Math.max(0, Math.min(last, to));
}
