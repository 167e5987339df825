// The seam between the window and whatever answers it: the Tauri shell, or a simulated world in a browser.

import type { ErrorView } from './bindings/ErrorView';
import type { Event } from './bindings/Event';

export type Unlisten = () => void;

export interface Transport {
  /** Simulated: labelled wherever the book is. */
  readonly mock: boolean;
  /** Rejects with an `ErrorView`. */
  invoke(command: string, args: Record<string, unknown>): Promise<unknown>;
  listen(handler: (event: Event) => void): Promise<Unlisten>;
  /** What the tray or a notification asks the window to show; where there is neither, it is absent. */
  wanted?(handler: (what: string) => void): Promise<Unlisten>;
}

let current: Transport | null = null;

/** Sets what answers. Once, at the start, and in tests. */
export function useTransport(transport: Transport): void {
  current = transport;
}

export function transport(): Transport {
  if (!current) throw new Error('no transport is set: call useTransport first');
  return current;
}

/** Whatever was thrown, as a code and words. */
export function asErrorView(thrown: unknown): ErrorView {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown) {
    return { code: String(thrown.code), message: String(thrown.message) };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'window_failed', message };
}
