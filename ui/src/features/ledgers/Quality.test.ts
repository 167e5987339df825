import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import { toasts } from '../../state/toasts.svelte';
import { workspace } from '../../state/workspace.svelte';
import Quality from './Quality.svelte';

let stop = () => {};

async function open(query = '') {
  useTransport(mockTransport(`?mock&still&delay=0${query}`));
  stop = await workspace.start();
  return render(Quality);
}

beforeEach(() => (toasts.list = []));
afterEach(() => stop());

describe('the quality page', () => {
  it('shows four ledgers with score, standing and parts, and the published weights', async () => {
    await open();
    const exchange = await screen.findByTestId('quality-exchange');
    expect(exchange.dataset.state).toBe('good');
    expect(within(exchange).getByTestId('quality-score-exchange').textContent).toMatch(/^0\.\d\d$/);
    expect(exchange.textContent).toContain('agreement');
    expect(screen.getByTestId('quality-human').textContent).not.toContain('agreement');
    expect(screen.getByTestId('quality-weights').textContent).toContain('coverage 0.35 · freshness 0.3 · validity 0.2 · agreement 0.15');
  });

  it('makes nothing up for a ledger whose sources have not run', async () => {
    await open('&empty');
    expect((await screen.findByTestId('quality-glass')).dataset.state).toBe('unknown');
    expect(screen.getByTestId('quality-score-glass').textContent).toBe('–');
  });

  it('says which sources are poor and why', async () => {
    await open('&trouble');
    const row = await screen.findByTestId('quality-source-news_newsbtc');
    expect(row.dataset.state).toBe('failing');
    expect(row.textContent).toContain('it last answered well');
  });

  it('says that no signal may rest on a failing ledger', async () => {
    await open('&offline');
    expect((await screen.findByTestId('quality-exchange')).textContent).toContain('No signal may rest on it');
    expect(screen.getByTestId('quality-offline').textContent).toContain('gaps are filled when the way is back');
  });

  it('compares CoinSpot with other venues, coin by coin, and says why there is no reference', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('quality-tab-agreement'));
    expect((await screen.findByTestId('quality-coin-SOL')).textContent).toContain('2.77');
    expect(screen.getByTestId('quality-coin-GAS').textContent).toContain('no reference');
    expect(screen.getByTestId('quality-coin-GAS').textContent).toContain('only kraken counts now');
  });

  it('lists what is missing with its reason and what became of it', async () => {
    await open();
    const tab = await screen.findByTestId('quality-tab-gaps');
    await waitFor(() => expect(tab.textContent).toContain('Gaps (1 open)'));
    await fireEvent.click(tab);
    await waitFor(() => expect(screen.getAllByTestId('gap-row').map((row) => row.dataset.state)).toEqual(['open', 'filled', 'lost', 'lost', 'filled', 'lost']));
    expect(screen.getAllByTestId('gap-row')[1]?.textContent).toContain('asleep');
  });

  it('has the chart as a table, and every table as a file of the rows as shown', async () => {
    await open();
    await fireEvent.click(await screen.findByTestId('quality-tab-scores'));
    await waitFor(() => expect(screen.getByTestId('quality-table').textContent).toContain('catalyst'));
    await fireEvent.click(screen.getByTestId('quality-csv'));
    await waitFor(() => expect(toasts.list[0]?.detail ?? toasts.list[0]?.title).toContain('quality-scores.csv'));
    expect(toasts.list[0]?.title).toContain('384 rows');
  });

  it('says what will be here when nothing has run, and what went wrong when nothing can be read', async () => {
    await open('&empty');
    expect((await screen.findByTestId('quality-empty')).textContent).toContain('a minute after the first sources have run');
    await fireEvent.click(screen.getByTestId('quality-tab-gaps'));
    expect((await screen.findByTestId('gaps-empty')).textContent).toContain('Nothing is missing');
  });

  it('shows the error and tries again', async () => {
    useTransport(mockTransport('?mock&still&delay=0&broken'));
    render(Quality);
    expect((await screen.findByTestId('quality-error')).textContent).toContain('cannot be read');
    useTransport(mockTransport('?mock&still&delay=0'));
    await fireEvent.click(screen.getByText('Try again'));
    expect(await screen.findByTestId('quality-exchange')).toBeTruthy();
  });
});
