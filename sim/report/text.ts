/** A moment of the run as minutes:seconds, `5:02`. */
export function moment(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** A length of time. Always seconds, as one compares it with pings and with `stableSeconds`. */
export function lasting(seconds: number): string {
  const rounded = Math.round(seconds * 10) / 10;
  return `${String(rounded).replace('-', '\u2212')} s`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * The widths of DejaVu Sans in em, rounded up by class. It is about the widest of the fonts that
 * `system-ui` stands for, so what fits by this measure fits in all of them.
 */
const classes: readonly (readonly [RegExp, number])[] = [
  [/[ijlI|!.,:;'` ]/, 0.41],
  [/[frt()[\]\-/]/, 0.42],
  [/[mwMW@%]/, 1],
  [/[a-z0-9_?*"^\u2013]/, 0.65],
  [/[ -~]/, 0.84],
];

/** An upper bound for the width of `text` in pixels. */
export function textWidth(text: string, fontPx: number, bold = false): number {
  let em = 0;
  for (const char of text) em += classes.find(([pattern]) => pattern.test(char))?.[1] ?? 1.1;
  return em * fontPx * (bold ? 1.15 : 1);
}

/** `text`, or as much of its beginning as fits into `widthPx`, with an ellipsis. */
export function clipped(text: string, fontPx: number, widthPx: number): string {
  if (textWidth(text, fontPx) <= widthPx) return text;
  const chars = Array.from(text);
  while (chars.length > 0 && textWidth(`${chars.join('')}\u2026`, fontPx) > widthPx) chars.pop();
  return `${chars.join('').trimEnd()}\u2026`;
}
