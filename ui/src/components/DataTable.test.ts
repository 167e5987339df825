import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import DataTable from './DataTable.svelte';
import { neededWidth, type Column } from './column';
import { AUD_CHANGE } from '../lib/format';

interface Row {
  readonly id: string;
  readonly amount: string;
}

const rows: Row[] = Array.from({ length: 5000 }, (_, i) => ({ id: `r${i}`, amount: `${(i * 37) % 1000}.5` }));
const columns: Column<Row>[] = [
  { key: 'id', title: 'Id', least: 80, text: (row) => row.id, fixed: true },
  { key: 'amount', title: 'Amount', unit: 'AUD', least: 80, right: true, text: (row) => row.amount, prefer: -1, order: { amount: (row) => row.amount } },
];
const cell = createRawSnippet((row: () => Row, key: () => string) => ({
  render: () => `<span>${row()[key() as 'id']}</span>`,
}));

function show(more: Record<string, unknown> = {}) {
  return render(DataTable<Row>, { props: { label: 'Rows', rows, columns, rowKey: (row: Row) => row.id, cell, rowHeight: 24, rowTestid: (row: Row) => row.id, ...more } });
}

describe('the table', () => {
  it('draws only what fits and says how many there are', () => {
    show();
    expect(screen.getAllByRole('row').length).toBeLessThan(60);
    expect(screen.getByRole('grid', { name: 'Rows' }).getAttribute('aria-rowcount')).toBe('5001');
  });

  it('moves with the arrows and opens with Enter', async () => {
    const onopen = vi.fn();
    show({ onopen });
    const grid = screen.getByRole('grid');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter']) await fireEvent.keyDown(grid, { key });
    expect(onopen).toHaveBeenCalledExactlyOnceWith(rows[1]);
    expect(grid.getAttribute('aria-activedescendant')).toBe(screen.getByTestId('r1').id);
  });

  it('sorts by a heading, best first, and says so', async () => {
    show();
    await fireEvent.click(screen.getByRole('button', { name: /Amount/ }));
    expect(screen.getByRole('columnheader', { name: /Amount/ }).getAttribute('aria-sort')).toBe('descending');
    expect(screen.getAllByRole('row')[1]?.textContent).toContain('999.5');
  });

  it('copies the selected rows whole, with a heading that names the unit', async () => {
    const writeText = vi.fn(() => Promise.resolve());
    Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
    show();
    const grid = screen.getByRole('grid');
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await fireEvent.keyDown(grid, { key: 'ArrowDown', shiftKey: true });
    await fireEvent.keyDown(grid, { key: 'c', ctrlKey: true });
    expect(writeText).toHaveBeenCalledWith('Id\tAmount (AUD)\nr0\t0.5\nr1\t37.5');
  });

  it('shows children under their row and hides them again', async () => {
    const child = createRawSnippet((text: () => string) => ({ render: () => `<i>${text()}</i>` }));
    show({ rows: rows.slice(0, 2), childrenOf: (row: Row) => (row.id === 'r0' ? ['parcel one', 'parcel two'] : []), child });
    const grid = screen.getByRole('treegrid');
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await fireEvent.keyDown(grid, { key: 'ArrowRight' });
    expect(screen.getAllByText('parcel two').length).toBeGreaterThan(0);
    expect(screen.getByTestId('r0').getAttribute('aria-expanded')).toBe('true');
    await fireEvent.keyDown(grid, { key: 'ArrowLeft' });
    expect(screen.queryByText('parcel two')).toBeNull();
  });

  it('gives a twelve-digit loss the room it needs', () => {
    const column: Column<Row> = { key: 'amount', title: '', least: 80, text: (row) => row.amount, figure: { value: (row) => row.amount, cut: AUD_CHANGE, places: 2 } };
    expect(neededWidth(column, [{ id: 'a', amount: '-1.00' }])).toBe(80);
    expect(neededWidth(column, [{ id: 'a', amount: '-999999999999.99' }])).toBeGreaterThanOrEqual(15 * 8);
  });
});
