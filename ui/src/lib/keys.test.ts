import { describe, expect, it } from 'vitest';
import { actionOf, isTyping, type Press } from './keys';

const press = (key: string, more: Partial<Press> = {}): Press => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
const free = { typing: false, dialog: false, chord: false };

describe('the keyboard map', () => {
  it('goes to a place by chord or number', () => {
    expect(actionOf(press('g'), free)).toEqual({ do: 'chord' });
    const after = { ...free, chord: true };
    expect(['l', 'a', 'f', 'b', 'i', 's'].map((key) => actionOf(press(key), after))).toEqual(
      ['ledgers', 'lab', 'floor', 'books', 'inbox', 'settings'].map((place) => ({ do: 'go', place })),
    );
    expect(actionOf(press('3'), free)).toEqual({ do: 'go', place: 'floor' });
    expect(actionOf(press('7'), free)).toBeNull();
  });

  it('opens the ticket on b and s, but not after g', () => {
    expect(actionOf(press('b'), free)).toEqual({ do: 'ticket', side: 'buy' });
    expect(actionOf(press('s'), free)).toEqual({ do: 'ticket', side: 'sell' });
    expect(actionOf(press('b'), { ...free, chord: true })).toEqual({ do: 'go', place: 'books' });
  });

  it('leaves letters alone while a person types', () => {
    const typing = { ...free, typing: true };
    for (const key of ['b', 's', 'g', 't', '/', '1', '?']) expect(actionOf(press(key), typing)).toBeNull();
    expect(actionOf(press('Escape'), typing)).toEqual({ do: 'back' });
  });

  it('keeps the kill switch in reach everywhere', () => {
    const kill = press('K', { ctrlKey: true, shiftKey: true });
    for (const context of [free, { ...free, typing: true }, { ...free, dialog: true }]) expect(actionOf(kill, context)).toEqual({ do: 'kill' });
  });

  it('gives an open dialog its keys', () => {
    expect(actionOf(press('Escape'), { ...free, dialog: true })).toBeNull();
    expect(actionOf(press('b'), { ...free, dialog: true })).toBeNull();
  });

  it("leaves the browser's own shortcuts alone", () => {
    expect(actionOf(press('s', { ctrlKey: true }), free)).toBeNull();
    expect(actionOf(press('b', { altKey: true }), free)).toBeNull();
  });

  it('knows where people type', () => {
    const box = Object.assign(document.createElement('input'), { type: 'checkbox' });
    expect([document.createElement('input'), document.createElement('select'), box, document.body].map(isTyping)).toEqual([true, true, false, false]);
  });
});
