import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { mockTransport } from './ipc/mock/transport';
import { useTransport } from './ipc/transport';
import { navigation } from './state/navigation.svelte';
import { preferences } from './state/preferences.svelte';

// jsdom has no canvas: the chart's drawing is looked at in a browser, its data is tested beside it.
vi.mock('lightweight-charts', () => {
  const nothing = () => {};
  const scale = { setVisibleLogicalRange: nothing, applyOptions: nothing };
  const series = { setData: nothing, update: nothing, applyOptions: nothing, attachPrimitive: nothing };
  const chart = { addSeries: () => series, applyOptions: nothing, timeScale: () => scale, priceScale: () => scale, subscribeCrosshairMove: nothing, subscribeClick: nothing, remove: nothing };
  return { createChart: () => chart, CandlestickSeries: {}, ColorType: { Solid: 'solid' }, CrosshairMode: { Normal: 0 } };
});

const { default: App } = await import('./App.svelte');

async function open(query = '') {
  useTransport(mockTransport(`?mock&still&delay=0${query}`));
  render(App);
  await waitFor(() => expect(screen.getByTestId('ticker-equity').textContent).not.toBe('–'));
}

beforeEach(() => {
  Object.assign(navigation, { place: 'ledgers', ledger: 'exchange', coin: 'BTC', chartAsTable: false, killOpen: false, shortcutsOpen: false });
});

describe('the window', () => {
  it('opens a card of the dashboard by its number, and comes back with Esc', async () => {
    navigation.ledger = 'dashboard';
    await open();
    for (const [key, id] of [['1', 'glass-table'], ['2', 'human-table'], ['3', 'catalyst-table'], ['4', 'markets-table']] as const) {
      await screen.findByTestId('dashboard');
      await fireEvent.keyDown(document.body, { key });
      expect(await screen.findByTestId(id)).toBeTruthy();
      await fireEvent.keyDown(document.body, { key: 'Escape' });
    }
    expect(await screen.findByTestId('dashboard')).toBeTruthy();
  });

  it('watches the selected coin with w, and stops', async () => {
    await open();
    const watched = () => preferences.watch.includes('GAS');
    await fireEvent.click(screen.getByTestId('market-row-GAS'));
    for (const expected of [true, false]) {
      await fireEvent.keyDown(document.body, { key: 'w' });
      expect(watched()).toBe(expected);
    }
  });

  it('lists by keyboard what is marked on the chart, and opens it', async () => {
    await open();
    await waitFor(() => expect(screen.getByTestId('chart-events').textContent).toMatch(/[1-9]/));
    await fireEvent.click(screen.getByTestId('chart-events'));
    const grid = await screen.findByTestId('events-table');
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await fireEvent.keyDown(grid, { key: 'Enter' });
    await waitFor(() => expect(screen.getAllByTestId('item-dialog').some((dialog) => dialog.textContent.includes('BTC'))).toBe(true));
  });

  it('shows the markets with prices and the paper book named', async () => {
    await open();
    expect(screen.getByTestId('ticker-book').textContent).toContain('PAPER');
    expect(screen.getByTestId('market-row-BTC').textContent).toContain('book');
  });

  it('names the demo wherever it names the book', async () => {
    await open('&demo');
    expect(screen.getByTestId('ticker-book').textContent).toContain('DEMO');
  });

  it('reaches every place by keyboard', async () => {
    await open();
    for (const [keys, id] of [['gf', 'orders-table'], ['gb', 'history-table'], ['ga', 'backtest-empty'], ['gi', 'inbox-table'], ['gs', 'theme-select'], ['1', 'markets-table']] as const) {
      for (const key of keys) await fireEvent.keyDown(document.body, { key });
      await waitFor(() => expect(screen.getByTestId(id)).toBeTruthy());
    }
  });

  it('takes the selected coin to the ticket with b and s', async () => {
    await open();
    await fireEvent.click(screen.getByTestId('market-row-ETH'));
    await fireEvent.keyDown(document.body, { key: 's' });
    await waitFor(() => expect(screen.getByTestId<HTMLInputElement>('ticket-coin').value).toBe('ETH'));
    expect(screen.getByTestId('ticket-side-sell').getAttribute('aria-checked')).toBe('true');
  });

  it('narrows the markets as a filter is typed', async () => {
    await open();
    await fireEvent.input(screen.getByTestId('market-filter'), { target: { value: 'doge' } });
    await waitFor(() => expect(screen.queryByTestId('market-row-BTC')).toBeNull());
    expect(screen.getByTestId('market-row-DOGE')).toBeTruthy();
  });

  it('turns the chart into a table with t', async () => {
    await open();
    await fireEvent.keyDown(document.body, { key: 't' });
    await waitFor(() => expect(screen.getByTestId('chart-table')).toBeTruthy());
  });

  it('stops trading from the keyboard, shows the receipt, and opens again', async () => {
    await open();
    await fireEvent.keyDown(document.body, { key: 'K', ctrlKey: true, shiftKey: true });
    await fireEvent.click(await screen.findByTestId('kill-confirm'));
    const banner = await screen.findByTestId('kill-banner');
    expect(banner.textContent).toContain('3 orders cancelled');
    await fireEvent.click(screen.getByTestId('unkill'));
    await waitFor(() => expect(screen.queryByTestId('kill-banner')).toBeNull());
  });

  it('asks for a word before it stops real money, and shows what remains', async () => {
    await open('&live');
    await fireEvent.keyDown(document.body, { key: 'K', ctrlKey: true, shiftKey: true });
    const confirm = await screen.findByTestId<HTMLButtonElement>('kill-confirm');
    expect(confirm.disabled).toBe(true);
    await fireEvent.input(screen.getByTestId('kill-word'), { target: { value: 'stop' } });
    await fireEvent.click(confirm);
    expect((await screen.findByTestId('kill-banner')).textContent).toContain('live mandates must be granted again');
    await fireEvent.click(screen.getByTestId('kill-receipt'));
    expect((await screen.findByTestId('receipt-elsewhere')).textContent).toContain('ETH');
    expect(screen.getByTestId('receipt-orders').textContent).toContain('unknown');
  });

  it('never sells without the word, on paper too', async () => {
    await open();
    await fireEvent.keyDown(document.body, { key: 'K', ctrlKey: true, shiftKey: true });
    const confirm = await screen.findByTestId<HTMLButtonElement>('kill-confirm');
    await waitFor(() => expect(confirm.disabled).toBe(false));
    await fireEvent.click(screen.getByTestId('kill-liquidate'));
    expect(confirm.disabled).toBe(true);
  });

  it('moves between the parts of the Floor with [ and ], remembers the last, and shows the ticket when it is asked for', async () => {
    await open();
    await fireEvent.click(screen.getByTestId('nav-floor'));
    await fireEvent.keyDown(document.body, { key: ']' });
    expect(preferences.part('floor', 'desk')).not.toBe('desk');
    await waitFor(() => expect(screen.queryByTestId('orders-table')).toBeNull());
    await fireEvent.keyDown(document.body, { key: 'b' });
    expect(await screen.findByTestId('ticket-place')).toBeTruthy();
    await fireEvent.keyDown(document.body, { key: ']' });
    await fireEvent.keyDown(document.body, { key: '[' });
    expect(await screen.findByTestId('orders-table')).toBeTruthy();
  });

  it('cancels an order from its row', async () => {
    await open();
    await fireEvent.click(screen.getByTestId('nav-floor'));
    const rows = await screen.findAllByTestId('order-row');
    expect(rows[0]?.dataset.state).toBe('partially_filled');
    await fireEvent.click(screen.getAllByTestId('order-cancel')[0]!);
    await waitFor(() => expect(screen.getAllByTestId('order-cancel')).toHaveLength(2));
  });

  it('says since when it is offline and what still works', async () => {
    await open('&offline');
    expect(screen.getByTestId('ticker-live').textContent).toContain('offline since');
    expect(screen.getByTestId('offline-strip').textContent).toContain('exports work');
  });

  it('imports a file and shows each refused line with its reason', async () => {
    await open();
    await fireEvent.click(screen.getByTestId('nav-books'));
    const text = 'time,coin,side,quantity,price,fee,algorithm,venue,external_id\nnonsense';
    const file = Object.assign(new File([text], 'mine.csv'), { arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer) });
    await fireEvent.change(await screen.findByTestId('import-input'), { target: { files: [file] } });
    await waitFor(() => expect(screen.getByTestId('import-rejected').textContent).toBe('1'));
    expect(screen.getByTestId('import-rejected-table').textContent).toContain('nonsense');
  });

  it('tells what is wrong, and what to do, when the workspace cannot be read', async () => {
    useTransport(mockTransport('?mock&still&delay=0&broken'));
    render(App);
    const notice = await screen.findByTestId('start-error');
    expect(notice.textContent).toContain('omc doctor');
    expect(notice.textContent).toContain('store_damaged');
  });
});
