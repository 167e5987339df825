// Reports of the simulated world: what a preview shows, never a file.

import type { PnlRequest } from '../bindings/PnlRequest';
import type { ReportPreview } from '../bindings/ReportPreview';
import type { Tax } from '../bindings/Tax';
import type { TaxRequest } from '../bindings/TaxRequest';
import type { VerifiedReport } from '../bindings/VerifiedReport';
import type { World } from './world';

const ROWS_MAX = 200;
const DEVICE = 'mock'.repeat(8);

const local = (time: string) => time.slice(0, 19).replace('T', ' ');

export function previewOf(world: World, kind: string, fy: number, request: PnlRequest, taxOf: (asked: TaxRequest) => Tax): ReportPreview {
  const paper = request.book === 'paper';
  const about: [string, string][] = [['book', request.book ?? 'live'], ['journal', `${DEVICE}:418:${'9f2c'.repeat(16)}`], ['times', 'Australia/Sydney'], ['generated at', new Date(world.clock()).toISOString()]];
  if (kind === 'cgt') {
    const tax = taxOf({ fy, method: request.method });
    const rows = tax.disposals.map((row) => [row.coin, local(row.acquired), local(row.disposed), row.quantity, row.proceeds, row.cost_base, row.gain, row.discount ? 'yes' : 'no']);
    const columns = ['coin', 'acquired', 'disposed', 'quantity', 'proceeds', 'cost base', 'gain', 'discount'];
    const numbers = [false, false, false, true, true, true, true, false];
    return {
      title: `Capital gains ${fy - 1}–${String(fy).slice(2)}`,
      watermark: null,
      about,
      notes: tax.notes,
      sheets: [
        { name: 'Disposals', columns, numbers, rows: rows.slice(0, ROWS_MAX), total: [], all: rows.length },
        { name: 'Summary', columns: ['figure', 'AUD'], numbers: [false, true], rows: [['net capital gain', tax.net_capital_gain]], total: [], all: 1 },
      ],
    };
  }
  if (kind === 'income') {
    const tax = taxOf({ fy });
    const rows = tax.income.map((row) => [local(row.time), row.coin, row.quantity, row.why, row.value ?? '', row.movement]);
    const columns = ['time', 'coin', 'quantity', 'kind', 'value', 'movement'];
    return {
      title: `Income ${fy - 1}–${String(fy).slice(2)}`,
      watermark: null,
      about,
      notes: tax.notes.filter((note) => note.startsWith('Unresolved')),
      sheets: [{ name: 'Income', columns, numbers: [false, false, true, false, true, false], rows, total: ['', '', '', '', tax.other_income, ''], all: rows.length }],
    };
  }
  const trades = world.trades[paper ? 'paper' : 'live'];
  const rows = trades.slice(0, ROWS_MAX).map((trade) => [local(trade.time), trade.coin, trade.side, trade.quantity, trade.price, trade.fee]);
  return {
    title: { trades: 'Trades', pnl: 'Profit and loss', equity: 'Equity', audit: 'Audit extract' }[kind] ?? kind,
    watermark: paper ? 'PAPER' : null,
    about,
    notes: [],
    sheets: [{ name: 'Trades', columns: ['time', 'coin', 'side', 'quantity', 'price', 'fee'], numbers: [false, false, false, true, true, true], rows, total: [], all: trades.length }],
  };
}

export function verifiedOf(file: string, now: number): VerifiedReport {
  return {
    ok: true,
    code: 'genuine',
    message: 'the journal gives the same file, byte for byte',
    file,
    sha256: '5e88'.repeat(16),
    kind: 'trades',
    format: 'pdf',
    book: 'live',
    generated_at: new Date(now).toISOString(),
    program: '0.1.0',
    rows: 3,
    devices: [{ device: DEVICE, facts: 418, head: '9f2c'.repeat(16) }],
    later_facts: 0,
    differences: [],
  };
}
