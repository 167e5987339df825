import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import type { AlgorithmRow } from '../../ipc/bindings/AlgorithmRow';
import { mockTransport } from '../../ipc/mock/transport';
import { useTransport } from '../../ipc/transport';
import Algorithms from './Algorithms.svelte';
import { parameterProblem } from '../../lib/parameters';
import { acts } from './algorithms';

let asked: [string, Record<string, unknown>][];

beforeEach(() => {
  const world = mockTransport('?mock&still&delay=0');
  asked = [];
  useTransport({
    ...world,
    invoke: (command, args) => {
      asked.push([command, args]);
      return world.invoke(command, args);
    },
  });
});

const rowOf = async (name: string) => (await screen.findAllByTestId('algorithm-row')).find((row) => row.textContent.includes(name))!;

it('shows how each stands, what it said and why, and the reason of one that was ended', async () => {
  render(Algorithms);
  expect((await rowOf('cross')).textContent).toContain('crossed above');
  const dip = await rowOf('dip');
  expect(dip.dataset.state).toBe('error');
  expect(dip.textContent).toContain('thought for more than 5 s');
  expect(dip.textContent).toContain('spread_too_wide');
});

it('asks what becomes of the coins before it stops one that holds some', async () => {
  render(Algorithms);
  await fireEvent.click(within(await rowOf('cross')).getByTestId('algorithm-stop'));
  const confirm = await screen.findByTestId('algorithm-confirm');
  expect(confirm.hasAttribute('disabled')).toBe(true);
  await fireEvent.click(screen.getByTestId('algorithm-close'));
  await fireEvent.click(confirm);
  await waitFor(() => expect(asked.find(([command]) => command === 'algorithm_stop')?.[1]).toEqual({ name: 'cross', close: true }));
});

it('takes an unproven version live only with the word, and shows the refusal', async () => {
  render(Algorithms);
  await fireEvent.click(within(await rowOf('cross')).getByTestId('algorithm-promote'));
  const confirm = await screen.findByTestId('algorithm-confirm');
  expect(confirm.hasAttribute('disabled')).toBe(true);
  await fireEvent.input(screen.getByTestId('algorithm-word'), { target: { value: 'UNPROVEN' } });
  await fireEvent.click(confirm);
  expect((await screen.findByTestId('algorithm-refused')).textContent).toContain('mandate_missing');
});

it('describes a new one from the parameters of its strategy', async () => {
  render(Algorithms);
  await fireEvent.click(await screen.findByTestId('algorithm-add'));
  await fireEvent.input(await screen.findByTestId('algorithm-name'), { target: { value: 'mine' } });
  await fireEvent.input(await screen.findByTestId('param-fast'), { target: { value: '7' } });
  await fireEvent.click(screen.getByTestId('algorithm-save'));
  await waitFor(() => expect(asked.find(([command]) => command === 'algorithm_set')?.[1]).toMatchObject({ fresh: true, request: { name: 'mine', strategy: 'sma_cross', params: { fast: '7', slow: '30' } } }));
});

it('a parameter is held to its range before it is sent', () => {
  const whole = { name: 'fast', words: '', kind: 'whole', min: 1, max: 500, choices: [], default: '10', range: 'no' };
  expect(['1', '500', ' 7 '].map((value) => parameterProblem(whole, value))).toEqual([null, null, null]);
  expect(['0', '501', '1.5', '', '+5', '1e2'].map((value) => parameterProblem(whole, value))).toEqual(Array(6).fill('no'));
  expect(['09:00', '24:00', '9:00'].map((value) => parameterProblem({ ...whole, kind: 'time' }, value))).toEqual([null, 'no', 'no']);
});

it('offers from each state what the Floor allows from it', () => {
  const of = (state: string, coins: number) => acts({ state, holdings: Array(coins).fill({ coin: 'BTC', quantity: '1' }) } as unknown as AlgorithmRow);
  expect(of('draft', 0)).toEqual(['promote']);
  expect(of('live', 1)).toEqual(['pause', 'stop']);
  expect(of('error', 0)).toEqual(['resume', 'stop']);
  expect([of('stopped', 0), of('stopped', 1)]).toEqual([['promote'], ['promote', 'stop']]);
});
