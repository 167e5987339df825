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
