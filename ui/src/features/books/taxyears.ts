// Financial years, named by the calendar year they end in: 2025 is 1 July 2024 to 30 June 2025.

const SHOWN = 4;

/** The present year and those before it, newest first. */
export function taxYears(now: Date): number[] {
  const present = now.getFullYear() + (now.getMonth() >= 6 ? 1 : 0);
  return Array.from({ length: SHOWN }, (_, back) => present - back);
}

/** `2024–25`. */
export const yearName = (year: number) => `${year - 1}–${String(year % 100).padStart(2, '0')}`;

/** The methods the tax office takes. */
export type TaxMethod = 'fifo' | 'lifo' | 'hifo';

/** Figures of a filing, as they are read from above. */
export const FILED_FIGURES = ['capital_gains', 'capital_losses', 'losses_brought_forward', 'losses_applied', 'discount', 'net_capital_gain', 'losses_carried_forward', 'other_income'] as const;

/** `Net capital gain` of `net_capital_gain`. */
export const figureName = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
