// The words of what waits in the books, and which reasons coins can have come or gone for.

export const KINDS: Readonly<Record<string, string>> = {
  unknown_basis: 'Unknown cost',
  missing_price: 'Missing price',
  unresolved_movement: 'No reason yet',
  unmatched_transfer: 'Unmatched transfer',
  duplicate: 'Told twice',
  gap: 'Gap in history',
};

export interface Reason {
  readonly code: string;
  readonly title: string;
  /** What comes of it. */
  readonly hint: string;
  readonly ways: readonly ('in' | 'out')[];
  /** Whether its worth then matters. */
  readonly valued: boolean;
}

export const REASONS: readonly Reason[] = [
  { code: 'own_wallet', title: 'A wallet of my own', hint: 'No disposal: the parcels stay', ways: ['in', 'out'], valued: false },
  { code: 'airdrop', title: 'Airdrop', hint: 'Income at its value', ways: ['in'], valued: true },
  { code: 'staking', title: 'Staking or lending', hint: 'Income at its value', ways: ['in'], valued: true },
  { code: 'payment', title: 'Payment', hint: 'In: income at its value. Out: a disposal at its value', ways: ['in', 'out'], valued: true },
  { code: 'gift', title: 'Gift', hint: 'In: its value is the cost. Out: a disposal at its value', ways: ['in', 'out'], valued: true },
  { code: 'opening', title: 'Held before the records', hint: 'Its value is the cost', ways: ['in'], valued: true },
  { code: 'fee', title: 'A fee paid in coins', hint: 'A disposal at its value', ways: ['out'], valued: true },
  { code: 'lost', title: 'Lost or stolen', hint: 'A disposal for nothing', ways: ['out'], valued: false },
];

/** The reasons coins can have moved this way for. */
export const reasonsFor = (way: string | null): readonly Reason[] => REASONS.filter((reason) => way !== null && (reason.ways as readonly string[]).includes(way));
