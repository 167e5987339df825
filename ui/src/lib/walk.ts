// A chart's crosshair: it follows the pointer, or the arrow keys once the chart has the keyboard. Spread over the element.

import { walked } from './axis';
import { nearest } from './scale';

interface Walk {
  /** Rising; where the points are. */
  readonly times: () => readonly number[];
  /** The time at so many pixels from the element's left edge. */
  readonly timeAt: (px: number) => number;
  readonly at: () => number | null;
  readonly tell: (index: number | null) => void;
  readonly open?: (index: number) => void;
}

export function walk({ times, timeAt, at, tell, open }: Walk) {
  const leave = () => tell(null);
  const enter = () => {
    const index = at();
    if (index !== null) open?.(index);
  };
  return {
    onpointermove(event: PointerEvent) {
      if (times().length === 0) return;
      const left = (event.currentTarget as HTMLElement).getBoundingClientRect().left;
      tell(nearest(times(), timeAt(event.clientX - left)));
    },
    onpointerleave: leave,
    onblur: leave,
    onclick: enter,
    onkeydown(event: KeyboardEvent) {
      if (event.key === 'Enter') enter();
      const last = times().length - 1;
      const to = walked(event.key, at() ?? last, last);
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      tell(to);
    },
  };
}
