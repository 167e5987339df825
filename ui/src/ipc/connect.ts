// Chooses what answers the window.

import { inTauri, tauriTransport } from './tauri';
import { useTransport } from './transport';

/** Tauri where it is, else (or with `?mock` in the address) a simulated world, which is loaded only then. */
export async function connect(search: string): Promise<void> {
  if (inTauri() && !new URLSearchParams(search).has('mock')) {
    useTransport(tauriTransport());
    return;
  }
  const { mockTransport } = await import('./mock/transport');
  useTransport(mockTransport(search));
}
