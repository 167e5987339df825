import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';
import ApprovalDialog from '../features/inbox/ApprovalDialog.svelte';
import { mockTransport } from '../ipc/mock/transport';
import { useTransport } from '../ipc/transport';
import { approvals } from '../state/approvals.svelte';
import { navigation } from '../state/navigation.svelte';
import { toasts } from '../state/toasts.svelte';
import { workspace } from '../state/workspace.svelte';
import Rail from './Rail.svelte';

let stop: () => void;
let decided: string[];

beforeEach(async () => {
  const world = mockTransport('?mock&still&asking&delay=0');
  decided = [];
  useTransport({
    ...world,
    invoke: (command, args) => {
      if (command === 'approve') decided.push(String(args.id));
      return world.invoke(command, args);
    },
  });
  navigation.place = 'floor';
  navigation.item = null;
  stop = await workspace.start();
  await approvals.load();
  render(ApprovalDialog);
});
afterEach(() => {
  stop();
  document.querySelectorAll('body > input').forEach((field) => field.remove());
  for (const toast of toasts.list) toasts.dismiss(toast.id);
});

const dialog = () => screen.getByTestId<HTMLDialogElement>('approval-dialog');
const accept = (target: Element, more: KeyboardEventInit = {}) => fireEvent.keyDown(target, { key: 'Enter', ctrlKey: true, ...more });

it('is opened from the badge, over any place, for the order that ends first', async () => {
  render(Rail);
  expect(dialog().open).toBe(false);
  await fireEvent.click(screen.getByTestId('badge-inbox'));
  await waitFor(() => expect(dialog().open).toBe(true));
  expect(approvals.opened).toBe(approvals.list[0]!.id);
  expect(navigation.place).toBe('floor');
  expect(screen.getByTestId('approval-cost').textContent).toMatch(/= \d+\.\d\d AUD/);
});

it('leaves the focus and every key with somebody who types, until they come in', async () => {
  const field = document.createElement('input');
  document.body.append(field);
  field.focus();
  approvals.look();
  await waitFor(() => expect(dialog().open).toBe(true));
  expect(document.activeElement).toBe(field);
  expect(dialog().hasAttribute('data-aside')).toBe(true);
  await accept(field);
  field.blur();
  await accept(document.body);
  await fireEvent.keyDown(document.body, { key: 'Backspace' });
  expect(screen.queryByTestId('approval-words')).toBeNull();
  expect(decided).toEqual([]);
  await fireEvent.pointerDown(screen.getByTestId('approval-book'));
  expect(dialog().hasAttribute('data-aside')).toBe(false);
  await accept(dialog());
  await waitFor(() => expect(decided.length).toBe(1));
});

it('a key that stays down decides about one order only, and the next is the person’s to ask for', async () => {
  const [first, second] = approvals.list.map((one) => one.id);
  approvals.look(first);
  await waitFor(() => expect(dialog().open).toBe(true));
  await accept(dialog());
  await waitFor(() => expect(screen.getByTestId('approval-ended').textContent).toContain('is open'));
  await accept(dialog());
  await fireEvent.click(screen.getByTestId('approval-next'));
  await waitFor(() => expect(screen.getByTestId('approval-book').textContent).toBe('PAPER'));
  await accept(dialog(), { repeat: true });
  expect(decided).toEqual([first]);
  await accept(dialog());
  await waitFor(() => expect(decided).toEqual([first, second]));
  await waitFor(() => expect(dialog().open).toBe(false));
});

it('evidence opens what it names: the candles in their chart, an observation over the card', async () => {
  approvals.look();
  await waitFor(() => expect(dialog().open).toBe(true));
  const [candles, headline] = screen.getAllByTestId('approval-evidence');
  await fireEvent.click(headline!);
  expect(navigation.item).toEqual({ ledger: 'human', id: '7d0e'.repeat(16), coin: 'BTC' });
  expect(dialog().open).toBe(true);
  navigation.interval = '1d';
  await fireEvent.click(candles!);
  expect([navigation.place, navigation.ledger, navigation.coin, navigation.interval]).toEqual(['ledgers', 'exchange', 'BTC', '1h']);
  await waitFor(() => expect(dialog().open).toBe(false));
});
