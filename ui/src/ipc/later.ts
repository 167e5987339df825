// What the shell does not answer yet; the simulated world does. It goes when the commands are there.

import type { GlassView } from './bindings/GlassView';
import { transport } from './transport';

function ask<Answer>(command: string, args: Record<string, unknown>): Promise<Answer> {
  const answering = transport();
  if (!answering.mock) return Promise.reject({ code: 'not_yet', message: 'this is not collected yet' });
  return answering.invoke(command, args) as Promise<Answer>;
}

export const glass = (days: number) => ask<GlassView>('glass', { days });
