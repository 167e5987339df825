// Short notes in the corner. They leave by themselves unless they tell of a failure.

import { asErrorView } from '../ipc/transport';

export interface Toast {
  readonly id: number;
  readonly kind: 'done' | 'failed';
  readonly title: string;
  readonly detail: string | null;
  /** What the copy button copies. */
  readonly copy: string | null;
}

const MOST = 4;
const DONE_MS = 4000;
const FILE_MS = 12_000;

class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;

  done(title: string, detail: string | null = null, copy: string | null = null) {
    const id = this.#add({ kind: 'done', title, detail, copy });
    setTimeout(() => this.dismiss(id), copy === null ? DONE_MS : FILE_MS);
  }

  failed(title: string, thrown: unknown) {
    const { code, message } = asErrorView(thrown);
    this.#add({ kind: 'failed', title, detail: `${message} (${code})`, copy: `${title}: ${message} (${code})` });
  }

  dismiss(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    this.list = [...this.list, { ...toast, id }].slice(-MOST);
    return id;
  }
}

export const toasts = new Toasts();
