import type { Mark, Run, TracedRun } from '../trace.ts';
import { narrow, wide } from './layout.ts';
import type { Layout } from './layout.ts';
import { markup, nothing } from './markup.ts';
import type { Markup } from './markup.ts';
import { eventName, eventsOf, lanesOf, ruleName, rulesOf } from './marks.ts';
import { outagesOf } from './outages.ts';
import { drawSwimlanes } from './swimlane.ts';
import { lasting, moment } from './text.ts';
import { failbackDelay, strategies, summaryOf } from './descriptions.ts';

/** Longer lists of marks are folded away. */
const mostInTheOpen = 16;

/** One run: its figures, its picture in both layouts (CSS shows one), its marks, and all of it as text. */
export function runFigure(trace: TracedRun, id: string, endSeconds: number): Markup {
  return markup`<figure aria-labelledby="${id}"><figcaption class="run-head">${head(trace, id)}</figcaption>
${picture(trace, id, wide, endSeconds)}
${picture(trace, id, narrow, endSeconds)}
<div class="notes" id="${id}-marks">${notes('Events', eventsOf(trace), eventName, 'event')}${notes('Rules that moved Holdback', rulesOf(trace), ruleName, 'rule')}</div>
${afterwards(trace.run)}
${asText(trace)}</figure>
`;
}

function head({ run }: TracedRun, id: string): Markup {
  const summary = summaryOf(run);
  const back =
    run.failbacks > 0 ? markup`, <b>${run.pingsLostAtFailback}</b> at failback` : nothing;
  const gap = run.pingsLost > 0 ? `, longest gap ${lasting(run.longestGapSeconds)}` : '';
  const delay = run.failbackDelaySeconds === null ? '' : `, failback ${failbackDelay(run)}`;
  return markup`<h3 id="${id}">${strategies[run.strategy].name}</h3>
<p><b>${run.pingsLost}</b> of ${run.pingsSent} pings lost${back}${gap}${delay}</p>
<p class="mark-${summary.tone} ${summary.tone}">${summary.text}</p>`;
}

function picture(trace: TracedRun, id: string, layout: Layout, endSeconds: number): Markup {
  const { content, heightPx } = drawSwimlanes(trace, layout, endSeconds);
  const name = `Timeline of ${strategies[trace.run.strategy].name}: ${trace.scenarioTitle}`;
  return markup`<div class="plot ${layout.name}"><svg class="pic" width="100%" height="${heightPx}" role="img" aria-label="${name}" aria-describedby="${id}-marks">
${content}</svg></div>`;
}

function notes(
  title: string,
  marks: readonly Mark[],
  nameOf: (index: number) => string,
  kind: 'event' | 'rule',
): Markup {
  if (marks.length === 0) return nothing;
  const items = marks.map((mark, index) => {
    const detail = mark.detail === undefined ? nothing : markup` <span>${mark.detail}</span>`;
    const what = kind === 'rule' ? markup`<code>${mark.title}</code>` : mark.title;
    return markup`<li><i class="${kind}">${nameOf(index)}</i><span class="at">${moment(mark.atSeconds)}</span><span>${what}${detail}</span></li>
`;
  });
  const list = markup`<ol>${items}</ol>`;
  return marks.length > mostInTheOpen
    ? markup`<details><summary>${title} (${marks.length})</summary>${list}</details>`
    : markup`<div><h4>${title}</h4>${list}</div>`;
}

/** What became of the operations, and of the promises. */
function afterwards(run: Run): Markup {
  const operations = run.operations.map(
    ({ kind, id, outcome }) =>
      markup`<li>${kind} <code>${id}</code> <b class="${outcome === 'incomplete' ? 'bad' : 'quiet'}">${outcome}</b></li>`,
  );
  const broken = run.invariantsBroken.map(
    (invariant) => markup`<li class="bad mark-bad">invariant broken: ${invariant}</li>`,
  );
  if (operations.length + broken.length === 0) return nothing;
  return markup`<ul class="afterwards" aria-label="Operations">${operations}${broken}</ul>`;
}

/** Every stretch of every lane: what the hover titles tell, for fingers, keyboards and screen readers. */
function asText(trace: TracedRun): Markup {
  const row = (lane: string, state: string, from: number, to: number): Markup =>
    markup`<tr><td>${lane}</td><td>${state}</td><td class="number">${moment(from)}</td><td class="number">${moment(to)}</td><td class="number">${lasting(to - from)}</td></tr>
`;
  const lost = outagesOf(trace).map((outage) =>
    row('Pings lost', String(outage.lost), outage.fromSeconds, outage.toSeconds),
  );
  const lanes = lanesOf(trace).flatMap((lane) =>
    lane.spans.map((span) => {
      const state = span.label === undefined ? span.state : `${span.state} (${span.label})`;
      return row(lane.title, state, span.fromSeconds, span.toSeconds);
    }),
  );
  return markup`<details><summary>The picture as a table</summary><table class="as-text"><thead><tr><th scope="col">Lane</th><th scope="col">State</th><th class="number" scope="col">from</th><th class="number" scope="col">to</th><th class="number" scope="col">for</th></tr></thead><tbody>
${lost}${lanes}</tbody></table></details>`;
}
