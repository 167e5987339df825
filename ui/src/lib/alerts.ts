// Alerts in the trader's words.

const WORDS: Readonly<Record<string, string>> = {
  listing: 'Listing',
  delisting: 'Delisting',
  announcement: 'Announcement',
  filing: 'Filing',
  large_move: 'Large move',
  spread_blow_out: 'Spread blow-out',
  tvl_shock: 'TVL shock',
  treasury_change: 'Treasury change',
  feed_outage: 'Feed outage',
  source_failing: 'Source failing',
  made_elsewhere: 'Made elsewhere',
  shape_changed: 'Replies changed',
  quality: 'Quality',
  paused_by_protection: 'Paused by protection',
};

/** A rule's name; one this window does not know is shown as it came. */
export function ruleWords(rule: string): string {
  return WORDS[rule] ?? rule.replaceAll('_', ' ');
}

/** What a severity of 1 to 10 amounts to. */
export function severityWord(severity: number): string {
  if (severity >= 9) return 'critical';
  if (severity >= 7) return 'serious';
  if (severity >= 5) return 'notable';
  return severity >= 3 ? 'minor' : 'note';
}
