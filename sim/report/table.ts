import type { Run, TracedRun } from '../trace.ts';
import type { Scenario } from './scenarios.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { lasting } from './text.ts';
import { failbackDelay, strategies, summaryOf } from './descriptions.ts';

/**
 * Scenario by strategy. On a phone its rows become small grids; the roles keep it a table for
 * screen readers, as changing `display` would otherwise take that away.
 */
export function comparison(scenarios: readonly Scenario[]): Markup {
  return markup`<p class="quiet small" id="compared-note">Lost <em>at failback</em>: while the traffic moved back to the preferred firewall. The <em>failback delay</em> counts from the moment at which the last signal had turned good; its floor is the stable window.</p>
<table class="compare" role="table" aria-labelledby="compared" aria-describedby="compared-note">
<thead role="rowgroup"><tr role="row"><th class="who" role="columnheader" scope="col">Strategy</th><th class="lost" role="columnheader" scope="col">Pings lost</th><th role="columnheader" scope="col">At failback</th><th role="columnheader" scope="col">Longest gap</th><th role="columnheader" scope="col">Failback delay</th><th class="outcome" role="columnheader" scope="col">Outcome</th></tr></thead>
${scenarios.map(scenarioRows)}</table>`;
}

function scenarioRows(scenario: Scenario): Markup {
  const most = Math.max(1, ...scenario.traces.map((trace) => trace.run.pingsLost));
  return markup`<tbody role="rowgroup"><tr class="scenario" role="row"><th colspan="6" role="rowheader" scope="rowgroup"><a href="#${scenario.anchor}">${scenario.title}</a></th></tr>
${scenario.traces.map((trace) => runRow(trace, most))}</tbody>
`;
}

function runRow({ run }: TracedRun, most: number): Markup {
  const summary = summaryOf(run);
  const share = Number(((run.pingsLost / most) * 100).toFixed(1));
  return markup`<tr role="row"${run.strategy === 'holdback' ? markup` class="mine"` : ''}><th class="who" role="rowheader" scope="row">${strategies[run.strategy].name}</th>
<td class="lost" role="cell"><span class="number">${run.pingsLost}</span><span class="track"><span class="bar" style="width:${share}%"></span></span></td>${atFailback(run)}
<td role="cell">${lasting(run.longestGapSeconds)}</td><td role="cell">${failbackDelay(run)}</td>
<td class="outcome" role="cell"><span class="mark-${summary.tone} ${summary.tone}">${summary.text}</span></td></tr>
`;
}

function atFailback(run: Run): Markup {
  if (run.failbacks === 0 && run.pingsLostAtFailback === 0) {
    return markup`<td class="quiet" role="cell" title="there was no failback">\u2013</td>`;
  }
  const tone = run.pingsLostAtFailback === 0 ? 'good' : 'bad';
  return markup`<td class="mark-${tone} ${tone}" role="cell">${run.pingsLostAtFailback}</td>`;
}
