// The mood as a calendar: weeks from Monday to Sunday, the last one holding today. Days are those of UTC, as the index's are.

import { moodDay, type Mood } from './said';

export interface Cell {
  /** `2026-11-22`. */
  readonly day: string;
  readonly mood: Mood | null;
  /** Not yet, or before what the calendar shows. */
  readonly future: boolean;
  readonly today: boolean;
}

const DAY_MS = 86_400_000;
const dayText = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The last `weeks` weeks, oldest first. */
export function calendar(moods: readonly Mood[], now: number, weeks: number): Cell[][] {
  const known = new Map(moods.map((mood) => [moodDay(mood), mood]));
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const weekday = (new Date(today).getUTCDay() + 6) % 7;
  const first = today - (weekday + 7 * (weeks - 1)) * DAY_MS;
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, day): Cell => {
      const ms = first + (week * 7 + day) * DAY_MS;
      const text = dayText(ms);
      return { day: text, mood: known.get(text) ?? null, future: ms > today, today: ms === today };
    }),
  );
}

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** The index's five words, short enough for a cell; another word is cut. */
const SHORT: Readonly<Record<string, string>> = { 'extreme fear': 'X fear', fear: 'Fear', neutral: 'Neutral', greed: 'Greed', 'extreme greed': 'X greed' };
export const shortMood = (label: string): string => SHORT[label.toLowerCase()] ?? label.slice(0, 8);

export type MoodTone = 'fear-2' | 'fear-1' | 'neutral' | 'greed-1' | 'greed-2';

/** How a figure is coloured; the word beside it says the same. */
export function moodTone(value: number): MoodTone {
  if (value < 25) return 'fear-2';
  if (value < 45) return 'fear-1';
  if (value <= 55) return 'neutral';
  return value <= 75 ? 'greed-1' : 'greed-2';
}

/** The mood so many days before `now`, when it is known. */
export function moodBefore(moods: readonly Mood[], now: number, days: number): Mood | null {
  const wanted = dayText(Math.floor(now / DAY_MS) * DAY_MS - days * DAY_MS);
  return moods.find((mood) => moodDay(mood) === wanted) ?? null;
}
