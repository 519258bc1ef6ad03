import type { TracedRun } from '../trace.ts';
import { htmlDocument } from './document.ts';
import { runFigure } from './figure.ts';
import { markup, nothing, type Markup } from './markup.ts';
import { scenariosOf, totalsOf } from './scenarios.ts';
import type { Scenario, Total } from './scenarios.ts';
import { comparison } from './table.ts';
import { plural } from './text.ts';
import { barPx, tones } from './theme.ts';
import { strategies } from './descriptions.ts';

/** Where the figures come from, so that a reader can make them again. */
export interface About {
  readonly seed: number;
  readonly pingsPerSecond: number;
  readonly command: string;
}

/** The whole report as one HTML page. */
export function renderReport(runs: readonly TracedRun[], about: About): string {
  const scenarios = scenariosOf(runs);
  return htmlDocument(
    'Holdback: what a returning firewall does to the traffic',
    markup`<header>${head(runs, scenarios, about)}</header>
<main><section aria-labelledby="compared"><h2 id="compared">Side by side</h2>${comparison(scenarios)}</section>
<section aria-labelledby="reading"><h2 id="reading">How to read the pictures</h2>${key()}</section>
${scenarios.map(scenarioSection)}</main>
<footer>Every figure on this page comes out of <code>${about.command}</code>; the same seed gives the same page.</footer>`,
  );
}

function head(runs: readonly TracedRun[], scenarios: readonly Scenario[], about: About): Markup {
  return markup`<h1>Holdback: what a returning firewall does to the traffic</h1>
<p>Two OPNsense firewalls share their addresses with CARP, each with its own AWS <span class="name">Site-to-Site</span> VPN. When the preferred one comes back, it can take the traffic before its tunnels carry any. Here the same trouble meets ${plural(totalsOf(runs).length, 'strategy').replace('strategys', 'strategies')} in ${plural(scenarios.length, 'scenario')}.</p>
<p class="facts"><span>${about.pingsPerSecond} ping/s from the LAN through the VPN</span><span>simulated, seed ${about.seed}</span><span><code>${about.command}</code></span></p>
<p class="tiles-title" id="totals">Pings lost at failback, all scenarios together</p>
<ul class="tiles" aria-labelledby="totals">${totalsOf(runs).map(tile)}</ul>`;
}

function tile(total: Total): Markup {
  const tone = total.lostAtFailback > 0 ? 'bad' : 'good';
  const { name, meaning } = strategies[total.strategy];
  return markup`<li class="${tone}"><b class="mark-${tone}">${total.lostAtFailback}</b>
<div><span class="who">${name}</span><span class="what">lost at ${plural(total.failbacks, 'failback')}, ${total.lost} in all</span><span>${meaning}</span></div></li>`;
}

function key(): Markup {
  const items = Object.entries(tones).map(([tone, { meaning, heightPx }]) => {
    const y = (barPx + 1 - heightPx) / 2;
    return markup`<li><svg class="pic" width="34" height="${barPx + 1}" aria-hidden="true"><rect class="${tone}" x="1" y="${y}" width="32" height="${heightPx}"/></svg>${meaning}</li>
`;
  });
  return markup`<ul class="key">${items}</ul>
<p class="quiet small">Time runs to the right, in minutes:seconds, on one axis for all pictures of a scenario. Letters are events, numbers are the rules that moved Holdback. Where pings were lost, a red veil runs through all lanes.</p>`;
}

/** Keeps short hyphenated names, such as `fw-a`, on one line. */
function prose(text: string): readonly (Markup | string)[] {
  return text
    .split(/(\w+-\w{1,2}\b)/)
    .map((part, index) => (index % 2 === 1 ? markup`<span class="name">${part}</span>` : part));
}

function scenarioSection(scenario: Scenario): Markup {
  const figures = scenario.traces.map((trace, index) =>
    runFigure(trace, `${scenario.anchor}-${index + 1}`, scenario.endSeconds),
  );
  const text =
    scenario.text === '' ? nothing : markup`<p class="scenario-text">${prose(scenario.text)}</p>`;
  return markup`<section id="${scenario.anchor}"><h2>${scenario.title}</h2>${text}
${figures}</section>
`;
}
