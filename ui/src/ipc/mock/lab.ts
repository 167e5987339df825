// The Lab of the simulated world: one session that asks for its plan, one that is over. Answering moves it on.

import type { LabEntry } from '../bindings/LabEntry';
import type { LabQuestion } from '../bindings/LabQuestion';
import type { LabReport } from '../bindings/LabReport';
import type { SessionDetail } from '../bindings/SessionDetail';
import type { SessionView } from '../bindings/SessionView';
import { MockError } from './world';

const STAGES = ['understanding', 'acquisition', 'preparation', 'exploration', 'modelling', 'evaluation', 'deployment'];
const REPORT = `# BTC: find a strategy

## Recommendation

Nothing held up: no rule made more out of sample than holding BTC. Confidence: none.

## Out of sample

| sma\\_cross, 5 tests | |
|---|---:|
| return | −3.20 % |
| Sharpe ratio | −0.41 |
| deepest fall | −18.70 % |

From artefact \`${'a1b2'.repeat(16)}\`.

## What could be wrong

- The year it was tried on may be unlike the next one.
- 64 settings were tried on these candles.
`;

export class LabOfWorld {
  private readonly all: SessionDetail[];

  constructor(empty: boolean, private readonly clock: () => number) {
    this.all = empty ? [] : [this.made('1', 'find a strategy for BTC on 1h candles, drawdown below 25 %', 'waiting'), this.made('2', 'does momentum hold up on BTC?', 'completed')];
  }

  list(): { sessions: SessionView[] } {
    return { sessions: this.all.map((one) => ({ ...one, report: null })) };
  }

  show(id: string): SessionDetail {
    const found = this.all.find((one) => one.session_id === id);
    if (!found) throw new MockError('session_not_found', `there is no session ${id}`);
    return found;
  }

  start(goal: string): SessionDetail {
    if (goal.trim() === '') throw new MockError('bad_goal', 'a goal has 1 to 4000 characters');
    const begun = this.made(String(this.all.length + 1), goal, 'waiting');
    this.all.unshift(begun);
    return begun;
  }

  answer(question: string, words: string): SessionDetail {
    const found = this.all.find((one) => one.questions.some((asked) => asked.id === question));
    if (!found) throw new MockError('no_question', `no session asks ${question}`);
    const next = this.made(found.session_id, found.goal, words === 'no' ? 'cancelled' : 'completed');
    this.all.splice(this.all.indexOf(found), 1, next);
    return next;
  }

  cancel(id: string): SessionDetail {
    const at = this.all.indexOf(this.show(id));
    const next = this.made(id, this.show(id).goal, 'cancelled');
    this.all.splice(at, 1, next);
    return next;
  }

  rewind(id: string): SessionDetail {
    const at = this.all.indexOf(this.show(id));
    const next = this.made(id, this.show(id).goal, 'waiting');
    this.all.splice(at, 1, next);
    return next;
  }

  report(id: string): LabReport {
    const { report } = this.show(id);
    if (report === null) throw new MockError('no_report', `session ${id} has no report yet`);
    return { session_id: id, markdown: report, html: '', markdown_id: 'a1b2'.repeat(16), html_id: 'c3d4'.repeat(16), unproven: [] };
  }

  private made(id: string, goal: string, state: string): SessionDetail {
    const at = (minutes: number) => new Date(this.clock() - minutes * 60_000).toISOString();
    const asks = state === 'waiting';
    const question: LabQuestion = {
      id: `q${id}`.padEnd(32, '0'), kind: 'gate', session: id, gate: 'plan', form: 'edit', stage: 'understanding',
      question: 'This is the plan. Change what you like, then let it run.', options: ['approve', 'answer', 'reject'], choices: [],
      fields: [
        { id: 'coins', words: 'coins', value: 'BTC', options: [] },
        { id: 'interval', words: 'length of a candle', value: '1h', options: ['1h', '4h', '1d'] },
        { id: 'max_drawdown_pct', words: 'deepest fall in percent', value: '25', options: [] },
      ],
      default: 'accept', expires_at: new Date(this.clock() + 29 * 60_000).toISOString(), asked_at: at(1),
    };
    const entry = (kind: string, stage: string, words: string, more: Partial<LabEntry> = {}): LabEntry => ({ at: at(2), stage, kind, words, tool: null, args: null, call: null, artefacts: [], took_ms: null, stale: false, ...more });
    const over = !asks;
    return {
      session_id: id, goal, model: 'builtin', state, stage: asks ? 'understanding' : 'deployment', questions: asks ? [question] : [],
      report: state === 'completed' ? REPORT : null,
      outcome: { completed: 'Nothing held up out of sample.', cancelled: 'A person ended it.' }[state] ?? null,
      outcome_code: { completed: 'nothing_held_up', cancelled: 'cancelled' }[state] ?? null,
      started_at: at(4), moved_at: at(1),
      stages: STAGES.map((stage, place) => ({ stage, state: over && state === 'completed' ? 'complete' : place === 0 ? (asks ? 'waiting' : 'complete') : 'pending' })),
      timeline: [
        entry('started', 'understanding', goal),
        entry('thought', 'understanding', 'I understand: find a strategy for BTC, on 1h candles.'),
        ...(state === 'completed'
          ? [
              entry('call', 'acquisition', 'to know which candles are stored', { tool: 'coverage', args: { coins: ['BTC'], interval: '1h' }, call: 1 }),
              entry('result', 'acquisition', 'what is stored', { args: { coins: [{ coin: 'BTC', candles: 8760, missing: 0 }] }, call: 1, took_ms: 14, artefacts: ['a1b2'.repeat(16)] }),
              entry('call', 'evaluation', 'to see whether it holds up', { tool: 'evaluate', args: { grid: ['fast=5..20:5'] }, call: 2 }),
              entry('result', 'evaluation', 'examination of sma_cross on BTC', { args: { verdict: 'loses' }, call: 2, took_ms: 4210 }),
            ]
          : []),
      ],
      artefacts: state === 'completed' ? [{ id: 'a1b2'.repeat(16), kind: 'evaluation', title: 'examination of sma_cross on BTC', bytes: 18_204 }] : [],
      spent: [
        { what: 'steps', used: over ? '12' : '2', most: '300' },
        { what: 'calls', used: over ? '4' : '0', most: '120' },
        { what: 'tokens', used: '0', most: '500000' },
        { what: 'aud', used: '0', most: '0' },
        { what: 'work_ms', used: over ? '4224' : '0', most: '900000' },
      ],
    };
  }
}
