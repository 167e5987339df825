import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mockTransport } from '../ipc/mock/transport';
import { useTransport, type Transport } from '../ipc/transport';
import { collecting } from '../features/ledgers/collecting.svelte';
import { navigation } from '../state/navigation.svelte';
import { toasts } from '../state/toasts.svelte';
import { workspace } from '../state/workspace.svelte';
import Ledgers from './Ledgers.svelte';

let stop = () => {};

async function open(tab: 'dashboard' | 'glass' | 'human' | 'catalyst' | 'sources', query = '') {
  const transport = mockTransport(`?mock&still&delay=0${query}`);
  useTransport(transport);
  stop = await workspace.start();
  navigation.ledger = tab;
  return Object.assign(render(Ledgers), { ledgers: transport.world.ledgers });
}

/** Everything is answered but this. */
function refusing(refused: string): Transport['invoke'] {
  const { invoke } = mockTransport('?mock&still&delay=0');
  return (command, args) => (command === refused ? Promise.reject({ code: 'store_busy', message: 'the store is busy' }) : invoke(command, args));
}

beforeEach(() => (toasts.list = []));
afterEach(() => {
  stop();
  Object.assign(navigation, { ledger: 'dashboard', chartAsTable: false, coin: 'BTC' });
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

  it('tells several outlets of one story in one line, and who they are', async () => {
    await open('human');
    await screen.findByTestId('human-table');
    const row = screen.getAllByTestId('human-row').find((one) => one.textContent.includes('outlets'))!;
    await fireEvent.dblClick(row);
    const words = Number(/(\d) outlets/.exec(row.textContent)?.[1]);
    expect((await screen.findByTestId('item-members')).querySelectorAll('li')).toHaveLength(words);
  });

  it('explains a score by its words, terms and coins', async () => {
    await open('human');
    await screen.findByTestId('human-table');
    await fireEvent.input(screen.getByTestId('human-filter'), { target: { value: 'stablecoin supply grows' } });
    await waitFor(() => expect(screen.getAllByTestId('human-row')[0]?.textContent).toContain('Stablecoin'));
    await fireEvent.dblClick(screen.getAllByTestId('human-row')[0]!);
    expect((await screen.findByTestId('item-words')).textContent).toContain('grows +0.50');
    expect(screen.getByTestId('item-terms').textContent).toContain('stablecoin inflow liquidity, bullish, medium impact, short');
    expect(screen.getByTestId('item-coins').textContent).toContain('USDT by “Stablecoin”');
  });

  it('shows the days of the mood as a chart and as a table', async () => {
    await open('human');
    expect(await screen.findByTestId('mood-chart')).toBeTruthy();
    navigation.chartAsTable = true;
    await waitFor(() => expect(screen.getByTestId('mood-table').getAttribute('aria-rowcount')).toBe('91'));
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
    await waitFor(() => expect(toasts.list[0]?.title).toMatch(/^\d sources ran$/));
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
  it('shows what happened with how much it matters, and marks the edited', async () => {
    await open('catalyst');
    await screen.findByTestId('catalyst-table');
    const rows = screen.getAllByTestId('catalyst-row').map((row) => row.textContent);
    expect(rows[0]).toContain('severe');
    expect(rows.filter((text) => text.includes('CoinSpot') && text.includes('edited'))).toHaveLength(2);
  });

  it('is narrowed by kind and severity, and says so when nothing is left', async () => {
    await open('catalyst');
    await screen.findByTestId('catalyst-table');
    await fireEvent.click(screen.getByTestId('kind-delisting'));
    await waitFor(() => expect(screen.getAllByTestId('catalyst-row')).toHaveLength(1));
    expect(screen.getByTestId('catalyst-row').textContent).toContain('Upcoming delisting');
    await fireEvent.click(screen.getByTestId('kind-maintenance'));
    await fireEvent.click(screen.getByTestId('severity-8'));
    await waitFor(() => expect(screen.queryByTestId('catalyst-row')).toBeNull());
    await fireEvent.click(screen.getByRole('button', { name: 'Show all' }));
    await waitFor(() => expect(screen.getAllByTestId('catalyst-row').length).toBeGreaterThan(20));
  });

  it('explains a severity, and shows a filing whole with its link as words', async () => {
    await open('catalyst');
    await screen.findByTestId('catalyst-table');
    await fireEvent.click(screen.getByTestId('kind-filing'));
    await waitFor(() => expect(screen.getAllByTestId('catalyst-row')[0]?.textContent).toContain('8-K'));
    await fireEvent.dblClick(screen.getAllByTestId('catalyst-row')[0]!);
    expect((await screen.findByTestId('severity-reason')).textContent).toBe('form 8-K with item 7.01: 8');
    const dialog = screen.getByTestId('item-dialog');
    expect(dialog.textContent).toContain('Accession');
    expect([dialog.querySelector('a'), screen.getByTestId('item-link').textContent.startsWith('https://')]).toEqual([null, true]);
  });

  it('lets what arrives wait until it is asked for', async () => {
    const world = await open('catalyst');
    await screen.findByTestId('catalyst-table');
    const first = screen.getAllByTestId('catalyst-row')[0]!.textContent;
    expect(screen.getByTestId<HTMLButtonElement>('catalyst-fresh').disabled).toBe(true);
    world.ledgers.happen();
    await fireEvent.click(screen.getByTestId('kind-all'));
    await collecting.run(['coinspot_announcements']);
    await waitFor(() => expect(screen.getByTestId('catalyst-fresh').textContent).toBe('1 new'));
    expect(screen.getAllByTestId('catalyst-row')[0]!.textContent).toBe(first);
    await fireEvent.click(screen.getByTestId('catalyst-fresh'));
    await waitFor(() => expect(screen.getAllByTestId('catalyst-row')[0]!.textContent).not.toBe(first));
  });
});

describe('the Glass ledger', () => {
  it('shows protocols with their figures, and one over time', async () => {
    await open('glass');
    const row = await screen.findByTestId('glass-lido');
    expect(row.textContent).toContain('34.35bn');
    await fireEvent.click(screen.getByTestId('glass-aave-v3'));
    await fireEvent.click(screen.getByTestId('metric-fees'));
    await waitFor(() => expect(screen.getByTestId('glass-chart').getAttribute('aria-label')).toContain('Fees of Aave V3'));
    navigation.chartAsTable = true;
    expect(await screen.findByTestId('glass-points')).toBeTruthy();
  });

  it('says what comes, and how, before there is anything', async () => {
    await open('glass', '&empty');
    expect((await screen.findByTestId('glass-empty')).textContent).toContain('once a day');
  });

  it('lists what companies hold, signed where it changed', async () => {
    await open('glass');
    await fireEvent.click(await screen.findByTestId('glass-part-treasuries'));
    const rows = (await screen.findAllByTestId('treasury-row')).map((row) => row.textContent);
    expect(rows[0]).toContain('+1,200');
    expect(rows.some((text) => text.includes('first figure'))).toBe(true);
    await fireEvent.click(screen.getByTestId('glass-part-protocols'));
  });
});

describe('the dashboard', () => {
  const card = (name: string) => screen.findByTestId(`card-${name}`);

  it('answers of each ledger: figures, mood, what happened, prices', async () => {
    await open('dashboard');
    await waitFor(() => expect(screen.getByTestId('glass-tvl').textContent).toMatch(/^\d.*bn$/));
    expect((await screen.findByTestId('card-mood')).textContent).toMatch(/^\d+$/);
    expect((await screen.findAllByTestId('feed-row'))[0]?.textContent).toContain('severe');
    expect((await screen.findByTestId('watch-BTC')).textContent).toMatch(/128,/);
  });

  it('says how each ledger is', async () => {
    await open('dashboard', '&trouble');
    expect((await screen.findByTestId('health-human')).textContent).toContain('2 of 6 failing');
    await waitFor(() => expect(screen.getByTestId('health-exchange').textContent).toBe('good'));
  });

  it('keeps what it knows offline, and says so', async () => {
    await open('dashboard', '&offline');
    await waitFor(() => expect(screen.getByTestId('health-catalyst').textContent).toContain('offline'));
    expect(await screen.findByTestId('card-feed')).toBeTruthy();
    expect((await card('exchange')).textContent).toContain('prices are stale');
  });

  it('says what comes, and how, in a fresh workspace', async () => {
    await open('dashboard', '&empty');
    for (const name of ['glass', 'human', 'catalyst', 'exchange']) expect((await screen.findByTestId(`${name}-card-empty`)).textContent).toMatch(/by themselves|every 45 s/);
  });

  it('goes from card to card with the arrows, and inside one', async () => {
    await open('dashboard');
    const [movers, stories, feed] = [await screen.findByTestId('glass-movers'), await screen.findByTestId('card-stories'), await screen.findByTestId('card-feed')];
    movers.focus();
    await fireEvent.keyDown(movers, { key: 'ArrowRight' });
    expect(document.activeElement).toBe(stories);
    await fireEvent.keyDown(stories, { key: 'ArrowRight' });
    expect(document.activeElement).toBe(feed);
    await fireEvent.keyDown(feed, { key: 'ArrowDown' });
    await fireEvent.keyDown(feed, { key: 'Enter' });
    expect(await screen.findByTestId('severity-reason')).toBeTruthy();
  });

  it('opens the coin of the watch list with Enter, takes its star with Del, and adds by ticker', async () => {
    await open('dashboard');
    const grid = await screen.findByTestId('watch-table');
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await fireEvent.keyDown(grid, { key: 'Delete' });
    await waitFor(() => expect(screen.queryByTestId('watch-ETH')).toBeNull());
    const field = screen.getByTestId('watch-add');
    await fireEvent.input(field, { target: { value: 'nosuch' } });
    await fireEvent.submit(field.closest('form')!);
    expect(field.getAttribute('aria-invalid')).toBe('true');
    await fireEvent.input(field, { target: { value: 'eth' } });
    await fireEvent.submit(field.closest('form')!);
    await fireEvent.dblClick(await screen.findByTestId('watch-ETH'));
    expect([navigation.ledger, navigation.coin]).toEqual(['exchange', 'ETH']);
  });

  it('shows a new catalyst in the line kept for it, and moves nothing', async () => {
    const world = await open('dashboard');
    const first = (await screen.findAllByTestId('feed-row'))[0]!.textContent;
    world.ledgers.happen();
    await collecting.run(['coinspot_announcements']);
    await waitFor(() => expect(screen.getByTestId('catalyst-newest').textContent).toContain('1 new'));
    expect(screen.getAllByTestId('feed-row')[0]!.textContent).toBe(first);
    await fireEvent.click(screen.getByTestId('catalyst-fresh'));
    await waitFor(() => expect(screen.getByTestId('catalyst-newest').textContent).toContain('nothing new'));
  });

  it('turns its charts into tables', async () => {
    await open('dashboard');
    await screen.findByTestId('glass-movers');
    navigation.chartAsTable = true;
    expect(await screen.findByTestId('glass-days')).toBeTruthy();
    await waitFor(() => expect(screen.getByTestId('watch-table').textContent).toContain('12 h ago'));
  });

  it('tells what went wrong in the card it went wrong in', async () => {
    useTransport({ ...mockTransport('?mock&still&delay=0'), invoke: refusing('glass') });
    stop = await workspace.start();
    render(Ledgers);
    const wrong = await screen.findByTestId('glass-card-error');
    expect(wrong.textContent).toContain('store_busy');
    expect(await screen.findByTestId('card-feed')).toBeTruthy();
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
