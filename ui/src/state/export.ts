// Tables into files: the backend writes them in the workspace's folder, and the toast says where.

import type { FileReport } from '../ipc/bindings/FileReport';
import * as commands from '../ipc/commands';
import { count } from '../lib/format';
import { toasts } from './toasts.svelte';

/** Says where a file went, or why there is none. */
export async function reportFile(what: string, write: () => Promise<FileReport>): Promise<void> {
  try {
    const { file, rows } = await write();
    toasts.done(`${what} written, ${count(rows)} ${rows === 1 ? 'row' : 'rows'}`, file, file);
  } catch (thrown) {
    toasts.failed(`${what} not written`, thrown);
  }
}

export const exportTable = (what: string, name: string, header: string[], rows: string[][]) =>
  reportFile(what, () => commands.saveCsv(name, header, rows));
