import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport, type Transport } from '../../ipc/transport';
import { navigation } from '../../state/navigation.svelte';
import { workspace } from '../../state/workspace.svelte';
import Ticket from './Ticket.svelte';

let stop: () => void;
let asked: string[];

async function begin(query = '') {
  const world = mockTransport(`?mock&still&delay=0${query}`, () => Date.parse('2026-11-22T03:00:00Z'));
  asked = [];
  const watched: Transport = {
    ...world,
    invoke: (command, args) => {
      asked.push(command);
      return world.invoke(command, args);
    },
  };
  useTransport(watched);
  navigation.coin = 'BTC';
  navigation.side = 'buy';
  navigation.book = 'paper';
  stop = await workspace.start();
  asked = [];
}

/** The ticket of a world with real money, on LIVE. */
async function live() {
  stop();
  await begin('&live');
  render(Ticket);
  await fireEvent.click(screen.getByTestId('ticket-book-live'));
  // BTC is closed there: an order in it is unknown.
  await type('ticket-coin', 'ETH');
}

beforeEach(() => begin());
afterEach(() => {
  stop();
  vi.useRealTimers();
});

const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } });
const total = () => screen.getByTestId('ticket-preview-total').textContent;

describe('the ticket', () => {
  it('shows what the order costs before it can be placed, then places it', async () => {
    render(Ticket);
    const place = screen.getByTestId<HTMLButtonElement>('ticket-place');
    expect(place.disabled).toBe(true);
    await type('ticket-aud', '500');
    expect(place.disabled).toBe(true);
    await waitFor(() => expect(total()).toMatch(/^499\.99|^500/));
    expect(place.disabled).toBe(false);
    const before = workspace.trades.length;
    await fireEvent.click(place);
    await waitFor(() => expect(workspace.trades.length).toBe(before + 1));
    expect(workspace.orders.at(-1)?.state).toBe('filled');
  });

  it('asks once for what is typed in one go', async () => {
    render(Ticket);
    for (const text of ['5', '50', '500']) await type('ticket-aud', text);
    await waitFor(() => expect(total()).not.toBe('–'));
    expect(asked.filter((command) => command === 'order_preview')).toHaveLength(1);
  });

  it('says in words and with the code why an order is refused', async () => {
    render(Ticket);
    await type('ticket-aud', '50000');
    await waitFor(() => expect(screen.getByTestId('ticket-verdict').textContent).toContain('limit_max_order_aud'));
    expect(screen.getByTestId<HTMLButtonElement>('ticket-place').disabled).toBe(true);
  });

  it('shows that LIVE is refused, why, and leads to where that is put right', async () => {
    render(Ticket);
    await fireEvent.click(screen.getByTestId('ticket-book-live'));
    expect(screen.getByTestId('ticket-live').textContent).toContain('real money');
    await type('ticket-quantity', '0.001');
    await waitFor(() => expect(screen.getByTestId('ticket-verdict').textContent).toContain('key_missing'));
    await fireEvent.click(screen.getByTestId('ticket-remedy'));
    expect(navigation.place).toBe('settings');
  });

  it('sends real money only after the word is typed, where no card asks', async () => {
    await live();
    await type('ticket-aud', '10');
    const place = screen.getByTestId<HTMLButtonElement>('ticket-place');
    await waitFor(() => expect(place.disabled).toBe(false));
    await fireEvent.click(place);
    const send = await screen.findByTestId<HTMLButtonElement>('confirm-live-place');
    expect(send.disabled).toBe(true);
    expect(asked).not.toContain('order_place');
    await type('confirm-live-word', 'live');
    await fireEvent.click(send);
    await waitFor(() => expect(asked).toContain('order_place'));
  });

  it('refuses a coin whose last order nobody knows the fate of', async () => {
    await live();
    await type('ticket-coin', 'BTC');
    await type('ticket-aud', '10');
    await waitFor(() => expect(screen.getByTestId('ticket-verdict').textContent).toContain('market_locked'));
  });

  it('leaves the question to the card where the mandate asks', async () => {
    await live();
    await type('ticket-aud', '50');
    const place = screen.getByTestId<HTMLButtonElement>('ticket-place');
    await waitFor(() => expect(place.disabled).toBe(false));
    await fireEvent.click(place);
    await waitFor(() => expect(asked).toContain('order_place'));
    expect(screen.queryByTestId('confirm-live-place')).toBeNull();
  });

  it('takes quantity or AUD, never both', async () => {
    render(Ticket);
    await type('ticket-aud', '500');
    await type('ticket-quantity', '0.01');
    expect(screen.getByTestId<HTMLInputElement>('ticket-aud').value).toBe('');
  });

  it('waits for the limit of a limit order, and rests it', async () => {
    render(Ticket);
    await type('ticket-aud', '500');
    await fireEvent.click(screen.getByTestId('ticket-limit-kind'));
    expect(screen.getByTestId<HTMLInputElement>('ticket-limit').value).not.toBe('');
    await type('ticket-limit', '');
    expect(screen.getByTestId('ticket-verdict').textContent).toContain('Enter the limit price');
    await type('ticket-limit', '1000');
    const place = screen.getByTestId<HTMLButtonElement>('ticket-place');
    await waitFor(() => expect(place.disabled).toBe(false));
    await fireEvent.click(place);
    await waitFor(() => expect(workspace.orders.at(-1)).toMatchObject({ state: 'open', limit: '1000' }));
    expect(screen.getByTestId('ticket-instant').getAttribute('aria-checked')).toBe('true');
  });

  it('has no limit for a coin without an order book', async () => {
    render(Ticket);
    await type('ticket-coin', 'pepe');
    expect(screen.getByTestId<HTMLInputElement>('ticket-limit').disabled).toBe(true);
    expect(screen.getByTestId<HTMLButtonElement>('ticket-limit-kind').disabled).toBe(true);
  });

  it('keeps the parcels chosen for a sale with it, and leaves a buy alone', async () => {
    const told: unknown[] = [];
    stop();
    const world = mockTransport('?mock&still&delay=0', () => Date.parse('2026-11-22T03:00:00Z'));
    useTransport({ ...world, invoke: (command, args) => {
      if (command === 'tax_change') told.push(args);
      return world.invoke(command, args);
    } });
    stop = await workspace.start();
    render(Ticket);
    await type('ticket-coin', 'ETH');
    await fireEvent.click(screen.getByTestId('ticket-side-buy'));
    await type('ticket-quantity', '0.1');
    await waitFor(() => expect(total()).not.toBe('–'));
    expect(screen.queryByTestId('ticket-parcels')).toBeNull();
    await fireEvent.click(screen.getByTestId('ticket-side-sell'));
    const choice = await screen.findByTestId<HTMLSelectElement>('ticket-parcels');
    await fireEvent.change(choice, { target: { value: 'hifo' } });
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>('ticket-place').disabled).toBe(false));
    await fireEvent.click(screen.getByTestId('ticket-place'));
    await waitFor(() => expect(told).toHaveLength(1));
    expect(told[0]).toMatchObject({ change: { do: 'pick', parcels: [expect.objectContaining({ quantity: expect.any(String) })] } });
  });
});
