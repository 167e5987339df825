// The keyboard map, as a function from key presses to what they mean. It holds no state: a chord's first key is
// handed back in by the caller.

export type Place = 'ledgers' | 'lab' | 'floor' | 'books' | 'inbox' | 'settings';

export const PLACES: readonly Place[] = ['ledgers', 'lab', 'floor', 'books', 'inbox', 'settings'];

export type Action =
  | { readonly do: 'go'; readonly place: Place }
  | { readonly do: 'chord' }
  | { readonly do: 'card'; readonly card: number }
  | { readonly do: 'part'; readonly step: 1 | -1 }
  | { readonly do: 'watch' }
  | { readonly do: 'filter' }
  | { readonly do: 'table' }
  | { readonly do: 'ticket'; readonly side: 'buy' | 'sell' }
  | { readonly do: 'kill' }
  | { readonly do: 'shortcuts' }
  | { readonly do: 'back' };

export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const CHORDS: Readonly<Record<string, Place>> = {
  l: 'ledgers',
  a: 'lab',
  f: 'floor',
  b: 'books',
  i: 'inbox',
  s: 'settings',
};

/** How long a chord's first key counts. */
export const CHORD_MS = 1500;

/**
 * What a key means. Where cards are in sight, 1 to 4 open them. While a person types only Esc and the kill switch mean anything; while a dialog is open it owns
 * every key but those of the kill switch.
 */
export function actionOf(press: Press, context: { typing: boolean; dialog: boolean; chord: boolean; cards?: boolean }): Action | null {
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const command = press.ctrlKey || press.metaKey;
  if (command && press.shiftKey && key === 'k') return { do: 'kill' };
  if (context.dialog) return null;
  if (key === 'Escape') return { do: 'back' };
  if (context.typing || command || press.altKey) return null;
  if (context.chord) {
    const place = CHORDS[key];
    return place ? { do: 'go', place } : null;
  }
  if (context.cards && /^[1-4]$/.test(key)) return { do: 'card', card: Number(key) };
  const numbered = /^[1-6]$/.test(key) ? PLACES[Number(key) - 1] : undefined;
  if (numbered) return { do: 'go', place: numbered };
  switch (key) {
    case 'g':
      return { do: 'chord' };
    case '/':
      return { do: 'filter' };
    case 't':
      return { do: 'table' };
    case ']':
      return { do: 'part', step: 1 };
    case '[':
      return { do: 'part', step: -1 };
    case 'w':
      return { do: 'watch' };
    case 'b':
      return { do: 'ticket', side: 'buy' };
    case 's':
      return { do: 'ticket', side: 'sell' };
    case '?':
      return { do: 'shortcuts' };
    default:
      return null;
  }
}

/** Whether keys go into text: then letters are letters. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'file', 'range'].includes(target.type);
}

/** What the `?` sheet shows. */
export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  { keys: ['1', '4'], what: 'On the dashboard: open a card; elsewhere: a place' },
  { keys: ['g', 'l'], what: 'Ledgers (also 1)' },
  { keys: ['g', 'a'], what: 'Lab (also 2)' },
  { keys: ['g', 'f'], what: 'Floor (also 3)' },
  { keys: ['g', 'b'], what: 'Books (also 4)' },
  { keys: ['g', 'i'], what: 'Inbox (also 5)' },
  { keys: ['g', 's'], what: 'Settings (also 6)' },
  { keys: ['[', ']'], what: 'The part before or after: Ledgers, Floor' },
  { keys: ['/'], what: 'Filter the table' },
  { keys: ['↑', '↓'], what: 'Move in a table; Home, End, PgUp, PgDn too' },
  { keys: ['Enter'], what: 'Open the row' },
  { keys: ['→', '←'], what: 'Show or hide parcels and fills of a row' },
  { keys: ['Space'], what: 'Select the row; Shift with arrows selects more' },
  { keys: ['Ctrl', 'C'], what: 'Copy selected rows, full precision' },
  { keys: ['Del'], what: 'Cancel the order (orders table)' },
  { keys: ['b'], what: 'Buy the selected coin' },
  { keys: ['s'], what: 'Sell the selected coin' },
  { keys: ['Ctrl', 'Enter'], what: 'Place the order in the ticket' },
  { keys: ['t'], what: 'Charts as tables, and back' },
  { keys: ['w'], what: 'Watch the selected coin, or stop watching it' },
  { keys: ['Esc'], what: 'Back: clear the filter, leave the field, close, to the dashboard' },
  { keys: ['Ctrl', 'Shift', 'K'], what: 'Kill switch' },
  { keys: ['?'], what: 'This sheet' },
];
