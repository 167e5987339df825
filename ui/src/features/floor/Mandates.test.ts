import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport, type Transport } from '../../ipc/transport';
import { workspace } from '../../state/workspace.svelte';
import MandatesPanel from './MandatesPanel.svelte';
import { BLANK, readMandate, typedOf } from './mandates';

let stop: () => void;
let granted: unknown[];

beforeEach(async () => {
  const world = mockTransport('?mock&still&asking&delay=0');
  granted = [];
  const watched: Transport = {
    ...world,
    invoke: (command, args) => {
      if (command === 'mandate_set') granted.push(args.mandate);
      return world.invoke(command, args);
    },
  };
  useTransport(watched);
  stop = await workspace.start();
  render(MandatesPanel);
  await screen.findAllByTestId('mandate-row');
});
afterEach(() => stop());

const click = (id: string) => fireEvent.click(screen.getByTestId(id));
const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } });

describe('mandates', () => {
  it('with real money are asked about twice before they are granted', async () => {
    await click('mandate-grant-live');
    await type('mandate-order', '10');
    await click('mandate-confirm');
    expect(granted).toEqual([]);
    expect(screen.getByTestId('mandate-dialog').textContent).toContain('your money');
    await click('mandate-confirm');
    await waitFor(() => expect(granted).toEqual([{ holder: 'manual', book: 'live', approval: 'always', max_order_aud: '10', coins: [] }]));
  });

  it('for paper are granted at once, and revoked after a word of warning', async () => {
    await click('mandate-grant-paper');
    await click('mandate-confirm');
    await waitFor(() => expect(screen.getAllByTestId('mandate-row').length).toBe(3));
    await fireEvent.click(screen.getAllByTestId('mandate-revoke')[0]!);
    expect(screen.getAllByTestId('mandate-row').length).toBe(3);
    await click('revoke-confirm');
    await waitFor(() => expect(screen.getAllByTestId('mandate-row').length).toBe(2));
  });

  it('that make no sense can not be granted', async () => {
    await click('mandate-grant-paper');
    await type('mandate-hours', '9-17');
    expect(screen.getByTestId<HTMLButtonElement>('mandate-confirm').disabled).toBe(true);
  });
});

it('a mandate comes back as it was typed', () => {
  const typed = { ...BLANK, holder: 'dip', rule: 'above', above: '50', order: '100', coins: 'BTC, ETH', hours: '09:00-17:00' } as const;
  const read = readMandate(typed);
  if (read.is !== 'mandate') throw new Error(read.why);
  expect(read.mandate).toMatchObject({ approval: 'above:50', max_order_aud: '100', coins: ['BTC', 'ETH'] });
  const view = { ...read.mandate, max_order_aud: '100', max_day_aud: null, bought_today_aud: '0', hours: '09:00-17:00', until: null, expired: false };
  expect(typedOf(view)).toEqual(typed);
  expect(readMandate({ ...typed, above: '-1' }).is).toBe('wrong');
  expect(readMandate({ ...typed, until: 'soon' }).is).toBe('wrong');
});
