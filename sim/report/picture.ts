import type { TracedRun } from '../trace.ts';
import { fontPx, narrow, overhangPx, wide } from './layout.ts';
import type { Layout } from './layout.ts';
import { markup, Markup } from './markup.ts';
import { patterns, pictureCss } from './style.ts';
import { drawSwimlanes } from './swimlane.ts';
import { themeCss } from './theme.ts';
import type { Theme } from './theme.ts';
import { clipped, textWidth } from './text.ts';
import { describe, strategies, summaryOf } from './descriptions.ts';

export interface PictureOptions {
  /** `auto` follows the reader's preference, in an `<img>` too. */
  readonly theme: Theme;
  /** `wide` (default) is 880 px wide, `narrow` 360 px, for a `<source media="(max-width: 600px)">`. */
  readonly shape?: Layout['name'];
}

const paddingPx = 16;
const headingPx = 46;
const namePx = 15;
const endingGapPx = 12;
const signs = { good: '\u2713 ', bad: '\u2717 ', plain: '' };

/** The pictures of some runs, one below the other on one time axis, as an SVG file that stands alone. */
export function renderPicture(
  runs: TracedRun | readonly TracedRun[],
  options: PictureOptions,
): string {
  const traces: readonly TracedRun[] = 'run' in runs ? [runs] : runs;
  const layout = fixed(options.shape ?? 'wide');
  const endSeconds = Math.max(1, ...traces.map((trace) => trace.durationSeconds));
  const leftPx = paddingPx + layout.gutterPx;
  const widthPx = leftPx + layout.plotPx + overhangPx + paddingPx / 2;
  const panels: Markup[] = [];
  let y = paddingPx;
  for (const trace of traces) {
    const { content, heightPx } = drawSwimlanes(trace, layout, endSeconds);
    panels.push(markup`${heading(trace, y, widthPx)}
<svg x="${leftPx}" y="${y + headingPx}" width="${layout.plotPx}" height="${heightPx}" overflow="visible">${content}</svg>`);
    y += headingPx + heightPx + paddingPx;
  }
  const css = new Markup(`${themeCss('svg', options.theme)}${pictureCss}`);
  return markup`<svg xmlns="http://www.w3.org/2000/svg" class="pic" width="${widthPx}" height="${y}" viewBox="0 0 ${widthPx} ${y}" role="img" aria-labelledby="title desc">
<title id="title">${traces[0]?.scenarioTitle ?? ''}</title><desc id="desc">${traces.map(describe).join(' ')}</desc>
<style>${css}</style>${patterns}
<rect class="ground" width="100%" height="100%" rx="8"/>${panels}</svg>
`.source;
}

/** A layout for one known width. */
function fixed(shape: Layout['name']): Layout {
  if (shape === 'narrow') return { ...narrow, plotPx: 320, widestPx: 320 };
  return { ...wide, plotPx: 712, widestPx: 712 };
}

function heading(trace: TracedRun, y: number, widthPx: number): Markup {
  const { run } = trace;
  const { name } = strategies[run.strategy];
  const summary = summaryOf(run);
  const roomPx = widthPx - 2 * paddingPx - textWidth(name, namePx, true) - endingGapPx;
  const ending = clipped(`${signs[summary.tone]}${summary.text}`, fontPx, roomPx);
  return markup`<text class="name" x="${paddingPx}" y="${y + 14}">${name}<tspan class="summary ${summary.tone}-text" dx="${endingGapPx}">${ending}</tspan></text>
<text class="quiet" x="${paddingPx}" y="${y + 33}">${run.pingsLost} of ${run.pingsSent} pings lost, ${run.pingsLostAtFailback} at failback</text>`;
}
