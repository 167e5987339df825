// Where what refused an order is put right. A code without a place has none: its words say what to do.

import { navigation } from '../../state/navigation.svelte';

export interface Remedy {
  readonly title: string;
  readonly go: () => void;
}

const LIMITS = /^(max_|limit_|price_collar$|spread_too_wide$|too_many_orders$|confirm_loosening$|equity_unknown$|day_start_unknown$|protected$|repeated_order$)/;

export function remedyOf(code: string): Remedy | null {
  if (code.startsWith('key_') || code.startsWith('lease_')) return { title: 'Going live', go: () => navigation.goingLive() };
  if (code.startsWith('mandate_')) return { title: 'Mandates', go: () => navigation.floor('mandates') };
  if (LIMITS.test(code)) return { title: 'Limits', go: () => navigation.floor('limits') };
  return null;
}
