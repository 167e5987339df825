import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport, type Transport } from '../../ipc/transport';
import { approvals } from '../../state/approvals.svelte';
import { navigation } from '../../state/navigation.svelte';
import { toasts } from '../../state/toasts.svelte';
import { workspace } from '../../state/workspace.svelte';
import ApprovalQueue from './ApprovalQueue.svelte';
import { countdown, editOf } from './card';

let stop: () => void;
let asked: [string, Record<string, unknown>][];
let world: ReturnType<typeof mockTransport>;

beforeEach(async () => {
  world = mockTransport('?mock&still&asking&delay=0');
  asked = [];
  const watched: Transport = {
    ...world,
    invoke: (command, args) => {
      asked.push([command, args]);
      return world.invoke(command, args);
    },
  };
  useTransport(watched);
  navigation.place = 'inbox';
  stop = await workspace.start();
  await approvals.load();
  render(ApprovalQueue);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  for (const toast of toasts.list) toasts.dismiss(toast.id);
});

const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } });
const decided = () => asked.filter(([command]) => ['approve', 'reject', 'answer'].includes(command));
const press = (key: string, more: KeyboardEventInit = {}) => fireEvent.keyDown(document.body, { key, ...more });

describe('an order that waits', () => {
  it('shows why, what it costs, the book and the time left, the one that ends first first', () => {
    const card = screen.getByTestId('approval-card').textContent;
    expect(screen.getByTestId('approval-book').textContent).toBe('LIVE');
    for (const words of ['sma_cross', 'fast crossed above slow', 'confidence 71 %', 'You pay', '2 sources agree', 'a fund buys more']) expect(card).toContain(words);
    expect(screen.getByTestId('approval-left').textContent).toMatch(/expires in 1:4\d/);
    expect(screen.getAllByTestId('approval-row').length).toBe(2);
  });

  it('is not approved by a click, nor by a key pressed while typing, but by Ctrl+Enter, with the fingerprint that was seen', async () => {
    const approve = screen.getByTestId('approval-approve');
    await fireEvent.pointerDown(approve, { button: 0 });
    await fireEvent.pointerUp(approve);
    await fireEvent.click(approve);
    const input = document.createElement('input');
    document.body.append(input);
    await fireEvent.keyDown(input, { key: 'Enter', ctrlKey: true });
    await fireEvent.keyDown(input, { key: 'e' });
    input.remove();
    expect(screen.queryByTestId('approval-quantity')).toBeNull();
    await press('Enter');
    expect(decided()).toEqual([]);
    const { id, card } = approvals.list[0]!;
    await press('Enter', { ctrlKey: true });
    await waitFor(() => expect(decided()).toEqual([['approve', { id, hash: card.hash, edit: {} }]]));
    await waitFor(() => expect(approvals.list.length).toBe(1));
  });

  it('is approved when the button is held', async () => {
    vi.useFakeTimers();
    await fireEvent.pointerDown(screen.getByTestId('approval-approve'), { button: 0 });
    await vi.advanceTimersByTimeAsync(600);
    expect(decided()).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(decided().length).toBe(1);
  });

  it('is edited in place: only what differs is sent, and only once the workstation said what it costs', async () => {
    await press('e');
    expect(screen.getByTestId<HTMLInputElement>('approval-quantity').value).toBe('0.0042');
    await type('approval-quantity', 'many');
    await press('Enter', { ctrlKey: true });
    expect(decided()).toEqual([]);
    await fireEvent.click(screen.getAllByTestId('approval-row')[1]!);
    expect(screen.queryByTestId('approval-quantity')).toBeNull();
    await press('e');
    await type('approval-quantity', '0.2');
    await approvals.load();
    await waitFor(() => expect(screen.getByTestId('approval-edited').textContent).toContain('You get'));
    await press('Enter', { ctrlKey: true });
    await waitFor(() => expect(decided()[0]?.[1]).toMatchObject({ edit: { quantity: '0.2' } }));
  });

  it('is rejected only with a reason, and answered without being decided', async () => {
    await press('Backspace');
    expect(screen.getByTestId<HTMLButtonElement>('approval-say').disabled).toBe(true);
    expect(screen.getByTestId<HTMLButtonElement>('approval-approve').disabled).toBe(true);
    await fireEvent.click(screen.getByTestId('approval-answer'));
    await type('approval-words', 'what does <b>it</b> rest on?');
    await fireEvent.click(screen.getByTestId('approval-say'));
    await waitFor(() => expect(screen.getByTestId('approval-said').textContent).toBe('what does <b>it</b> rest on?'));
    expect(approvals.list.length).toBe(2);
    await fireEvent.click(screen.getByTestId('approval-reject'));
    await type('approval-words', 'not today');
    await fireEvent.click(screen.getByTestId('approval-say'));
    await waitFor(() => expect(approvals.list.length).toBe(1));
    expect(decided().at(-1)?.[1]).toMatchObject({ why: 'not today' });
  });

  it('shows the parcels of a sale, their gain and the days to twelve months', async () => {
    await fireEvent.click(screen.getAllByTestId('approval-row')[1]!);
    const parcels = screen.getByTestId('approval-parcels').textContent;
    expect(parcels).toContain('over');
    expect(parcels).toContain('246');
    expect(screen.getByTestId('approval-book').textContent).toBe('PAPER');
  });

  it('that is asked again shows what changed, and the old fingerprint is refused', async () => {
    const { id, card } = approvals.list[0]!;
    world.world.approvals.again(id, '155000', '156000');
    await waitFor(() => expect(screen.getByTestId('approval-changed').textContent).toContain('155,000.00 → 156,000.00'));
    expect(approvals.list[0]!.card.hash).not.toBe(card.hash);
    await expect(world.invoke('approve', { id, hash: card.hash, edit: {} })).rejects.toMatchObject({ code: 'approval_changed' });
  });
});

it('counts down to nothing and not beyond', () => {
  const at = (left: number) => countdown('2026-11-22T03:00:00Z', Date.parse('2026-11-22T03:00:00Z') - left * 1000);
  expect([at(102), at(59.2), at(0), at(-5), at(7260)]).toEqual(['1:42', '1:00', '0:00', '0:00', '2 h 1 min']);
});

it('an edit is what differs', () => {
  const order = { quantity: '0.5', limit: '100' } as never;
  expect(editOf(order, { quantity: '0.5', limit: '99' })).toEqual({ changes: { limit: '99' }, wrong: [] });
  expect(editOf(order, { quantity: '0', limit: 'x' }).wrong).toContain('limit');
  expect(editOf({ quantity: '1', limit: null } as never, { quantity: '2', limit: '' })).toEqual({ changes: { quantity: '2' }, wrong: [] });
});
