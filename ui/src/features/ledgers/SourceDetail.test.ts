import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import SourceDetail from './SourceDetail.svelte';

afterEach(cleanup);

function open(search: string) {
  const transport = mockTransport(`?mock&still&delay=0${search}`);
  useTransport(transport);
  const source = transport.world.sources().find(({ name }) => name === 'news_decrypt');
  if (!source) throw new Error('the world has no such source');
  render(SourceDetail, { source });
}

it('what does not fit is told at its field, and nothing is changed until all of it fits', async () => {
  open('');
  const pages = (await screen.findByTestId('field-pages')) as HTMLInputElement;
  await fireEvent.input(pages, { target: { value: '9' } });
  await fireEvent.click(screen.getByTestId('source-save'));
  await waitFor(() => expect(screen.getByTestId('setting-pages').textContent).toContain("'9' is no whole number from 1 to 5"));
  expect(pages.getAttribute('aria-invalid')).toBe('true');
  await fireEvent.input(pages, { target: { value: '4' } });
  await fireEvent.click(screen.getByTestId('source-save'));
  await waitFor(() => expect((screen.getByTestId('source-save') as HTMLButtonElement).disabled).toBe(true));
  expect((screen.getByTestId('field-pages') as HTMLInputElement).value).toBe('4');
  expect((screen.getByTestId('field-cryptopanic_token') as HTMLInputElement).type).toBe('password');
});

it('figures, bars and their table, and the newest things it brought are shown as text', async () => {
  open('');
  expect((await screen.findByTestId('source-statistics')).querySelectorAll('tbody tr')).toHaveLength(3);
  const volume = screen.getByTestId('source-volume');
  expect(volume.querySelectorAll('rect')).toHaveLength(30);
  await fireEvent.keyDown(volume, { key: 't' });
  expect(volume.querySelectorAll('tr')).toHaveLength(30);
  expect(volume.textContent).toContain('not asked');
  expect(screen.getAllByTestId('source-sample').length).toBeGreaterThan(5);
});

it('a source that never ran says so and invents no share', async () => {
  open('&empty');
  expect((await screen.findByTestId('source-statistics')).textContent).toContain('–');
  expect(screen.getByText('Nothing yet.')).toBeTruthy();
});
