// What waits in the simulated books: asked for by `?mock&unsettled`.

import type { ActionItem } from '../bindings/ActionItem';
import type { Actions } from '../bindings/Actions';
import type { BooksDone } from '../bindings/BooksDone';
import type { BooksRequest } from '../bindings/BooksRequest';
import type { MovementView } from '../bindings/MovementView';

const DAY_S = 86_400;

export class MockActions {
  private list: ActionItem[];

  constructor(unsettled: boolean, clock: () => number) {
    const iso = (days: number) => new Date(clock() - days * DAY_S * 1000).toISOString();
    const sent: MovementView = {
      id: '1'.repeat(32), time: iso(41), kind: 'coins', direction: 'out', coin: 'BTC', quantity: '0.25', to_coin: null, to_quantity: null, from: null, to: null,
      why: 'unknown', value: '31000', fee: null, network_fee: '0.0005', venue: 'coinspot', party: 'bc1qexample', external_id: '9f3c', note: null,
      judged_at: null, paired_with: null, unresolved: true,
    };
    const staked: MovementView = { ...sent, id: '2'.repeat(32), time: iso(12), direction: 'in', coin: 'ETH', quantity: '0.8', why: 'staking', value: null, network_fee: null, external_id: null };
    const item = (kind: string, days: number | null, words: string, coin: string | null, command: string, fix: ActionItem['fix']): ActionItem => ({
      id: `${kind}:${words.length}`, kind, words, coin, since: days === null ? null : iso(days), age_s: days === null ? null : days * DAY_S, command, fix,
    });
    const made: ActionItem[] = [
      item('unknown_basis', null, '0.4 SOL were sold without a known purchase: they are in no figure until it is known', 'SOL', 'omc movement add --kind opening --coin SOL --quantity 0.4 --value AUD --time DATE', { fix: 'opening', coin: 'SOL', quantity: '0.4' }),
      item('unresolved_movement', 41, '0.25 BTC went out at coinspot, and nobody has said why: no disposal and no income is assumed', 'BTC', `omc movement pair ${sent.id} ${'3'.repeat(32)}`, { fix: 'judge', movement: sent, pair: '3'.repeat(32) }),
      item('duplicate', 30, 'a buy of 100 XLM was told twice: is it one trade?', 'XLM', 'omc settle … --as same|corrected|both', {
        fix: 'settle', known: '4'.repeat(32), told: '5'.repeat(32), known_words: 'buy 100 XLM at 0.495 AUD, fee 0.1; imported', told_words: 'buy 100 XLM at 0.495 AUD, fee 0.6; imported',
      }),
      item('missing_price', 12, '0.8 ETH came in at coinspot, and what it was worth then is not known', 'ETH', `omc movement ${staked.id} --as staking --value AUD`, { fix: 'judge', movement: staked, pair: null }),
    ];
    this.list = unsettled ? made : [];
  }

  view(): Actions {
    return { actions: this.list, summary: [] };
  }

  /** Whatever is said settles what it is about. */
  say(request: BooksRequest): BooksDone {
    const about = (fix: ActionItem['fix']): boolean =>
      (request.do === 'judge' && fix.fix === 'judge' && fix.movement.id === request.id) ||
      (request.do === 'pair' && fix.fix === 'judge' && [request.out, request.into].includes(fix.movement.id)) ||
      (request.do === 'settle' && fix.fix === 'settle' && fix.known === request.known) ||
      (request.do === 'add' && fix.fix === 'opening' && fix.coin === request.movement.coin);
    this.list = this.list.filter((item) => !about(item.fix));
    return { done: 'noted' };
  }
}
