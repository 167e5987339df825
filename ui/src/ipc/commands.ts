// One typed function a command. Names and arguments are those of the shell; shapes are the generated bindings.

import type { AccountView } from './bindings/AccountView';
import type { Actions } from './bindings/Actions';
import type { AlgorithmDetail } from './bindings/AlgorithmDetail';
import type { AlgorithmMove } from './bindings/AlgorithmMove';
import type { AlgorithmRequest } from './bindings/AlgorithmRequest';
import type { AlgorithmsView } from './bindings/AlgorithmsView';
import type { AmendPreview } from './bindings/AmendPreview';
import type { AmendRequest } from './bindings/AmendRequest';
import type { AlertsView } from './bindings/AlertsView';
import type { ApprovalsView } from './bindings/ApprovalsView';
import type { BacktestRequest } from './bindings/BacktestRequest';
import type { BooksDone } from './bindings/BooksDone';
import type { BooksRequest } from './bindings/BooksRequest';
import type { Candles } from './bindings/Candles';
import type { Collected } from './bindings/Collected';
import type { Doctor } from './bindings/Doctor';
import type { FeaturesRequest } from './bindings/FeaturesRequest';
import type { FeaturesView } from './bindings/FeaturesView';
import type { FileReport } from './bindings/FileReport';
import type { FileRequest } from './bindings/FileRequest';
import type { Filing } from './bindings/Filing';
import type { ModelExplanation } from './bindings/ModelExplanation';
import type { ModelView } from './bindings/ModelView';
import type { ModelsView } from './bindings/ModelsView';
import type { ReportPreview } from './bindings/ReportPreview';
import type { ReportProgress } from './bindings/ReportProgress';
import type { TrainRequest } from './bindings/TrainRequest';
import type { TrainView } from './bindings/TrainView';
import type { VerifiedReport } from './bindings/VerifiedReport';
import type { GapsView } from './bindings/GapsView';
import type { GlassView } from './bindings/GlassView';
import type { History } from './bindings/History';
import type { JournalRequest } from './bindings/JournalRequest';
import type { JournalView } from './bindings/JournalView';
import type { KillReceipt } from './bindings/KillReceipt';
import type { KillRequest } from './bindings/KillRequest';
import type { KillState } from './bindings/KillState';
import type { LabReport } from './bindings/LabReport';
import type { LabRequest } from './bindings/LabRequest';
import type { LedgerRequest } from './bindings/LedgerRequest';
import type { LedgerView } from './bindings/LedgerView';
import type { LimitsView } from './bindings/LimitsView';
import type { MandateRequest } from './bindings/MandateRequest';
import type { MandatesView } from './bindings/MandatesView';
import type { RiskRequest } from './bindings/RiskRequest';
import type { OrderPreview } from './bindings/OrderPreview';
import type { OrderRequest } from './bindings/OrderRequest';
import type { OrderView } from './bindings/OrderView';
import type { Orders } from './bindings/Orders';
import type { ParquetRequest } from './bindings/ParquetRequest';
import type { ParquetView } from './bindings/ParquetView';
import type { ParcelsRequest } from './bindings/ParcelsRequest';
import type { ParcelsView } from './bindings/ParcelsView';
import type { Pnl } from './bindings/Pnl';
import type { PnlRequest } from './bindings/PnlRequest';
import type { Positions } from './bindings/Positions';
import type { Prices } from './bindings/Prices';
import type { QualityView } from './bindings/QualityView';
import type { ReadinessView } from './bindings/ReadinessView';
import type { KeptRun } from './bindings/KeptRun';
import type { KeptRuns } from './bindings/KeptRuns';
import type { RanBacktest } from './bindings/RanBacktest';
import type { RanEvaluate } from './bindings/RanEvaluate';
import type { RunsView } from './bindings/RunsView';
import type { EquityCurve } from './bindings/EquityCurve';
import type { EquityRequest } from './bindings/EquityRequest';
import type { EvaluateRequest } from './bindings/EvaluateRequest';
import type { ExecutionView } from './bindings/ExecutionView';
import type { HistoryProgress } from './bindings/HistoryProgress';
import type { HistoryImport } from './bindings/HistoryImport';
import type { TwapRequest } from './bindings/TwapRequest';
import type { TwapsView } from './bindings/TwapsView';
import type { KeyCheck } from './bindings/KeyCheck';
import type { LeaseView } from './bindings/LeaseView';
import type { Movements } from './bindings/Movements';
import type { ScorecardView } from './bindings/ScorecardView';
import type { SecretsView } from './bindings/SecretsView';
import type { SourceDetail } from './bindings/SourceDetail';
import type { SourcesView } from './bindings/SourcesView';
import type { SparksView } from './bindings/SparksView';
import type { StrategiesView } from './bindings/StrategiesView';
import type { Status } from './bindings/Status';
import type { SyncJoined } from './bindings/SyncJoined';
import type { SyncVerified } from './bindings/SyncVerified';
import type { SyncView } from './bindings/SyncView';
import type { StorageView } from './bindings/StorageView';
import type { SessionDetail } from './bindings/SessionDetail';
import type { SessionView } from './bindings/SessionView';
import type { SessionsView } from './bindings/SessionsView';
import type { SweepLook } from './bindings/SweepLook';
import type { SweepProgress } from './bindings/SweepProgress';
import type { SweepRequest } from './bindings/SweepRequest';
import type { SweepView } from './bindings/SweepView';
import type { Tax } from './bindings/Tax';
import type { TaxChange } from './bindings/TaxChange';
import type { TaxRequest } from './bindings/TaxRequest';
import type { TagView } from './bindings/TagView';
import type { TradeStory } from './bindings/TradeStory';
import type { TradesPage } from './bindings/TradesPage';
import type { TradesRequest } from './bindings/TradesRequest';
import type { TaxSettings } from './bindings/TaxSettings';
import type { TradeImport } from './bindings/TradeImport';
import type { TrialsView } from './bindings/TrialsView';
import type { Verified } from './bindings/Verified';
import type { WebhookView } from './bindings/WebhookView';
import type { WhatIfRequest } from './bindings/WhatIfRequest';
import type { WhatIfView } from './bindings/WhatIfView';
import { transport } from './transport';

export type Book = 'paper' | 'live';
export type Side = 'buy' | 'sell';
export type Interval = '1m' | '5m' | '15m' | '1h' | '4h' | '1d';

function call<Answer>(command: string, args: Record<string, unknown> = {}): Promise<Answer> {
  return transport().invoke(command, args) as Promise<Answer>;
}

export const status = () => call<Status>('status');
export const prices = () => call<Prices>('prices');
export const candles = (coin: string, interval: Interval, window: { from?: string; to?: string } = {}) =>
  call<Candles>('candles', { coin, interval, ...window });
/** The hourly closes of these coins, or of those with an order book. */
export const sparks = (coins: readonly string[], hours?: number) => call<SparksView>('sparks', hours === undefined ? { coins } : { coins, hours });

/** Runs these sources now, or all of them. */
export const collect = (sources?: readonly string[]) => call<Collected>('collect', sources ? { sources } : {});
export const sources = () => call<SourcesView>('sources');
export const sourceRuns = (source: string, limit: number) => call<RunsView>('source_runs', { source, limit });
export const sourcePause = (source: string, paused: boolean) => call<null>('source_pause', { source, paused });
export const sourceAccept = (source: string) => call<null>('source_accept', { source });
export const sourceSet = (source: string, changes: Record<string, string>) => call<SourceDetail>('source_set', { source, changes });
export const sourceDetail = (source: string) => call<SourceDetail>('source_detail', { source });
export const secrets = () => call<SecretsView>('secrets');
/** The value goes in once; nothing brings it back. */
/** `declared`: the trader says that this key of CoinSpot cannot withdraw. */
export const secretSet = (name: string, value: string, declared = false) =>
  call<SecretsView>('secret_set', declared ? { name, value, declared } : { name, value });
export const secretRemove = (name: string) => call<SecretsView>('secret_remove', { name });
export const keyCheck = () => call<KeyCheck>('key_check');
export const keyDeclare = () => call<KeyCheck>('key_declare');
export const lease = () => call<LeaseView>('lease');
export const leaseSet = (held: boolean) => call<LeaseView>('lease_set', { held });
export const ledger = (request: LedgerRequest) => call<LedgerView>('ledger', { request });
/** Over the last so many hours. */
export const quality = (hours: number) => call<QualityView>('quality', { hours });
export const gaps = (limit: number) => call<GapsView>('gaps', { limit });
export const glass = (days: number) => call<GlassView>('glass', { days });

export const alerts = (limit?: number) => call<AlertsView>('alerts', limit === undefined ? {} : { limit });
/** Notes that a person saw an alert, or all of them. */
export const alertSeen = (id: string | null) => call<AlertsView>('alert_seen', { id });
/** How alerts are told to the trader's webhook, and what became of it. */
export const webhook = () => call<WebhookView>('webhook');
export const webhookTest = () => call<WebhookView>('webhook_test');
export const syncStatus = () => call<SyncView>('sync_status');
export const syncNow = () => call<SyncView>('sync_now');
/** Sets sync up, or joins with the code another device shows. */
export const syncInit = (code: string | null) => call<SyncJoined>('sync_init', code === null ? {} : { code });
export const syncVerify = () => call<SyncVerified>('sync_verify');
export const alertsSet = (changes: Record<string, string>) => call<AlertsView>('alerts_set', { changes });

export const orderPreview = (request: OrderRequest) => call<OrderPreview>('order_preview', { request });
export const orderPlace = (request: OrderRequest) => call<OrderView>('order_place', { request });
export const orders = () => call<Orders>('orders');
export const amendPreview = (request: AmendRequest) => call<AmendPreview>('amend_preview', { request });
export const amend = (request: AmendRequest) => call<OrderView>('amend', { request });
export const orderCancel = (id: string) => call<OrderView>('order_cancel', { id });
export const orderCancelAll = () => call<Orders>('order_cancel_all');
export const twaps = () => call<TwapsView>('twaps');
export const twapStart = (request: TwapRequest) => call<TwapsView>('twap_start', { request });
export const twapStop = (id: string) => call<TwapsView>('twap_stop', { id });
export const execution = (book: Book) => call<ExecutionView>('execution', { book });
export const reconcile = () => call<Orders>('reconcile');
/** A person's word on an order nobody knows the fate of; `venueOrder` says which thing at the exchange it is. */
export const resolve = (id: string, placed: boolean, venueOrder: string | null, why: string) =>
  call<OrderView>('resolve', { id, placed, venueOrder, why });
export const accountView = () => call<AccountView>('account_view');
/** Runs a strategy over history, and keeps what came of it; a new run ends the one before. */
export const backtest = (request: BacktestRequest) => call<RanBacktest>('backtest', { request });
/** Runs it once more and writes a report of it into the exports folder. */
export const backtestReport = (request: BacktestRequest, format: ReportFormat) => call<FileReport>('backtest_report', { request, format });
export const backtestProgress = () => call<ReportProgress>('backtest_progress');
export const backtestCancel = () => call<ReportProgress>('backtest_cancel');
/** Backtests and examinations that are kept, newest first. */
export const keptRuns = () => call<KeptRuns>('kept_runs');
/** One of them, and what changed since. */
export const keptRun = (id: string) => call<KeptRun>('kept_run', { id });
export const features = (request: FeaturesRequest) => call<FeaturesView>('features', { request });
export const evaluate = (request: EvaluateRequest) => call<RanEvaluate>('evaluate', { request });
/** Examines it once more and writes a report of it into the exports folder. */
export const evaluateReport = (request: EvaluateRequest, format: ReportFormat) => call<FileReport>('evaluate_report', { request, format });
export const evaluateProgress = () => call<ReportProgress>('evaluate_progress');
export const evaluateCancel = () => call<ReportProgress>('evaluate_cancel');
/** Runs a strategy at many settings; asked for again it goes on where it was ended. A shard is written to the exports folder. */
export const sweep = (request: SweepRequest) => call<SweepView>('sweep', { request });
export const sweepProgress = () => call<SweepProgress>('sweep_progress');
export const sweepCancel = () => call<SweepProgress>('sweep_cancel');
export const sweepMerge = (files: readonly string[], look: SweepLook) => call<SweepView>('sweep_merge', { files, look });
/** How many settings were ever tried on the same prices. */
export const trials = (coin: string, interval: string, from: string | null, to: string | null) => call<TrialsView>('trials', { coin, interval, from, to });
/** Trains a model and keeps it; a new training ends the one before, which leaves nothing. */
export const train = (request: TrainRequest) => call<TrainView>('train', { request });
export const trainProgress = () => call<SweepProgress>('train_progress');
export const trainCancel = () => call<SweepProgress>('train_cancel');
/** The models there are; `model:` and the first digits of an id name one as a strategy. */
export const models = () => call<ModelsView>('models');
export const model = (id: string) => call<ModelView>('model', { id });
/** Why a model says what it says at the newest close by a moment. */
export const modelExplain = (id: string, at: string) => call<ModelExplanation>('model_explain', { id, at });
export const modelRemove = (id: string) => call<ModelsView>('model_remove', { id });
export const labStart = (request: LabRequest) => call<SessionView>('lab_start', { request });
export const labList = () => call<SessionsView>('lab_list');
export const labShow = (id: string) => call<SessionDetail>('lab_show', { id });
export const labAnswer = (question: string, words: string) => call<SessionView>('lab_answer', { question, words });
export const labCancel = (id: string) => call<SessionView>('lab_cancel', { id });
export const labRewind = (id: string, stage: string, set: Record<string, string>) => call<SessionView>('lab_rewind', { id, stage, set });
export const labReport = (id: string) => call<LabReport>('lab_report', { id });
/** What waits for a person, each with its card. */
export const approvals = () => call<ApprovalsView>('approvals');
export const approvalsSet = (changes: Record<string, string>) => call<ApprovalsView>('approvals_set', { changes });
/** What decisions about orders would have made, newest first. */
export const scorecard = (limit?: number) => call<ScorecardView>('scorecard', limit === undefined ? {} : { limit });
/** Bound to the fingerprint of what was looked at. */
export const approve = (id: string, hash: string, edit: Record<string, string> = {}) => call<OrderView>('approve', { id, hash, edit });
export const reject = (id: string, why: string) => call<OrderView>('reject', { id, why });
export const answer = (id: string, words: string) => call<OrderView>('answer', { id, words });
export const mandates = () => call<MandatesView>('mandates');
export const mandateSet = (mandate: MandateRequest) => call<MandatesView>('mandate_set', { mandate });
export const mandateRevoke = (holder: string, book: Book) => call<MandatesView>('mandate_revoke', { holder, book });
export const limits = () => call<LimitsView>('limits');
export const limitsSet = (book: Book, changes: Record<string, string>, loosen = false) => call<LimitsView>('limits_set', { book, changes, loosen });
export const riskSet = (request: RiskRequest) => call<LimitsView>('risk_set', { request });
export const kill = (request: KillRequest = { all: false }) => call<KillReceipt>('kill', { request });
export const unkill = () => call<KillState>('unkill');
export const paperReset = (cash: string) => call<Status>('paper_reset', { cash });

export const positions = (book: Book) => call<Positions>('positions', { book });
export const equity = (request: EquityRequest) => call<EquityCurve>('equity', { request });
export const pnl = (request: PnlRequest) => call<Pnl>('pnl', { request });
export const history = (book: Book) => call<History>('history', { book });
/** A page of the trade history, searched, filtered, sorted and summed. */
export const trades = (request: TradesRequest) => call<TradesPage>('trades', { request });
/** One trade with what its order went through and the parcels it used or made. */
export const tradeStory = (id: string) => call<TradeStory>('trade_story', { id });
/** Puts a label on a trade; an empty one takes it off. */
export const tradeTag = (id: string, tag: string) => call<TagView>('trade_tag', { id, tag });
/** What only the trader can settle in the books. */
export const actions = () => call<Actions>('actions');
/** What came and went without a trade. */
export const movements = () => call<Movements>('movements');
/** Reads the account's history from the exchange; without a day it goes on where the last reading ended. */
export const importHistoryProgress = () => call<HistoryProgress>('import_history_progress');
export const importHistoryCancel = () => call<HistoryProgress>('import_history_cancel');
export const importHistory = (from?: string) => call<HistoryImport>('import_history', from === undefined ? {} : { from });
export const booksSay = (request: BooksRequest) => call<BooksDone>('books_say', { request });
export const importTrades = (name: string, content: string) => call<TradeImport>('import_trades', { name, content });

export const saveCsv = (name: string, header: string[], rows: string[][]) => call<FileReport>('save_csv', { name, header, rows });
/** The journal in words, newest first; `next` of an answer is the next page's `after`. */
export const journal = (request: JournalRequest) => call<JournalView>('journal', { request });
export const tax = (request: TaxRequest) => call<Tax>('tax', { request });
/** Files a year, or with `preview` shows what would be filed. */
export const taxFile = (request: FileRequest) => call<Filing>('tax_file', { request });
export const taxSettings = () => call<TaxSettings>('tax_settings');
export const taxChange = (change: TaxChange) => call<TaxSettings>('tax_change', { change });
export const parcels = (request: ParcelsRequest) => call<ParcelsView>('parcels', { request });
/** What a sale would come to by each method; nothing is recorded. */
export const whatIf = (request: WhatIfRequest) => call<WhatIfView>('what_if', { request });
export type ReportKind = 'trades' | 'pnl' | 'equity' | 'cgt' | 'income' | 'audit';
export type ReportFormat = 'csv' | 'json' | 'html' | 'xlsx' | 'pdf';
/** Writes a report into the exports folder; the financial year is for capital gains and income. */
export const report = (kind: ReportKind, format: ReportFormat, request: PnlRequest, fy: number | null = null) =>
  call<FileReport>('report', { kind, format, fy, request });
/** What a report would say, before it is written. */
export const reportPreview = (kind: ReportKind, request: PnlRequest, fy: number | null = null) => call<ReportPreview>('report_preview', { kind, fy, request });
export const reportProgress = () => call<ReportProgress>('report_progress');
export const reportCancel = () => call<ReportProgress>('report_cancel');
/** Proves a report in the exports folder. */
export const reportVerify = (file: string) => call<VerifiedReport>('report_verify', { file });
/** Writes tables for programs that analyse into a folder of the exports folder. */
export const exportParquet = (request: ParquetRequest) => call<ParquetView>('export_parquet', { request });
export const exportParquetProgress = () => call<ReportProgress>('export_parquet_progress');
export const exportParquetCancel = () => call<ReportProgress>('export_parquet_cancel');
export type ExportLayout = 'koinly' | 'cointracking' | 'syla';
export const exportTrades = (layout: ExportLayout) => call<FileReport>('export_trades', { layout });
export const strategies = () => call<StrategiesView>('strategies');
export const algorithms = () => call<AlgorithmsView>('algorithms');
export const algorithm = (name: string) => call<AlgorithmDetail>('algorithm', { name });
/** Describes an algorithm for the first time, or anew: then it is a draft again. */
export const algorithmSet = (request: AlgorithmRequest, fresh: boolean) => call<AlgorithmDetail>('algorithm_set', { request, fresh });
/** From draft to paper, or from paper live; the word takes an unproven one live. */
export const algorithmPromote = (name: string, word?: string) => call<AlgorithmMove>('algorithm_promote', word === undefined ? { name } : { name, word });
export const algorithmPause = (name: string, cancel: boolean) => call<AlgorithmMove>('algorithm_pause', { name, cancel });
export const algorithmResume = (name: string) => call<AlgorithmMove>('algorithm_resume', { name });
export const algorithmStop = (name: string, close: boolean) => call<AlgorithmMove>('algorithm_stop', { name, close });
export const verify = () => call<Verified>('verify');
export const doctor = () => call<Doctor>('doctor');
/** What stands between this workspace and an order with real money. */
export const readiness = () => call<ReadinessView>('readiness');
export const backup = () => call<FileReport>('backup');
export const storage = () => call<StorageView>('storage');
export const storageSet = (changes: Record<string, string>) => call<StorageView>('storage_set', { changes });
