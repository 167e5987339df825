import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { clock } from '../../state/clock.svelte';
import { preferences } from '../../state/preferences.svelte';
import Lab from './Lab.svelte';

beforeEach(() => {
  preferences.setPart('lab', 'sessions');
  useTransport(mockTransport('?mock&still&delay=0'));
});

it('a question says how long it waits and what it then takes, and an answer goes on', async () => {
  render(Lab);
  await fireEvent.click((await screen.findAllByTestId('lab-row'))[0]!);
  const card = await screen.findByTestId('lab-question');
  const expires = /in (\d+) min: accept/.exec(card.textContent ?? '');
  const waits = Number(expires?.[1]);
  expect(waits, `${card.textContent ?? ''} at ${new Date(clock.now).toISOString()}`).toBeGreaterThan(20);
  await fireEvent.click(screen.getByTestId('lab-yes'));
  await waitFor(() => expect(screen.queryByTestId('lab-question')).toBeNull());
  expect(await screen.findByTestId('lab-outcome')).toBeDefined();
});
