// What happened, on the chart: a letter in a box at the foot of its bar. Own fills are triangles and stay so.

import type { ISeriesPrimitive, PrimitiveHoveredItem, SeriesAttachedParameter, Time } from 'lightweight-charts';
import { merged, type EventMark } from './eventmarks';

type Target = Parameters<NonNullable<ReturnType<NonNullable<ReturnType<NonNullable<ISeriesPrimitive<Time>['paneViews']>>[number]>['renderer']>>['draw']>[0];

interface Colours {
  readonly ground: string;
  readonly text: string;
  readonly catalyst: string;
  readonly human: string;
  readonly severe: string;
  readonly onSevere: string;
}

const SIZE = 15;
const FOOT = 6;
/** Around the box: fingers and tired eyes. */
const REACH = 3;

export class Letters implements ISeriesPrimitive<Time> {
  #marks: readonly EventMark[] = [];
  #colours: Colours = { ground: '#000', text: '#fff', catalyst: '#000', human: '#000', severe: '#000', onSevere: '#fff' };
  #attached: SeriesAttachedParameter<Time> | null = null;
  /** Where the boxes' tops are, by the last drawing. */
  #top = 0;

  attached(parameter: SeriesAttachedParameter<Time>) {
    this.#attached = parameter;
  }

  detached() {
    this.#attached = null;
  }

  set(marks: readonly EventMark[], colours: Colours) {
    this.#marks = marks;
    this.#colours = colours;
    this.#attached?.requestUpdate();
  }

  paneViews() {
    return [{ zOrder: () => 'top' as const, renderer: () => ({ draw: (target: Target) => this.#draw(target) }) }];
  }

  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    if (y < this.#top - REACH) return null;
    const hit = this.#places().find((place) => Math.abs(place.x - x) <= SIZE / 2 + REACH);
    return hit ? { cursorStyle: 'pointer', externalId: hit.mark.id, zOrder: 'top' } : null;
  }

  /** The mark as drawn, with all that stands in its place. */
  named(id: string): EventMark | null {
    return this.#places().find(({ mark }) => mark.id === id)?.mark ?? null;
  }

  #places(): { readonly x: number; readonly mark: EventMark }[] {
    const scale = this.#attached?.chart.timeScale();
    return scale ? merged(this.#marks, (mark) => scale.timeToCoordinate(mark.time as Time), SIZE + 2) : [];
  }

  #draw(target: Target) {
    const places = this.#places();
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      this.#top = mediaSize.height - FOOT - SIZE;
      context.font = `600 10px ${getComputedStyle(document.body).fontFamily}`;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.lineWidth = 1;
      for (const { x, mark } of places) this.#box(context, Math.round(x), mark);
    });
  }

  #box(context: CanvasRenderingContext2D, x: number, mark: EventMark) {
    const c = this.#colours;
    const colour = c[mark.tone];
    const left = x - SIZE / 2;
    // More than one: a second box looks out behind the first.
    for (const behind of mark.items.length > 1 ? [3, 0] : [0]) {
      context.beginPath();
      context.roundRect(left + behind, this.#top - behind, SIZE, SIZE, 3);
      context.fillStyle = mark.tone === 'severe' && behind === 0 ? colour : c.ground;
      context.strokeStyle = colour;
      context.fill();
      context.stroke();
    }
    context.fillStyle = mark.tone === 'severe' ? c.onSevere : c.text;
    context.fillText(mark.letter, x, this.#top + SIZE / 2 + 0.5);
  }
}
