// What the trader likes, kept on this machine. Deliberately absent: anything that changes what an order does.

export type Theme = 'dark' | 'light' | 'contrast';
export type Colours = 'green_red' | 'blue_orange';
export type Density = 'dense' | 'comfortable';

interface Kept {
  theme: Theme;
  colours: Colours;
  density: Density;
  /** A tone when an alert is raised. */
  sound: boolean;
  panes: Record<string, number>;
  hidden: Record<string, string[]>;
  watch: string[];
  /** The part last in sight, by place. */
  parts: Record<string, string>;
}

const KEY = 'oh-my-coins.preferences';
const DEFAULTS: Kept = { theme: 'dark', colours: 'green_red', density: 'dense', sound: false, panes: {}, hidden: {}, parts: {}, watch: ['BTC', 'ETH', 'XRP', 'SOL', 'BNB', 'DOGE', 'ADA', 'TRX', 'LINK', 'AVAX', 'LTC'] };
/** Coins watched at most: each has a sparkline to fetch. */
const WATCH_MOST = 60;
const TICKER = /^[A-Z0-9]{1,12}$/;

/** Unreadable or foreign values fall back to the defaults, one by one. */
export function readPreferences(text: string | null): Kept {
  let found: Partial<Record<keyof Kept, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) found = parsed;
  } catch {
    found = {};
  }
  const one = <Value extends string>(value: unknown, allowed: readonly Value[]): Value =>
    allowed.find((option) => option === value) ?? allowed[0]!;
  const record = (value: unknown) => (typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return {
    theme: one<Theme>(found.theme, ['dark', 'light', 'contrast']),
    colours: one<Colours>(found.colours, ['green_red', 'blue_orange']),
    density: one<Density>(found.density, ['dense', 'comfortable']),
    sound: found.sound === true,
    panes: Object.fromEntries(record(found.panes).filter(([, share]) => typeof share === 'number' && share > 0 && share < 1)),
    parts: Object.fromEntries(record(found.parts).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].length <= 20)),
    hidden: Object.fromEntries(
      record(found.hidden).filter(([, keys]) => Array.isArray(keys) && keys.every((key) => typeof key === 'string')),
    ) as Record<string, string[]>,
    watch: Array.isArray(found.watch) ? [...new Set(found.watch.filter((coin): coin is string => typeof coin === 'string' && TICKER.test(coin)))].slice(0, WATCH_MOST) : DEFAULTS.watch,
  };
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

class Preferences {
  #kept = $state<Kept>({ ...DEFAULTS, ...readPreferences(stored()) });

  get theme() {
    return this.#kept.theme;
  }
  set theme(theme: Theme) {
    this.#set({ theme });
  }
  get colours() {
    return this.#kept.colours;
  }
  set colours(colours: Colours) {
    this.#set({ colours });
  }
  get density() {
    return this.#kept.density;
  }
  set density(density: Density) {
    this.#set({ density });
  }
  get sound() {
    return this.#kept.sound;
  }
  set sound(sound: boolean) {
    this.#set({ sound });
  }
  /** Height of a table row in pixels. */
  get rowHeight() {
    return this.#kept.density === 'dense' ? 24 : 32;
  }
  pane(name: string, share: number): number {
    return this.#kept.panes[name] ?? share;
  }
  setPane(name: string, share: number) {
    this.#set({ panes: { ...this.#kept.panes, [name]: share } });
  }
  part(place: string, first: string): string {
    return this.#kept.parts[place] ?? first;
  }
  setPart(place: string, part: string) {
    this.#set({ parts: { ...this.#kept.parts, [place]: part } });
  }
  /** The columns not shown; `first` are those when nobody chose. */
  hidden(table: string, first: readonly string[] = []): readonly string[] {
    return this.#kept.hidden[table] ?? first;
  }
  setHidden(table: string, keys: string[]) {
    this.#set({ hidden: { ...this.#kept.hidden, [table]: keys } });
  }

  /** Coins with a star, in the order they got it. */
  get watch(): readonly string[] {
    return this.#kept.watch;
  }
  /** Gives a coin its star, or takes it; says whether it has one now. */
  toggleWatch(coin: string): boolean {
    const has = this.#kept.watch.includes(coin);
    if (!has && this.#kept.watch.length >= WATCH_MOST) return false;
    this.#set({ watch: has ? this.#kept.watch.filter((known) => known !== coin) : [...this.#kept.watch, coin] });
    return !has;
  }

  #set(change: Partial<Kept>) {
    this.#kept = { ...this.#kept, ...change };
    this.apply();
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch {
      // Without storage the choice lasts as long as the window.
    }
  }

  /** Puts the choice where the style sheets look for it. */
  apply() {
    const root = document.documentElement.dataset;
    root.theme = this.#kept.theme;
    root.colours = this.#kept.colours;
    root.density = this.#kept.density;
  }
}

export const preferences = new Preferences();
