import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OrderPreview } from '../../ipc/bindings/OrderPreview';
import type { OrderRequest } from '../../ipc/bindings/OrderRequest';
import { Previews, readTicket, requestKey, standing, type Typed } from './rules';

const typed = (more: Partial<Typed> = {}): Typed => ({ coin: 'btc', side: 'buy', book: 'paper', quantity: '', aud: '', limit: '', kind: more.limit ? 'limit' : 'instant', ...more });
const book = { kind: 'book' } as const;
const instant = { kind: 'instant' } as const;
const preview = (denial: OrderPreview['denial'] = null): OrderPreview => ({ quantity: '1', price: '2', value: '2', fee: '0', total: '2', fee_pct: '1', asks: false, denial, warnings: [], headroom: [] });
const request = (aud: string): OrderRequest => ({ coin: 'BTC', side: 'buy', book: 'paper', aud });

describe('reading the ticket', () => {
  it('asks for exactly one of quantity and AUD', () => {
    expect(readTicket(typed({ aud: '1,000' }), book)).toEqual({ is: 'request', request: { coin: 'BTC', side: 'buy', book: 'paper', aud: '1000' } });
    expect(readTicket(typed({ quantity: '.5', limit: '90,000' }), book)).toEqual({
      is: 'request',
      request: { coin: 'BTC', side: 'buy', book: 'paper', quantity: '0.5', limit: '90000' },
    });
  });

  it('waits quietly while something is missing', () => {
    expect(readTicket(typed(), book)).toEqual({ is: 'incomplete' });
    expect(readTicket(typed({ coin: ' ' }), null)).toEqual({ is: 'incomplete' });
  });

  it('never turns a limit order without its limit into an instant one', () => {
    expect(readTicket(typed({ aud: '100', kind: 'limit' }), book)).toEqual({ is: 'incomplete' });
  });

  it('forgets a typed limit once the order is instant', () => {
    expect(readTicket(typed({ aud: '100', limit: '5', kind: 'instant' }), book)).toMatchObject({ request: { aud: '100' } });
  });

  it('names the field that is wrong', () => {
    expect(readTicket(typed({ quantity: '-1' }), book)).toMatchObject({ is: 'wrong', field: 'quantity' });
    expect(readTicket(typed({ aud: '1e3' }), book)).toMatchObject({ is: 'wrong', field: 'aud' });
    expect(readTicket(typed({ aud: '1', limit: '0' }), book)).toMatchObject({ is: 'wrong', field: 'limit' });
    expect(readTicket(typed({ coin: 'nope', aud: '1' }), null)).toMatchObject({ is: 'wrong', why: 'NOPE is not on the coin list' });
    expect(readTicket(typed({ coin: 'btc', aud: '1' }), null, false)).toMatchObject({ is: 'wrong', why: 'no price for BTC yet' });
  });

  it('has no limit for a coin without a book', () => {
    expect(readTicket(typed({ aud: '1', limit: '5' }), instant)).toMatchObject({ is: 'wrong', field: 'limit' });
    expect(readTicket(typed({ aud: '1' }), instant)).toMatchObject({ is: 'request' });
  });
});

describe('placing', () => {
  const reading = readTicket(typed({ aud: '100' }), book);

  it('waits for the preview of exactly this order', () => {
    expect(standing(reading, null)).toEqual({ is: 'asking' });
    expect(standing(reading, { key: requestKey(request('99')), preview: preview() })).toEqual({ is: 'asking' });
    expect(standing(reading, { key: requestKey(request('100')), preview: preview() })).toEqual({ is: 'ready', request: request('100') });
  });

  it('is refused with the code and words of the workstation', () => {
    const denial = { code: 'price_stale', message: 'the price is 90 s old' };
    expect(standing(reading, { key: requestKey(request('100')), preview: preview(denial) })).toEqual({ is: 'refused', ...denial });
  });
});

describe('previews', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are asked for once when typing rests', async () => {
    const ask = vi.fn(() => Promise.resolve(preview()));
    const answered = vi.fn();
    const previews = new Previews(ask, answered, vi.fn(), 180);
    for (const aud of ['1', '10', '100']) {
      previews.want(request(aud));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(ask).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(ask).toHaveBeenCalledExactlyOnceWith(request('100'));
    expect(answered).toHaveBeenCalledExactlyOnceWith(requestKey(request('100')), preview());
  });

  it('answer only the newest question', async () => {
    const answers: ((p: OrderPreview) => void)[] = [];
    const answered = vi.fn();
    const previews = new Previews(() => new Promise((resolve) => answers.push(resolve)), answered, vi.fn(), 0);
    previews.want(request('1'));
    await vi.advanceTimersByTimeAsync(1);
    previews.want(request('2'));
    await vi.advanceTimersByTimeAsync(1);
    answers[1]?.(preview());
    answers[0]?.(preview());
    await vi.advanceTimersByTimeAsync(1);
    expect(answered).toHaveBeenCalledExactlyOnceWith(requestKey(request('2')), preview());
  });

  it('that fail are told, unless nobody wants them any more', async () => {
    const failed = vi.fn();
    const previews = new Previews(() => Promise.reject(new Error('no')), vi.fn(), failed, 0);
    previews.want(request('1'));
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledOnce();
    previews.want(request('2'));
    previews.stop();
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledOnce();
  });
});
