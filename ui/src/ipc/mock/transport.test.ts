import { describe, expect, it } from 'vitest';
import type { Event } from '../bindings/Event';
import type { History } from '../bindings/History';
import type { OrderPreview } from '../bindings/OrderPreview';
import type { Orders } from '../bindings/Orders';
import type { OrderView } from '../bindings/OrderView';
import type { Pnl } from '../bindings/Pnl';
import type { Prices } from '../bindings/Prices';
import type { Status } from '../bindings/Status';
import type { TradeImport } from '../bindings/TradeImport';
import { mockTransport } from './transport';

const NOW = Date.parse('2026-11-22T03:00:00Z');
const open = (search = '') => mockTransport(`?mock&still&delay=0${search}`, () => NOW);
const buy = { coin: 'btc', side: 'buy', book: 'paper', aud: '500' } as const;

describe('the simulated world', () => {
  it('is the same on every visit', async () => {
    expect(await open().invoke('prices', {})).toEqual(await open().invoke('prices', {}));
  });

  it('has about 540 coins of both kinds, some without a price', async () => {
    const { prices } = (await open().invoke('prices', {})) as Prices;
    expect(prices.length).toBe(540);
    expect(prices.filter((row) => row.kind === 'book').length).toBe(16);
    expect(prices.some((row) => row.bid === null)).toBe(true);
  });

  it('fills an instant order, tells of it in order, and keeps it in the history', async () => {
    const transport = open();
    const events: Event[] = [];
    const unlisten = await transport.listen((event) => events.push(event));
    const preview = (await transport.invoke('order_preview', { request: buy })) as OrderPreview;
    const order = (await transport.invoke('order_place', { request: buy })) as OrderView;
    expect(preview.denial).toBeNull();
    expect(order.state).toBe('filled');
    expect(order.quantity).toBe(preview.quantity);
    expect(events.map((event) => event.type)).toEqual(['trade', 'order', 'order', 'status']);
    const { trades } = (await transport.invoke('history', { book: 'paper' })) as History;
    expect(trades.at(-1)?.order_id).toBe(order.id);
    unlisten();
  });

  it('refuses live orders with a code and words', async () => {
    const request = { ...buy, book: 'live' };
    await expect(open().invoke('order_place', { request })).rejects.toMatchObject({ code: 'key_missing' });
  });

  it('refuses orders while the kill switch is pulled, and cancels what rests', async () => {
    const transport = open();
    await transport.invoke('kill', {});
    const { orders } = (await transport.invoke('orders', {})) as Orders;
    expect(orders.some((order) => order.state === 'open')).toBe(false);
    await expect(transport.invoke('order_place', { request: buy })).rejects.toMatchObject({ code: 'killed' });
    await transport.invoke('unkill', {});
    expect(((await transport.invoke('order_place', { request: buy })) as OrderView).state).toBe('filled');
  });

  it('says since when it is offline', async () => {
    const status = (await open('&offline').invoke('status', {})) as Status;
    expect(status.offline_since).not.toBeNull();
    expect(status.sources.every((source) => source.status === 'failing')).toBe(true);
  });

  it('imports all or nothing, and twice without harm', async () => {
    const transport = open();
    const header = 'time,coin,side,quantity,price,fee,algorithm,venue,external_id';
    const good = '2026-01-02T03:04:05Z,BTC,buy,0.5,100000,50,,x,1';
    const send = (text: string) => transport.invoke('import_trades', { name: 'a.csv', content: btoa(text) }) as Promise<TradeImport>;
    expect(await send(`${header}\n${good}\nnonsense`)).toMatchObject({ read: 2, imported: 0, rejected: [{ line: 3 }] });
    expect(await send(`${header}\n${good}`)).toMatchObject({ imported: 1, duplicates: 0 });
    expect(await send(`${header}\n${good}`)).toMatchObject({ imported: 0, duplicates: 1 });
    const live = (await transport.invoke('pnl', { request: { book: 'live', by: 'coin' } })) as Pnl;
    expect(live.groups.map((group) => group.key)).toEqual(['BTC']);
  });

  it('names a command it does not know', async () => {
    await expect(open().invoke('nonsense', {})).rejects.toMatchObject({ code: 'unknown_command' });
  });
});
