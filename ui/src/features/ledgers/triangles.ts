// Own fills on the chart: a small triangle at the price, pointing up for a buy and down for a sale.

import type { ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts';
import type { FillMark } from './series';

interface Place {
  readonly x: number;
  readonly y: number;
  readonly side: 'buy' | 'sell';
}

type Target = Parameters<NonNullable<ReturnType<NonNullable<ReturnType<NonNullable<ISeriesPrimitive<Time>['paneViews']>>[number]>['renderer']>>['draw']>[0];

const HALF = 5;

export class Triangles implements ISeriesPrimitive<Time> {
  #marks: readonly FillMark[] = [];
  #colours = { buy: '#000', sell: '#000', edge: '#fff' };
  #attached: SeriesAttachedParameter<Time> | null = null;

  attached(parameter: SeriesAttachedParameter<Time>) {
    this.#attached = parameter;
  }

  detached() {
    this.#attached = null;
  }

  set(marks: readonly FillMark[], colours: { buy: string; sell: string; edge: string }) {
    this.#marks = marks;
    this.#colours = colours;
    this.#attached?.requestUpdate();
  }

  paneViews() {
    return [{ zOrder: () => 'top' as const, renderer: () => ({ draw: (target: Target) => this.#draw(target) }) }];
  }

  #places(): Place[] {
    const attached = this.#attached;
    if (!attached) return [];
    const scale = attached.chart.timeScale();
    const places: Place[] = [];
    for (const { time, price, side } of this.#marks) {
      const x = scale.timeToCoordinate(time as Time);
      const y = attached.series.priceToCoordinate(price);
      if (x !== null && y !== null) places.push({ x, y, side });
    }
    return places;
  }

  #draw(target: Target) {
    const places = this.#places();
    target.useMediaCoordinateSpace(({ context }) => {
      for (const { x, y, side } of places) {
        const base = side === 'buy' ? HALF * 1.8 : -HALF * 1.8;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(x - HALF, y + base);
        context.lineTo(x + HALF, y + base);
        context.closePath();
        context.fillStyle = this.#colours[side];
        context.strokeStyle = this.#colours.edge;
        context.lineWidth = 1.5;
        context.stroke();
        context.fill();
      }
    });
  }
}
