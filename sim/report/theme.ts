import type { Tone } from '../trace.ts';

/** Every colour of the report. Pairs of a ground and its text meet WCAG AA in both themes (tested). */
export interface Palette {
  readonly ground: string;
  readonly raised: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly grid: string;
  readonly idle: string;
  readonly preferred: string;
  readonly onPreferred: string;
  readonly standby: string;
  readonly standbyEdge: string;
  readonly onStandby: string;
  readonly good: string;
  readonly bad: string;
  readonly badGround: string;
  readonly badHatch: string;
  readonly onBad: string;
  readonly held: string;
  readonly heldEdge: string;
  readonly onHeld: string;
  readonly waiting: string;
  readonly waitingEdge: string;
  readonly waitingDot: string;
  readonly onWaiting: string;
}

export const light: Palette = {
  ground: '#ffffff',
  raised: '#f5f6f7',
  text: '#171b20',
  quiet: '#56606b',
  line: '#cfd5db',
  grid: '#e9ecef',
  idle: '#8b95a0',
  preferred: '#1f4e8c',
  onPreferred: '#ffffff',
  standby: '#a9d0f0',
  standbyEdge: '#4a83bb',
  onStandby: '#0c2c4c',
  good: '#2a7d50',
  bad: '#b3203b',
  badGround: '#fcecef',
  badHatch: '#eeb3be',
  onBad: '#7a0c22',
  held: '#f2c35a',
  heldEdge: '#a3760f',
  onHeld: '#3b2a00',
  waiting: '#ece7db',
  waitingEdge: '#8f8365',
  waitingDot: '#b9ad8f',
  onWaiting: '#453d2c',
};

export const dark: Palette = {
  ground: '#0f1317',
  raised: '#171c22',
  text: '#e5e9ed',
  quiet: '#9aa5b1',
  line: '#38414b',
  grid: '#20272e',
  idle: '#66727e',
  preferred: '#3672c2',
  onPreferred: '#ffffff',
  standby: '#b9dcf7',
  standbyEdge: '#b9dcf7',
  onStandby: '#0c2c4c',
  good: '#55b685',
  bad: '#ff7a8f',
  badGround: '#3a151d',
  badHatch: '#71303d',
  onBad: '#ffd3da',
  held: '#d9a63a',
  heldEdge: '#d9a63a',
  onHeld: '#241a00',
  waiting: '#34332f',
  waitingEdge: '#8b8574',
  waitingDot: '#6b6658',
  onWaiting: '#ded9cb',
};

export type Theme = 'auto' | 'light' | 'dark';

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${String(colour)}`)
    .join(';');
}

/** The colours as custom properties of `scope`; `auto` follows the reader's preference. */
export function themeCss(scope: string, theme: Theme): string {
  if (theme !== 'auto') return `${scope}{${variables(theme === 'light' ? light : dark)}}`;
  return `${scope}{${variables(light)}}
@media (prefers-color-scheme:dark){${scope}{${variables(dark)}}}`;
}

/** The height of a bar. */
export const barPx = 17;

interface ToneStyle {
  readonly meaning: string;
  /** Of its bar; a quiet tone is a thin line, as what is as it should be takes little ink. */
  readonly heightPx: number;
  readonly quiet: boolean;
}

/** No tone is told by its hue alone: they also differ in height, lightness or pattern. */
export const tones: Readonly<Record<Tone, ToneStyle>> = {
  preferred: { meaning: 'the preferred firewall', heightPx: barPx, quiet: false },
  standby: { meaning: 'the standby', heightPx: barPx, quiet: false },
  held: { meaning: 'held in maintenance', heightPx: barPx, quiet: false },
  waiting: { meaning: 'waiting, or coming up', heightPx: barPx, quiet: false },
  good: { meaning: 'as it should be', heightPx: 5, quiet: true },
  bad: { meaning: 'down, or nobody', heightPx: barPx, quiet: false },
  idle: { meaning: 'nothing to tell', heightPx: 2, quiet: true },
};
