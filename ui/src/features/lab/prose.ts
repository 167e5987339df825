// The part of Markdown a session's report is written in, as blocks of plain text: nothing of it becomes a tag or an address.

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'list'; readonly lines: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Text without the backslashes and marks that kept it text. */
export const plain = (text: string): string => text.replace(/\\([!-/:-@[-`{-~])|[`*]/g, '$1');

function cells(line: string): string[] | null {
  if (!line.startsWith('|') || !line.endsWith('|')) return null;
  return line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => plain(cell.trim()));
}

const isRule = (line: string) => /^\|[-:| ]+\|$/.test(line);

export function blocks(markdown: string): readonly Block[] {
  const found: Block[] = [];
  const lines = markdown.split('\n').map((line) => line.trim());
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const heading = /^(#{1,4}) (.*)$/.exec(line);
    if (heading) {
      found.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: plain(heading[2] ?? '') });
    } else if (line.startsWith('|')) {
      const rows: string[][] = [];
      let head: readonly string[] = [];
      for (; (lines[at] ?? '').startsWith('|'); at += 1) {
        const row = lines[at] ?? '';
        if (isRule(row)) head = rows.pop() ?? [];
        else rows.push(cells(row) ?? [plain(row)]);
      }
      at -= 1;
      found.push({ kind: 'table', head, rows });
    } else if (line.startsWith('- ')) {
      const items: string[] = [];
      for (; (lines[at] ?? '').startsWith('- '); at += 1) items.push(plain((lines[at] ?? '').slice(2)));
      at -= 1;
      found.push({ kind: 'list', lines: items });
    } else if (line.startsWith('>')) {
      found.push({ kind: 'quote', text: plain(line.slice(1).trim()) });
    } else {
      found.push({ kind: 'words', text: plain(line) });
    }
  }
  return found;
}
