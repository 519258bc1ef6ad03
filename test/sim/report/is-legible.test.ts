import { describe, expect, it } from '@jest/globals';
import { dark, light, tones } from '../../../sim/report/theme.ts';
import type { Palette } from '../../../sim/report/theme.ts';

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dim = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dim + 0.05);
}

const themes: readonly (readonly [string, Palette])[] = [
  ['light', light],
  ['dark', dark],
];

const texts: readonly (readonly [keyof Palette, keyof Palette])[] = [
  ['text', 'ground'],
  ['quiet', 'ground'],
  ['good', 'ground'],
  ['bad', 'ground'],
  ['ground', 'text'],
  ['onPreferred', 'preferred'],
  ['onStandby', 'standby'],
  ['onHeld', 'held'],
  ['onBad', 'badGround'],
  ['onBad', 'badHatch'],
  ['onWaiting', 'waiting'],
];

/** The edge by which a bar stands out from the ground, even where its fill is pale. */
const edges: readonly (keyof Palette)[] = [
  'preferred',
  'standbyEdge',
  'heldEdge',
  'waitingEdge',
  'good',
  'bad',
  'idle',
];

describe.each(themes)('in the %s theme', (_name, palette) => {
  it.each(texts)('%s on %s has the contrast that WCAG AA asks of text', (text, ground) => {
    expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(edges)('a bar edged with %s has the contrast that WCAG AA asks of graphics', (edge) => {
    expect(contrast(palette[edge], palette.ground)).toBeGreaterThanOrEqual(3);
  });

  it('the two firewalls differ in lightness, not in hue alone', () => {
    expect(contrast(palette.preferred, palette.standby)).toBeGreaterThanOrEqual(3);
  });
});

describe('without colour', () => {
  it('what is good is a thin line and what is bad a full bar', () => {
    expect(tones.good.heightPx).toBeLessThan(tones.bad.heightPx / 2);
    expect(tones.idle.heightPx).toBeLessThan(tones.good.heightPx);
  });
});
