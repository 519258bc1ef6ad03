/**
 * Where things go in a picture. Across, everything is a share of the plot's width, so that a plot
 * can be as wide as its reader's screen while its text keeps its size. What must not overlap is
 * therefore worked out for the smallest width the layout is used at: a wider plot only adds room.
 */
export interface Layout {
  readonly name: 'wide' | 'narrow';
  /** The smallest and the largest width of the plot itself, without the gutter. */
  readonly plotPx: number;
  readonly widestPx: number;
  /** Room for the lane titles left of the plot; without it they stand above their lanes. */
  readonly gutterPx: number;
  readonly eventRows: number;
  readonly ruleRows: number;
  /** Whether a rule's id stands beside its badge; the list under the picture has it anyway. */
  readonly ruleText: boolean;
}

export const wide: Layout = {
  name: 'wide',
  plotPx: 560,
  widestPx: 1040,
  gutterPx: 128,
  eventRows: 4,
  ruleRows: 5,
  ruleText: true,
};

export const narrow: Layout = {
  name: 'narrow',
  plotPx: 264,
  widestPx: 640,
  gutterPx: 0,
  eventRows: 4,
  ruleRows: 4,
  ruleText: false,
};

export const fontPx = 12;
export const smallFontPx = 11;
export const badgePx = 16;
/** What may stick out of the plot on its right: half of the axis' last label, half a badge. */
export const overhangPx = 16;
