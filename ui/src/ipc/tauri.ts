// The only file that knows Tauri.

import { invoke, isTauri } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Event } from './bindings/Event';
import { asErrorView, type Transport } from './transport';

/** Whether a Tauri shell is there. */
export const inTauri = isTauri;

export function tauriTransport(): Transport {
  return {
    mock: false,
    invoke: (command, args) =>
      invoke(command, args).catch((thrown: unknown) => {
        throw asErrorView(thrown);
      }),
    listen: (handler) => listen<Event>('workstation', (event) => handler(event.payload)),
    wanted: (handler) => listen<string>('wanted', (event) => handler(event.payload)),
  };
}
