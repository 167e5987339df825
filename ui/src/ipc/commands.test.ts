import { expect, it } from 'vitest';
import type { MandateRequest } from './bindings/MandateRequest';
import * as commands from './commands';
import { asErrorView, useTransport } from './transport';

it('every command goes out by its name with the arguments the shell takes', async () => {
  const asked: [string, Record<string, unknown>][] = [];
  useTransport({
    mock: true,
    invoke: (command, args) => {
      asked.push([command, args]);
      return Promise.resolve(null);
    },
    listen: () => Promise.resolve(() => {}),
  });
  const made = { name: 'x', strategy: 's', coins: ['BTC'], interval: '1h', capital_pct: '10', params: {} };
  const tried = { strategy: 's', coins: ['BTC'], interval: '1h', params: {}, deposits: [] };
  const examined = { run: tried, grid: ['fast=2..5'], rolling: false };
  const swept = { strategy: 's', axes: ['a=1,2'], params: {}, coins: ['BTC'], intervals: ['1h'], look: {} };
  const mandate = { holder: 'manual', book: 'live', approval: 'always', coins: [] } as const satisfies MandateRequest;
  const order = { coin: 'BTC', side: 'buy', book: 'paper', aud: '1' } as const;
  await Promise.all([
    commands.status(), commands.prices(), commands.candles('BTC', '1h', { from: 'a' }), commands.collect(), commands.sources(),
    commands.collect(['a']), commands.sourceRuns('a', 5), commands.sourcePause('a', true), commands.sourceAccept('a'), commands.ledger({ ledger: 'human', kind: 'news' }), commands.quality(24), commands.gaps(9),
    commands.glass(7),
    commands.alerts(), commands.alertSeen('x'), commands.alertsSet({ notify: 'off' }), commands.webhook(), commands.webhookTest(),
    commands.syncStatus(), commands.syncNow(), commands.syncInit(null), commands.syncInit('x'), commands.syncVerify(),
    commands.orderPreview(order), commands.orderPlace(order), commands.orders(), commands.amendPreview({ order: 'x', limit: '9' }), commands.amend({ order: 'x', limit: '9' }), commands.orderCancel('x'), commands.orderCancelAll(),
    commands.reconcile(), commands.resolve('x', false, null, 'w'), commands.accountView(),
    commands.limits(), commands.limitsSet('paper', { max_order_aud: '1' }), commands.riskSet({ do: 'volatile', mode: 'on' }), commands.kill(), commands.unkill(), commands.paperReset('5'),
    commands.positions('live'), commands.pnl({ by: 'coin' }), commands.equity({ by: 'week' }), commands.history('paper'), commands.trades({ search: 'a' }), commands.tradeStory('x'), commands.tradeTag('x', 'a'), commands.importTrades('f.csv', 'eA=='), commands.actions(), commands.movements(), commands.booksSay({ do: 'pair', out: 'a', into: 'b' }), commands.importHistory(), commands.importHistoryProgress(), commands.importHistoryCancel(), commands.importHistory('2024-01-01'),
    commands.sourceSet('a', { b: 'c' }), commands.sourceDetail('a'), commands.secrets(), commands.secretSet('a', 'b'), commands.secretRemove('a'),
    commands.taxFile({ fy: 2025, preview: true }), commands.taxSettings(), commands.taxChange({ do: 'law', confirmed: true }), commands.parcels({ book: 'live' }), commands.whatIf({ coin: 'BTC', quantity: '1' }),
    commands.saveCsv('n.csv', ['a'], [['1']]), commands.tax({ fy: 2025 }), commands.report('cgt', 'html', { book: 'live' }, 2025), commands.reportPreview('cgt', { book: 'live' }, 2025), commands.reportProgress(), commands.reportCancel(), commands.reportVerify('f'), commands.exportTrades('koinly'), commands.journal({ kind: 'order_denied' }), commands.verify(), commands.doctor(), commands.backup(),
    commands.sparks(['BTC']), commands.sparks([], 6), commands.storage(), commands.storageSet({ ticks_days: '3' }),
    commands.readiness(), commands.secretSet('a', 'b', true), commands.keyCheck(), commands.keyDeclare(), commands.lease(), commands.leaseSet(true), commands.execution('live'),
    commands.strategies(), commands.algorithms(), commands.algorithm('x'), commands.algorithmSet(made, true), commands.algorithmPromote('x'), commands.algorithmPromote('x', 'W'),
    commands.algorithmPause('x', true), commands.algorithmResume('x'), commands.algorithmStop('x', false),
    commands.backtest(tried), commands.backtestProgress(), commands.backtestCancel(), commands.keptRuns(), commands.keptRun('x'), commands.features({ coin: 'BTC', interval: '1h' }), commands.evaluate(examined), commands.evaluateProgress(), commands.evaluateCancel(),
    commands.sweep(swept), commands.sweepProgress(), commands.sweepCancel(), commands.sweepMerge(['f'], {}), commands.trials('BTC', '1h', null, null),
    commands.train({ model: 'ridge', coin: 'BTC', interval: '1h' }), commands.trainProgress(), commands.trainCancel(), commands.models(), commands.model('x'), commands.modelExplain('x', 'y'), commands.modelRemove('x'),
    commands.labStart({ goal: 'g' }), commands.labList(), commands.labShow('s'), commands.labAnswer('q', 'yes'), commands.labCancel('s'), commands.labRewind('s', 'modelling', {}), commands.labReport('s'),
    commands.approvals(), commands.approvalsSet({ ask_s: '9' }), commands.scorecard(5), commands.approve('x', 'h'), commands.reject('x', 'w'), commands.answer('x', 'w'),
    commands.mandates(), commands.mandateSet(mandate), commands.mandateRevoke('manual', 'live'),
    commands.twaps(), commands.twapStart({ coin: 'BTC', side: 'buy', book: 'paper', aud: '9', over: '1h', slices: 3 }), commands.twapStop('x'),
  ]);
  expect(asked).toEqual([
    ['status', {}], ['prices', {}], ['candles', { coin: 'BTC', interval: '1h', from: 'a' }], ['collect', {}], ['sources', {}],
    ['collect', { sources: ['a'] }], ['source_runs', { source: 'a', limit: 5 }], ['source_pause', { source: 'a', paused: true }], ['source_accept', { source: 'a' }], ['ledger', { request: { ledger: 'human', kind: 'news' } }], ['quality', { hours: 24 }], ['gaps', { limit: 9 }],
    ['glass', { days: 7 }],
    ['alerts', {}], ['alert_seen', { id: 'x' }], ['alerts_set', { changes: { notify: 'off' } }], ['webhook', {}], ['webhook_test', {}],
    ['sync_status', {}], ['sync_now', {}], ['sync_init', {}], ['sync_init', { code: 'x' }], ['sync_verify', {}],
    ['order_preview', { request: order }], ['order_place', { request: order }], ['orders', {}], ['amend_preview', { request: { order: 'x', limit: '9' } }], ['amend', { request: { order: 'x', limit: '9' } }], ['order_cancel', { id: 'x' }], ['order_cancel_all', {}],
    ['reconcile', {}], ['resolve', { id: 'x', placed: false, venueOrder: null, why: 'w' }], ['account_view', {}],
    ['limits', {}], ['limits_set', { book: 'paper', changes: { max_order_aud: '1' }, loosen: false }], ['risk_set', { request: { do: 'volatile', mode: 'on' } }], ['kill', { request: { all: false } }], ['unkill', {}], ['paper_reset', { cash: '5' }],
    ['positions', { book: 'live' }], ['pnl', { request: { by: 'coin' } }], ['equity', { request: { by: 'week' } }], ['history', { book: 'paper' }], ['trades', { request: { search: 'a' } }], ['trade_story', { id: 'x' }], ['trade_tag', { id: 'x', tag: 'a' }], ['import_trades', { name: 'f.csv', content: 'eA==' }], ['actions', {}], ['movements', {}], ['books_say', { request: { do: 'pair', out: 'a', into: 'b' } }], ['import_history', {}], ['import_history_progress', {}], ['import_history_cancel', {}], ['import_history', { from: '2024-01-01' }],
    ['source_set', { source: 'a', changes: { b: 'c' } }], ['source_detail', { source: 'a' }], ['secrets', {}], ['secret_set', { name: 'a', value: 'b' }], ['secret_remove', { name: 'a' }],
    ['tax_file', { request: { fy: 2025, preview: true } }], ['tax_settings', {}], ['tax_change', { change: { do: 'law', confirmed: true } }], ['parcels', { request: { book: 'live' } }], ['what_if', { request: { coin: 'BTC', quantity: '1' } }],
    ['save_csv', { name: 'n.csv', header: ['a'], rows: [['1']] }], ['tax', { request: { fy: 2025 } }], ['report', { kind: 'cgt', format: 'html', fy: 2025, request: { book: 'live' } }], ['report_preview', { kind: 'cgt', fy: 2025, request: { book: 'live' } }], ['report_progress', {}], ['report_cancel', {}], ['report_verify', { file: 'f' }], ['export_trades', { layout: 'koinly' }], ['journal', { request: { kind: 'order_denied' } }], ['verify', {}], ['doctor', {}], ['backup', {}],
    ['sparks', { coins: ['BTC'] }], ['sparks', { coins: [], hours: 6 }], ['storage', {}], ['storage_set', { changes: { ticks_days: '3' } }],
    ['readiness', {}], ['secret_set', { name: 'a', value: 'b', declared: true }], ['key_check', {}], ['key_declare', {}], ['lease', {}], ['lease_set', { held: true }], ['execution', { book: 'live' }],
    ['strategies', {}], ['algorithms', {}], ['algorithm', { name: 'x' }], ['algorithm_set', { request: made, fresh: true }], ['algorithm_promote', { name: 'x' }], ['algorithm_promote', { name: 'x', word: 'W' }],
    ['algorithm_pause', { name: 'x', cancel: true }], ['algorithm_resume', { name: 'x' }], ['algorithm_stop', { name: 'x', close: false }],
    ['backtest', { request: tried }], ['backtest_progress', {}], ['backtest_cancel', {}], ['kept_runs', {}], ['kept_run', { id: 'x' }], ['features', { request: { coin: 'BTC', interval: '1h' } }], ['evaluate', { request: examined }], ['evaluate_progress', {}], ['evaluate_cancel', {}],
    ['sweep', { request: swept }], ['sweep_progress', {}], ['sweep_cancel', {}], ['sweep_merge', { files: ['f'], look: {} }], ['trials', { coin: 'BTC', interval: '1h', from: null, to: null }],
    ['train', { request: { model: 'ridge', coin: 'BTC', interval: '1h' } }], ['train_progress', {}], ['train_cancel', {}], ['models', {}], ['model', { id: 'x' }], ['model_explain', { id: 'x', at: 'y' }], ['model_remove', { id: 'x' }],
    ['lab_start', { request: { goal: 'g' } }], ['lab_list', {}], ['lab_show', { id: 's' }], ['lab_answer', { question: 'q', words: 'yes' }], ['lab_cancel', { id: 's' }], ['lab_rewind', { id: 's', stage: 'modelling', set: {} }], ['lab_report', { id: 's' }],
    ['approvals', {}], ['approvals_set', { changes: { ask_s: '9' } }], ['scorecard', { limit: 5 }], ['approve', { id: 'x', hash: 'h', edit: {} }], ['reject', { id: 'x', why: 'w' }], ['answer', { id: 'x', words: 'w' }],
    ['mandates', {}], ['mandate_set', { mandate }], ['mandate_revoke', { holder: 'manual', book: 'live' }],
    ['twaps', {}], ['twap_start', { request: { coin: 'BTC', side: 'buy', book: 'paper', aud: '9', over: '1h', slices: 3 } }], ['twap_stop', { id: 'x' }],
  ]);
});

it('whatever is thrown becomes a code and words', () => {
  expect(asErrorView({ code: 'a', message: 'b', more: 1 })).toEqual({ code: 'a', message: 'b' });
  expect(asErrorView(new Error('boom'))).toEqual({ code: 'window_failed', message: 'boom' });
  expect(asErrorView('text')).toEqual({ code: 'window_failed', message: 'text' });
});
