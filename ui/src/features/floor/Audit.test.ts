import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import type { JournalRequest } from '../../ipc/bindings/JournalRequest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { navigation } from '../../state/navigation.svelte';
import { workspace } from '../../state/workspace.svelte';
import Audit from './Audit.svelte';
import { Pages } from './audit.svelte';

let asked: JournalRequest[];
let stop: () => void;

beforeEach(async () => {
  const world = mockTransport('?mock&still&delay=0');
  asked = [];
  useTransport({
    ...world,
    invoke: (command, args) => {
      if (command === 'journal') asked.push(args.request as JournalRequest);
      return world.invoke(command, args);
    },
  });
  navigation.auditOrder = null;
  stop = await workspace.start();
  return () => stop();
});

it('shows who did what and why, newest first, and whether the chain is proved', async () => {
  render(Audit);
  const rows = await screen.findAllByTestId('audit-row');
  const number = (row: HTMLElement | undefined) => Number(/\d[\d,]*/.exec(row?.textContent ?? '')?.[0].replaceAll(',', ''));
  expect(number(rows[0])).toBeGreaterThan(number(rows[1]));
  expect(screen.getByTestId('audit-proof').textContent).toContain('chain proved');
});

it('narrows to one order, and leads back to all', async () => {
  const order = workspace.orders.at(-1)!;
  navigation.audit(order.id);
  render(Audit);
  await waitFor(() => expect(asked.at(-1)?.order).toBe(order.id));
  await screen.findAllByTestId('audit-row');
  await fireEvent.click(screen.getByTestId('audit-all'));
  await waitFor(() => expect(asked.at(-1)?.order).toBeUndefined());
});

it('reads on where the last page ended, without a hole or a fact twice', async () => {
  const one = { device: 'd', time: '2026-11-22T03:00:00Z', kind: 'created', who: 'you', what: '', why: '', order: null, coin: null, book: null, hash: '' };
  useTransport({
    mock: true,
    listen: () => Promise.resolve(() => {}),
    invoke: (_, args) => {
      const from = Number((args.request as JournalRequest).after ?? 0);
      const entries = [1, 2].map((n) => ({ ...one, seq: from + n }));
      return Promise.resolve({ entries, verified: { ok: true, checked_at: null }, total: 4, next: from < 2 ? String(from + 2) : null, kinds: [] });
    },
  });
  const pages = new Pages();
  await pages.load({});
  await pages.next();
  expect([pages.entries.map((e) => e.seq), pages.more]).toEqual([[1, 2, 3, 4], false]);
});
