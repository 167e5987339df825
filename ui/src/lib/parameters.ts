// What can be set about something described by data: whether a text fits it. The workstation has the last word.

export interface Parameter {
  readonly name: string;
  readonly words: string;
  /** `whole`, `decimal`, `choice`, `time`, `zone` or `text`. */
  readonly kind: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly choices: readonly string[];
  readonly default: string;
  /** What it can be, in words. */
  readonly range: string;
}

/** Why a parameter can't be this; null when it can. */
export function parameterProblem(of: Parameter, value: string): string | null {
  const text = value.trim();
  if (of.kind === 'choice') return of.choices.includes(text) ? null : of.range;
  if (of.kind === 'time') return /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? null : of.range;
  if (of.kind === 'zone' || of.kind === 'text') return text === '' ? of.range : null;
  const plain = of.kind === 'whole' ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/;
  if (!plain.test(text) || (text.startsWith('-') && !(of.min !== null && of.min < 0))) return of.range;
  const number = Number(text);
  return (of.min !== null && number < of.min) || (of.max !== null && number > of.max) ? of.range : null;
}
