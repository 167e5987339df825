import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import type { UnknownView } from '../../ipc/bindings/UnknownView';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { workspace } from '../../state/workspace.svelte';
import OrdersTable from './OrdersTable.svelte';
import { found, untilClosing } from './unknown';

const unknown = (more: Partial<UnknownView>): UnknownView => ({ code: 'no_answer', why: '', since: '', polls: 0, quiet_s: 0, may_be_closed: false, finding: null, candidates: [], ...more });

async function open() {
  useTransport(mockTransport('?mock&still&delay=0&live'));
  const stop = await workspace.start();
  render(OrdersTable);
  await screen.findAllByTestId('order-row');
  return stop;
}

it('raises an order nobody knows the fate of above all others, and offers no cancel for it', async () => {
  const stop = await open();
  expect(screen.getByTestId('unknown-order').textContent).toContain('never sent again');
  const rows = screen.getAllByTestId('order-row');
  expect(rows.slice(0, 2).map((row) => row.dataset.state)).toEqual(['unknown', 'awaiting_approval']);
  expect(rows[0]?.querySelector('[data-testid=order-cancel]')).toBeNull();
  stop();
});

it('takes a word only with a choice and a reason, and settles the order by it', async () => {
  const stop = await open();
  await fireEvent.click(screen.getByTestId('unknown-resolve'));
  const confirm = await screen.findByTestId<HTMLButtonElement>('resolve-confirm');
  await fireEvent.input(screen.getByTestId('resolve-why'), { target: { value: 'seen there' } });
  expect(confirm.disabled).toBe(true);
  await fireEvent.click(screen.getAllByTestId('resolve-placed')[0]!);
  expect(confirm.disabled).toBe(false);
  await fireEvent.click(confirm);
  await waitFor(() => expect(screen.queryByTestId('unknown-order')).toBeNull());
  expect(workspace.orders.find((order) => order.venue_order_id === '65a1c0ffee12')?.state).toBe('open');
  stop();
});

it('says how much longer it takes until a person may close it', () => {
  expect(untilClosing(unknown({ polls: 2, quiet_s: 60 }))).toBe('after 3 more complete looks and 9 min');
  expect(untilClosing(unknown({ polls: 9, quiet_s: 900 }))).toContain('could be it');
  expect(untilClosing(unknown({ may_be_closed: true }))).toBeNull();
  expect(found(unknown({ finding: 'nothing', polls: 1, quiet_s: 3 }))).toContain('1 complete look in vain over 3 s');
});
