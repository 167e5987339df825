// The transport of a browser without Tauri: the simulated world answers, with the same names, shapes and errors.

import type { BacktestRequest } from '../bindings/BacktestRequest';
import type { EquityRequest } from '../bindings/EquityRequest';
import type { EvaluateRequest } from '../bindings/EvaluateRequest';
import type { FeaturesRequest } from '../bindings/FeaturesRequest';
import type { SweepRequest } from '../bindings/SweepRequest';
import type { BooksRequest } from '../bindings/BooksRequest';
import type { Event } from '../bindings/Event';
import type { FileReport } from '../bindings/FileReport';
import type { LabRequest } from '../bindings/LabRequest';
import type { LedgerRequest } from '../bindings/LedgerRequest';
import type { JournalRequest } from '../bindings/JournalRequest';
import type { MandateRequest } from '../bindings/MandateRequest';
import type { AmendRequest } from '../bindings/AmendRequest';
import type { OrderRequest } from '../bindings/OrderRequest';
import type { SyncView } from '../bindings/SyncView';
import type { PnlRequest } from '../bindings/PnlRequest';
import type { FileRequest } from '../bindings/FileRequest';
import type { TaxChange } from '../bindings/TaxChange';
import type { TaxRequest } from '../bindings/TaxRequest';
import type { WhatIfRequest } from '../bindings/WhatIfRequest';
import type { TradeImport } from '../bindings/TradeImport';
import type { TradesRequest } from '../bindings/TradesRequest';
import type { RiskRequest } from '../bindings/RiskRequest';
import type { Transport } from '../transport';
import type { AlgorithmRequest } from '../bindings/AlgorithmRequest';
import type { TrainRequest } from '../bindings/TrainRequest';
import type { TwapRequest } from '../bindings/TwapRequest';
import { Algorithms, STRATEGIES } from './algorithms';
import { fold, pnlOf, positionsOf, taxOf } from './books';
import { equityOf } from './equity';
import { TaxWords, parcelsOf, whatIfOf } from './tax';
import { glassOf, sparkOf } from './glass';
import { Reading } from './reading';
import { TradeBook } from './history';
import { journalOf } from './journal';
import { LabOfWorld } from './lab';
import { candlesOf, priceRow } from './market';
import { gapsOf, qualityOf } from './quality';
import { accountOf, keyOf, readinessOf, reconciled, resolved } from './live';
import { limitsView } from './risk';
import { scenarioOf } from './scenario';
import { previewOf, verifiedOf } from './reports';
import { Research } from './research';
import { scorecard } from './scorecard';
import { Training } from './train';
import { SettingsOfWorld } from './settings';
import { MockError, World } from './world';

const TICK_MS = 1000;
const HEADER = 'time,coin,side,quantity,price,fee,algorithm,venue,external_id';

type Args = Record<string, unknown>;
type Answers = Record<string, (args: Args) => unknown>;

export function mockTransport(search: string, clock: () => number = Date.now): Transport & { world: World } {
  const scenario = scenarioOf(search);
  const world = new World(scenario, clock);
  const answers = answersOf(world, new SettingsOfWorld(scenario, world.ledgers, clock));
  const handlers = new Set<(event: Event) => void>();
  world.emit = (event) => handlers.forEach((handler) => handler(structuredClone(event)));
  world.alerts.emit = (event) => world.emit(event);
  let timer: ReturnType<typeof setInterval> | null = null;
  return {
    mock: true,
    world,
    async invoke(command, args) {
      await new Promise((resolve) => setTimeout(resolve, scenario.delayMs));
      if (scenario.broken) throw { code: 'store_damaged', message: 'the workspace cannot be read: run "omc doctor", then restore the newest backup' };
      const answer = answers[command];
      if (!answer) throw { code: 'unknown_command', message: `the workstation knows no command ${command}` };
      try {
        return structuredClone(await answer(args));
      } catch (error) {
        if (error instanceof MockError) throw { code: error.code, message: error.message };
        throw error;
      }
    },
    listen(handler) {
      handlers.add(handler);
      if (!scenario.still) timer ??= setInterval(() => world.tick(), TICK_MS);
      return Promise.resolve(() => {
        handlers.delete(handler);
        if (handlers.size === 0 && timer) {
          clearInterval(timer);
          timer = null;
        }
      });
    },
  };
}

function syncOf(world: World): SyncView {
  const brief = world.status().sync;
  const joined = brief.state !== 'off';
  const device = (id: string, own: boolean, here: number, waiting: number) => ({ device: id.repeat(4), own, here, there: joined ? here - (own ? brief.behind : 0) : null, waiting, last_fact: world.iso(world.clock() - (own ? 40_000 : 7_200_000)) });
  const devices = [device('3f9a12c4', true, 1834, 0), ...(joined ? [device('b81e7702', false, 412, 2)] : [])];
  return { brief, url_set: true, joined, trader: joined ? '5d1c'.repeat(8) : null, journal: '9e41c07a'.repeat(8), devices, pulled: 3, pushed: 12 };
}

function answersOf(world: World, settings: SettingsOfWorld): Answers {
  const book = (args: Args) => (args.book === 'live' ? 'live' : 'paper');
  const algorithms = new Algorithms(world.scenario.empty, () => world.clock(), () => world.orders, (code, message) => new MockError(code, message));
  const research = new Research((coin) => world.market.get(coin), () => world.clock(), (code, message) => new MockError(code, message));
  const training = new Training(() => world.clock(), (coin) => world.market.get(coin)?.priced === true, (code, message) => new MockError(code, message));
  const taxWords = new TaxWords();
  const trades = new TradeBook();
  const reading = new Reading();
  const lab = new LabOfWorld(world.scenario.empty, () => world.clock());
  const moved = (session: { session_id: string; state: string }) => {
    world.emit({ type: 'session', session: session.session_id, state: session.state, asks: session.state === 'waiting' });
    return session;
  };
  const folded = (which: 'paper' | 'live') => (which === 'paper' ? world.books() : fold(world.trades.live));
  return {
    status: () => world.status(),
    prices: () => ({ prices: [...world.market.values()].map((quote) => priceRow(quote, world.clock())) }),
    candles: ({ coin, interval, from }) => {
      const quote = world.quote(String(coin));
      const { candles, gaps } = quote.priced ? candlesOf(quote, String(interval), world.clock()) : { candles: [], gaps: [] };
      const after = typeof from === 'string' ? Date.parse(from) : Number.NEGATIVE_INFINITY;
      return { candles: candles.filter((row) => Date.parse(row.time) >= after), gaps: gaps.filter((gap) => Date.parse(gap.to) > after) };
    },
    sparks: ({ coins, hours }) => {
      const books = [...world.market.values()].filter((quote) => quote.kind === 'book').map((quote) => quote.coin);
      const asked = (coins as string[]).length > 0 ? (coins as string[]) : books.sort();
      return { sparks: asked.map((coin) => sparkOf(world.market.get(coin), coin, Number(hours ?? 24), world.clock())) };
    },
    order_preview: ({ request }) => world.preview(request as OrderRequest),
    order_place: ({ request }) => world.place(request as OrderRequest),
    orders: () => ({ orders: world.orders }),
    amend_preview: ({ request }) => world.amendPreview(request as AmendRequest),
    amend: ({ request }) => world.amend(request as AmendRequest),
    order_cancel: ({ id }) => world.cancel(String(id)),
    reconcile: () => reconciled(world),
    resolve: ({ id, placed, venueOrder, why }) => resolved(world, String(id), placed === true, typeof venueOrder === 'string' ? venueOrder : null, String(why)),
    order_cancel_all: () => {
      for (const order of world.orders) if (order.state === 'open' || order.state === 'partially_filled') world.cancel(order.id);
      return { orders: world.orders };
    },
    account_view: () => accountOf(world),
    positions: (args) => ({ positions: positionsOf(folded(book(args)), world.bidOf) }),
    pnl: ({ request }) => {
      const asked = request as PnlRequest;
      const which = asked.book === 'paper' ? 'paper' : 'live';
      const held = folded(which);
      return pnlOf(world.trades[which], held, positionsOf(held, world.bidOf), asked, (trade) => trades.labels(trade));
    },
    equity: ({ request }) => {
      const asked = request as EquityRequest;
      const which = asked.book === 'paper' ? 'paper' : 'live';
      return equityOf({ trades: world.trades[which], start: which === 'paper' ? world.start : null, now: world.clock(), bidOf: world.bidOf, request: asked });
    },
    history: (args) => ({ trades: world.trades[book(args)] }),
    trades: ({ request }) => trades.page(world.trades[(request as TradesRequest).book === 'paper' ? 'paper' : 'live'], request as TradesRequest),
    trade_story: ({ id }) => {
      const trade = [...world.trades.paper, ...world.trades.live].find((one) => one.id === id);
      if (!trade) throw new MockError('unknown_trade', 'there is no such trade');
      return trades.story(trade, trade.order_id ? journalOf(world.orders, { order: trade.order_id }, world.clock()).entries : []);
    },
    trade_tag: ({ id, tag }) => trades.tag(String(id), String(tag)),
    import_trades: ({ name, content }) => imported(world, String(name), String(content)),
    actions: () => world.actions.view(),
    movements: () => ({ movements: [] }),
    books_say: ({ request }) => world.actions.say(request as BooksRequest),
    import_history: (args) => reading.read(world, args.from as string | undefined),
    import_history_progress: () => reading.progress,
    import_history_cancel: () => reading.stop(),
    sources: () => settings.sources(),
    source_detail: ({ source }) => settings.detail(known(world, source)),
    source_set: ({ source, changes }) => settings.set(known(world, source), changes as Record<string, string>),
    secrets: () => settings.secrets(),
    secret_set: ({ name, value }) => settings.keep(String(name), String(value)),
    secret_remove: ({ name }) => settings.forget(String(name)),
    collect: ({ sources }) => ({ runs: world.ledgers.collect(sources as string[] | undefined) }),
    source_runs: ({ source, limit }) => ({ runs: world.ledgers.runs(known(world, source), Number(limit ?? 50)) }),
    source_pause: ({ source, paused }) => {
      world.ledgers.pause(known(world, source), paused === true);
      return null;
    },
    source_accept: ({ source }) => {
      world.ledgers.accept(known(world, source));
      return null;
    },
    ledger: ({ request }) => world.ledgers.ledger(request as LedgerRequest),
    glass: ({ days }) => glassOf(Number(days ?? 90), world.clock(), world.scenario.empty),
    quality: ({ hours }) => qualityOf(world.sources(), world.scenario, world.clock(), Number(hours ?? 24)),
    gaps: ({ limit }) => gapsOf(world.scenario, world.clock(), Number(limit ?? 1000)),
    alerts: ({ limit }) => world.alerts.view(limit === undefined ? undefined : Number(limit)),
    alert_seen: ({ id }) => {
      if (!world.alerts.see(id === null ? null : String(id))) throw new MockError('unknown_alert', `'${String(id)}' is no alert`);
      return world.alerts.view();
    },
    webhook: () => world.alerts.webhook(),
    webhook_test: () => world.alerts.webhookTest(),
    sync_status: () => syncOf(world),
    sync_now: () => syncOf(world),
    sync_init: () => ({ did: 'joined', migrations: 0, sync: syncOf(world) }),
    sync_verify: () => ({ ok: true, devices: [], problems: [] }),
    alerts_set: ({ changes }) => {
      const wrong = world.alerts.set(changes as Record<string, string>);
      if (wrong !== null) throw new MockError('bad_setting', wrong);
      return world.alerts.view();
    },
    twaps: () => world.twaps.view(),
    twap_start: ({ request }) => world.twaps.start(request as TwapRequest),
    twap_stop: ({ id }) => world.twaps.stop(String(id)),
    execution: (args) => ({ book: book(args), tolerance_bps: '10', groups: [], orders: [] }),
    approvals: () => world.approvals.view(),
    approvals_set: ({ changes }) => world.approvals.set(changes as Record<string, string>),
    scorecard: () => scorecard(world),
    approve: ({ id, hash, edit }) => world.approvals.approve(String(id), String(hash), edit as Record<string, string>),
    reject: ({ id, why }) => world.approvals.reject(String(id), String(why)),
    answer: ({ id, words }) => world.approvals.answer(String(id), String(words)),
    mandates: () => world.approvals.mandates(),
    mandate_set: ({ mandate }) => world.approvals.mandateSet(mandate as MandateRequest),
    mandate_revoke: ({ holder, book: of }) => world.approvals.mandateRevoke(String(holder), String(of)),
    limits: () => limitsView(world),
    limits_set: (args) => {
      const changes = args.changes as Record<string, string>;
      const looser = Object.entries(changes).some(([key, value]) => Number(value) > Number(world.limits[book(args)][key] ?? '0'));
      if (book(args) === 'live' && looser && args.loosen !== true) throw new MockError('confirm_loosening', `this lets more through with real money: ${Object.keys(changes).join(', ')}; confirm it`);
      world.limits[book(args)] = { ...world.limits[book(args)], ...changes };
      return limitsView(world);
    },
    risk_set: ({ request }) => {
      world.risk.say(request as RiskRequest);
      return limitsView(world);
    },
    kill: () => world.kill(),
    unkill: () => world.unkill(),
    paper_reset: ({ cash }) => world.reset(String(cash)),
    save_csv: ({ name, rows }) => file(world, `exports/${String(name)}`, (rows as unknown[]).length),
    tax: ({ request }) => taxWords.told(taxOf(folded('live'), request as TaxRequest), world.iso(world.clock())),
    tax_file: ({ request }) => taxWords.file(request as FileRequest, taxOf(folded('live'), request as TaxRequest)),
    tax_settings: () => taxWords.settings(),
    tax_change: ({ change }) => taxWords.change(change as TaxChange),
    parcels: ({ request }) => parcelsOf(book(request as Args), positionsOf(folded(book(request as Args)), world.bidOf), world.clock()),
    what_if: ({ request }) => {
      const asked = request as WhatIfRequest;
      const open = parcelsOf(book(request as Args), positionsOf(folded(book(request as Args)), world.bidOf), world.clock());
      const view = whatIfOf(asked, open, world.bidOf(asked.coin).bid, taxWords.rate);
      if (view === null) throw new MockError('no_price', `there is no price for ${asked.coin}: give one with --at`);
      return view;
    },
    report: ({ kind, format, request }) => file(world, `exports/${String(kind)}.${String(format)}`, world.trades[book(request as Args)].length),
    report_preview: ({ kind, fy, request }) => previewOf(world, String(kind), Number(fy), request as PnlRequest, (asked) => taxOf(folded('live'), asked)),
    report_progress: () => ({ running: false, done: 0, all: 0 }),
    report_cancel: () => ({ running: false, done: 0, all: 0 }),
    report_verify: ({ file: path }) => verifiedOf(String(path), world.clock()),
    export_parquet: () => ({ folder: `${world.status().home}/exports/analysis.parquet`, files: 3, bytes: 48_120, rows: { candles: 4_320, observations: 212, trades: world.trades.live.length }, generated_at: world.iso(world.clock()), sha256: '7c1d'.repeat(16), notes: [] }),
    export_parquet_progress: () => ({ running: false, done: 0, all: 0 }),
    export_parquet_cancel: () => ({ running: false, done: 0, all: 0 }),
    export_trades: ({ layout }) => file(world, `exports/${String(layout)}.csv`, world.trades.live.length),
    journal: ({ request }) => journalOf(world.orders, request as JournalRequest, world.clock()),
    strategies: () => STRATEGIES,
    backtest: ({ request }) => research.backtest(request as BacktestRequest),
    backtest_report: ({ request, format }) => file(world, `exports/backtest-${(request as BacktestRequest).strategy}.${String(format)}`, 0),
    backtest_progress: () => ({ running: false, done: 0, all: 0 }),
    backtest_cancel: () => ({ running: false, done: 0, all: 0 }),
    kept_runs: () => research.kept(),
    kept_run: ({ id }) => research.keptRun(String(id)),
    features: ({ request }) => research.features(request as FeaturesRequest),
    evaluate: ({ request }) => research.evaluate(request as EvaluateRequest),
    evaluate_report: ({ request, format }) => file(world, `exports/evaluate-${(request as EvaluateRequest).run.strategy}.${String(format)}`, 0),
    evaluate_progress: () => ({ running: false, done: 0, all: 0 }),
    evaluate_cancel: () => ({ running: false, done: 0, all: 0 }),
    sweep: ({ request }) => research.sweep(request as SweepRequest),
    sweep_progress: () => ({ running: false, done: 0, all: 0, left_s: null }),
    sweep_cancel: () => ({ running: false, done: 0, all: 0, left_s: null }),
    sweep_merge: () => {
      throw new MockError('no_files', 'the simulated window has no files to merge');
    },
    trials: ({ coin, interval }) => ({ coin: String(coin), interval: String(interval), trials: 0, made: [] }),
    train: ({ request }) => training.train(request as TrainRequest),
    train_progress: () => ({ running: false, done: 0, all: 0, left_s: null }),
    train_cancel: () => ({ running: false, done: 0, all: 0, left_s: null }),
    models: () => training.models(),
    model: ({ id }) => training.model(String(id)),
    model_explain: ({ id, at }) => training.explain(String(id), String(at)),
    model_remove: ({ id }) => training.remove(String(id)),
    lab_start: ({ request }) => moved(lab.start((request as LabRequest).goal ?? '')),
    lab_list: () => lab.list(),
    lab_show: ({ id }) => lab.show(String(id)),
    lab_answer: ({ question, words }) => moved(lab.answer(String(question), String(words))),
    lab_cancel: ({ id }) => moved(lab.cancel(String(id))),
    lab_rewind: ({ id }) => moved(lab.rewind(String(id))),
    lab_report: ({ id }) => lab.report(String(id)),
    algorithms: () => algorithms.view(),
    algorithm: ({ name }) => algorithms.detail(String(name)),
    algorithm_set: ({ request, fresh }) => algorithms.set(request as AlgorithmRequest, fresh === true),
    algorithm_promote: ({ name, word }) => algorithms.move(String(name), 'promote', word as string | undefined, false),
    algorithm_pause: ({ name }) => algorithms.move(String(name), 'pause', undefined, false),
    algorithm_resume: ({ name }) => algorithms.move(String(name), 'resume', undefined, false),
    algorithm_stop: ({ name, close }) => algorithms.move(String(name), 'stop', undefined, close === true),
    verify: () => ({ ok: true, devices: [{ device: 'mock', facts: 418, head: '9f2c'.repeat(16) }], journal: '9e41'.repeat(16), problems: [] }),
    readiness: () => readinessOf(world, settings.secrets()),
    key_check: () => keyOf(world),
    key_declare: () => keyOf(world),
    lease: () => ({ held: true, resting_live: 0 }),
    lease_set: ({ held }) => ({ held: Boolean(held), resting_live: 0 }),
    doctor: () => ({ ok: true, checks: checks(world) }),
    storage: () => world.storage,
    storage_set: ({ changes }) => {
      const { ticks_days, ticks_mb } = changes as Record<string, string>;
      if (ticks_days !== undefined) world.storage.ticks_days = Number(ticks_days);
      if (ticks_mb !== undefined) world.storage.ticks_mb = Number(ticks_mb);
      return world.storage;
    },
    backup: () => file(world, 'backups/2026-11-22T03-04-05Z.omc', 418),
  };
}

function known(world: World, source: unknown): string {
  const name = String(source);
  if (!world.ledgers.knows(name)) throw new MockError('unknown_source', `'${name}' is no source: check its name`);
  return name;
}

function file(world: World, name: string, rows: number): FileReport {
  return { file: `${world.status().home}/${name}`, rows, sha256: '5e88'.repeat(16) };
}

function checks(world: World) {
  return [
    { name: 'sqlite_version', status: 'ok', detail: 'SQLite 3.51.3' },
    { name: 'workspace_writable', status: 'ok', detail: world.status().home },
    { name: 'journal_chain', status: 'ok', detail: '418 facts, unbroken' },
    { name: 'network', status: world.scenario.offline ? 'warning' : 'ok', detail: world.scenario.offline ? 'CoinSpot does not answer: prices stay as they were' : 'CoinSpot answers in 84 ms' },
    { name: 'clock', status: 'ok', detail: 'within 1 s of CoinSpot' },
  ];
}

/** The native header only: enough to see counts and rejected lines. */
function imported(world: World, name: string, content: string): TradeImport {
  const lines = atob(content).split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines[0]?.trim() !== HEADER) throw new MockError('unknown_format', `${name} is neither a CoinSpot export nor "${HEADER}": nothing was imported`);
  const report: TradeImport = { read: lines.length - 1, imported: 0, duplicates: 0, rejected: [] };
  const fresh = [];
  for (const [index, line] of lines.slice(1).entries()) {
    const [time = '', coin = '', side = '', quantity = '', price = '', fee = '', , , external = ''] = line.split(',');
    const good = !Number.isNaN(Date.parse(time)) && (side === 'buy' || side === 'sell') && [quantity, price, fee].every((cell) => /^\d+(\.\d+)?$/.test(cell));
    if (!good) report.rejected.push({ line: index + 2, reason: `"${line}" is not a trade: time, side, quantity, price or fee cannot be read` });
    else if (world.trades.live.some((t) => t.external_id === external && external !== '')) report.duplicates += 1;
    else fresh.push({ id: world.id(), time, coin: coin.toUpperCase(), side: side as 'buy' | 'sell', quantity, price, fee, algorithm: null, book: 'live' as const, venue: 'import', external_id: external || null, order_id: null });
  }
  if (report.rejected.length > 0) return report;
  world.trades.live.push(...fresh);
  return { ...report, imported: fresh.length };
}
