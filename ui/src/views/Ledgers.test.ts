import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mockTransport } from '../ipc/mock/transport';
import { useTransport } from '../ipc/transport';
import { navigation } from '../state/navigation.svelte';
import { toasts } from '../state/toasts.svelte';
import { workspace } from '../state/workspace.svelte';
import Ledgers from './Ledgers.svelte';

let stop = () => {};

async function open(tab: 'glass' | 'human' | 'catalyst' | 'sources', query = '') {
  useTransport(mockTransport(`?mock&still&delay=0${query}`));
  stop = await workspace.start();
  navigation.ledger = tab;
  return render(Ledgers);
}

beforeEach(() => (toasts.list = []));
afterEach(() => {
  stop();
  navigation.ledger = 'exchange';
});

describe('the Human ledger', () => {
  it('shows the mood with its day and who makes it', async () => {
    await open('human');
    await waitFor(() => expect(screen.getByTestId('mood-value').textContent).toMatch(/^\d+$/));
    expect(screen.getByTestId('mood').textContent).toMatch(/\d{4}-\d{2}-\d{2} UTC/);
    expect(screen.getByTestId('mood').textContent).toContain('alternative.me');
  });

  it('draws markup in a headline as text', async () => {
    const { container } = await open('human');
    await screen.findByTestId('human-table');
    await fireEvent.input(screen.getByTestId('human-filter'), { target: { value: '<script>' } });
    await waitFor(() => expect(screen.getAllByTestId('human-row')).toHaveLength(1));
    expect(screen.getByTestId('human-row').textContent).toContain('<script>alert("headline")</script>');
    expect(container.querySelector('script, a')).toBeNull();
  });

  it('opens a headline with Enter: its summary, and its link as text that leads nowhere', async () => {
    await open('human');
    const grid = await screen.findByTestId('human-table');
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await fireEvent.keyDown(grid, { key: 'Enter' });
    const link = await screen.findByTestId('item-link');
    expect(link.textContent).toMatch(/^https:\/\//);
    expect(screen.getByTestId('item-text').textContent).not.toBe('');
    expect(screen.getByTestId('item-dialog').querySelector('a')).toBeNull();
  });

  it('says how it is filled when nothing is collected, and fetches when asked', async () => {
    await open('human', '&empty');
    expect((await screen.findByTestId('human-empty')).textContent).toContain('every 5 minutes');
    await fireEvent.click(screen.getByTestId('human-fetch'));
    await waitFor(() => expect(toasts.list[0]?.title).toBe('6 sources ran'));
    await waitFor(() => expect(workspace.status?.sources.filter((source) => source.ledger === 'human').every((source) => source.status === 'ok')).toBe(true));
  });

  it('says what still works offline, and keeps what was collected', async () => {
    await open('human', '&offline');
    expect((await screen.findByTestId('human-table')).textContent).toContain('Published');
    expect(screen.getByTestId('ledger-offline').textContent).toContain('stays readable');
  });

  it('names a source that fails and leads to it', async () => {
    await open('human', '&trouble');
    expect((await screen.findByTestId('ledger-trouble')).textContent).toContain('2 of 6 sources fail');
    await fireEvent.click(screen.getByTestId('open-sources'));
    expect(await screen.findByTestId('sources-table')).toBeTruthy();
  });
});

describe('the Catalyst ledger', () => {
  it('shows announcements and marks the edited ones', async () => {
    await open('catalyst');
    await screen.findByTestId('catalyst-table');
    const rows = screen.getAllByTestId('catalyst-row');
    expect(rows.map((row) => row.textContent.includes('edited'))).toEqual([false, true, false, false, false, true, false, false]);
  });
});

describe('the Glass ledger', () => {
  it('makes nothing up', async () => {
    await open('glass');
    expect(screen.getByTestId('glass-empty').textContent).toContain('later version');
  });
});

describe('the sources', () => {
  it('are listed with what their last run brought', async () => {
    await open('sources');
    const row = await screen.findByTestId('source-news_coindesk');
    await waitFor(() => expect(within(row).getAllByRole('gridcell').map((cell) => cell.textContent.trim())[7]).toMatch(/^\d+$/));
    expect(row.dataset.state).toBe('ok');
  });

  it('are paused and resumed', async () => {
    await open('sources');
    await fireEvent.click(await screen.findByTestId('source-news_coindesk'));
    await fireEvent.click(screen.getByTestId('source-pause'));
    await waitFor(() => expect(screen.getByTestId('source-news_coindesk').textContent).toContain('paused'));
    await fireEvent.click(screen.getByTestId('source-pause'));
    await waitFor(() => expect(screen.getByTestId('source-news_coindesk').textContent).not.toContain('paused'));
  });

  it('run when asked, and the run is listed', async () => {
    await open('sources');
    await fireEvent.click(await screen.findByTestId('source-fear_greed'));
    await waitFor(() => expect(screen.getAllByTestId('run-row')[0]?.textContent).toContain('scheduled'));
    await fireEvent.click(screen.getByTestId('source-run'));
    await waitFor(() => expect(screen.getAllByTestId('run-row')[0]?.textContent).toContain('manual'));
  });

  it('can be accepted only when a changed shape waits, and are well then', async () => {
    await open('sources', '&trouble');
    await fireEvent.click(await screen.findByTestId('source-news_newsbtc'));
    expect(screen.queryByTestId('source-accept')).toBeNull();
    await fireEvent.click(screen.getByTestId('source-news_decrypt'));
    await fireEvent.click(await screen.findByTestId('source-accept'));
    await waitFor(() => expect(screen.getByTestId('source-news_decrypt').dataset.state).toBe('ok'));
    expect(screen.queryByTestId('source-accept')).toBeNull();
  });

  it('tell why an item was refused', async () => {
    await open('sources');
    await fireEvent.click(await screen.findByTestId('source-news_coindesk'));
    await waitFor(() => expect(screen.getAllByTestId('run-row').some((row) => row.dataset.state === 'partial')).toBe(true));
    const partial = screen.getAllByTestId('run-row').find((row) => row.dataset.state === 'partial')!;
    await fireEvent.dblClick(partial);
    expect((await screen.findAllByTestId('refused-item'))[0]?.textContent).toContain('another site');
  });
});
