import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import SecretsPanel from './SecretsPanel.svelte';

const CANARY = 'canary-51c2';
afterEach(cleanup);

function open(search: string) {
  useTransport(mockTransport(`?mock&still&delay=0${search}`));
  render(SecretsPanel);
}

it('a key goes in once, is never prefilled, and leaves only with a second word', async () => {
  open('');
  await fireEvent.click(await screen.findByTestId('secret-set-cryptopanic_token'));
  const field = (await screen.findByTestId('secret-value')) as HTMLInputElement;
  expect([field.type, field.value]).toEqual(['password', '']);
  await fireEvent.input(field, { target: { value: CANARY } });
  await fireEvent.click(screen.getByTestId('secret-keep'));
  await screen.findByTestId('secret-remove-cryptopanic_token');
  expect(document.body.innerHTML).not.toContain(CANARY);
  await fireEvent.click(screen.getByTestId('secret-set-cryptopanic_token'));
  expect(((await screen.findByTestId('secret-value')) as HTMLInputElement).value).toBe('');

  await fireEvent.click(screen.getByTestId('secret-remove-cryptopanic_token'));
  expect(screen.getByTestId('secret-cryptopanic_token').textContent).toContain('keyring');
  await fireEvent.click(await screen.findByTestId('secret-remove'));
  await waitFor(() => expect(screen.getByTestId('secret-cryptopanic_token').textContent).toContain('not set'));
});

it('without a keyring it says what works without one, and takes nothing', async () => {
  open('&demo');
  expect((await screen.findByTestId('no-keyring')).textContent).toContain('paper trading');
  expect((screen.getByTestId('secret-set-openai_key') as HTMLButtonElement).disabled).toBe(true);
});
