// Times as the trader reads them: in the workspace's zone, with UTC as the way out. Every use of Intl names a locale
// and may fail: a window started with LANG=C knows neither locale nor zone.

const LOCALE = 'en-AU';
const formats = new Map<string, Intl.DateTimeFormat | null>();

function formatIn(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat | null = null;
  try {
    made = new Intl.DateTimeFormat(LOCALE, {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    made = null;
  }
  formats.set(zone, made);
  return made;
}

interface Parts {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
}

function partsOf(ms: number, zone: string): Parts & { zone: string } {
  const format = formatIn(zone);
  if (format) {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(ms)) parts[type] = value;
    const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts;
    return { year, month, day, hour, minute, second, zone };
  }
  const iso = new Date(ms).toISOString();
  return {
    year: iso.slice(0, 4),
    month: iso.slice(5, 7),
    day: iso.slice(8, 10),
    hour: iso.slice(11, 13),
    minute: iso.slice(14, 16),
    second: iso.slice(17, 19),
    zone: 'UTC',
  };
}

export type TimeStyle = 'full' | 'minute' | 'short' | 'time' | 'date';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-11-22 14:03:07`, or a part of it; `short` is `22 Nov 14:03:07`, for where the year goes without saying. A time that cannot be read is shown as it came. */
export function localTime(iso: string, zone: string, style: TimeStyle = 'full'): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return iso;
  const p = partsOf(ms, zone);
  const date = `${p.year}-${p.month}-${p.day}`;
  if (style === 'date') return date;
  if (style === 'short') return `${p.day} ${MONTHS[+p.month - 1] ?? p.month} ${p.hour}:${p.minute}:${p.second}`;
  if (style === 'time') return `${p.hour}:${p.minute}:${p.second}`;
  return style === 'minute' ? `${date} ${p.hour}:${p.minute}` : `${date} ${p.hour}:${p.minute}:${p.second}`;
}

/** With its zone, for hovering. */
export function timeWithZone(iso: string, zone: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return iso;
  return `${localTime(iso, zone)} ${partsOf(ms, zone).zone} (${iso})`;
}

const offsets = new Map<string, Map<number, number>>();

/** Seconds to add to UTC for the zone's clock. Zones change on the hour at the earliest, so hours are remembered. */
export function zoneOffset(utcSeconds: number, zone: string): number {
  const hour = Math.floor(utcSeconds / 3600);
  let known = offsets.get(zone);
  if (!known) offsets.set(zone, (known = new Map()));
  const found = known.get(hour);
  if (found !== undefined) return found;
  const p = partsOf(hour * 3_600_000, zone);
  const clock = Date.UTC(+p.year, +p.month - 1, +p.day, +p.hour, +p.minute, +p.second) / 1000;
  const offset = clock - hour * 3600;
  known.set(hour, offset);
  return offset;
}

/** The trader's calendar day of a moment, cheaply: for filters over very many rows. */
export function localDay(iso: string, zone: string): string {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  return Number.isNaN(seconds) ? '' : new Date((seconds + zoneOffset(seconds, zone)) * 1000).toISOString().slice(0, 10);
}

/** How long ago, in the largest unit that still tells something: `3 s`, `4 min`, `2 h`, `5 d`. */
export function age(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** Whether a text is a day there is. */
export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10) === text;
