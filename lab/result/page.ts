import { htmlDocument } from '../../sim/report/document.ts';
import { runFigure } from '../../sim/report/figure.ts';
import { markup, nothing, type Markup } from '../../sim/report/markup.ts';
import { scenariosOf } from '../../sim/report/scenarios.ts';
import { plural } from '../../sim/report/text.ts';
import { strategies } from '../../sim/report/descriptions.ts';
import { disagreementsOf, type Disagreement } from './cross-check.ts';
import type { Row } from './figures.ts';
import { VARIANTS, type Variant } from '../run/plan.ts';
import { typicalOf, type Cell, type LabResult } from './result.ts';
import { labScenario } from '../run/scenarios.ts';
import { showRange } from './table.ts';
import { traceOf } from './trace.ts';

const labCss = `
.lab{font-size:.92rem}
.lab th,.lab td{padding:6px 14px 6px 0;text-align:left;vertical-align:baseline;border-top:1px solid var(--grid);font-weight:400}
.lab thead th{font-size:.82rem;color:var(--quiet);border:0;vertical-align:bottom}
.lab .scenario th{padding:22px 0 6px;font-weight:650;border:0}
.lab .mine th{font-weight:650}
.lab .number{white-space:nowrap}
.lab .floor{color:var(--quiet);font-size:.85rem;padding:0 0 8px;border:0}
.scroll{overflow-x:auto}
.jump{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 36px;padding:0;list-style:none;font-size:.92rem}
@media (max-width:640px){
.lab,.lab tbody,.lab tr{display:block}
.lab thead{display:none}
.lab tr{padding:8px 0;border-top:1px solid var(--grid)}
.lab th,.lab td{display:grid;grid-template-columns:11.5em 1fr;border:0;padding:1px 0}
.lab td::before{content:attr(data-name);color:var(--quiet)}
.lab th{display:block}.lab .scenario{border:0;padding:0}.lab .floor{display:block}
.lab .floor::before{content:none}.lab .number{white-space:normal}
}
`;

/** What the lab has measured, as one page that needs nothing but itself. */
export function labPage(result: LabResult, cells: readonly Cell[]): string {
  const variants = VARIANTS.filter(({ id }) => result.rows.some(({ variant }) => variant === id));
  return htmlDocument(
    'Holdback: measured on real tunnels',
    markup`<header>${head(result, variants)}</header>
<main>${variants.map(({ id, title }) => measured(id, title, result.rows))}
${crossCheck(result.rows)}
${variants.map(({ id, title }) => pictures(id, title, cells))}</main>
<footer>Every figure on this page comes out of <code>${result.command}</code>; the packets are beside it, in <code>lab/raw</code>.</footer>`,
    labCss,
  );
}

function head(result: LabResult, variants: readonly Variant[]): Markup {
  const runs = result.rows.reduce((sum, row) => sum + row.runs, 0);
  const broken =
    result.broken.length === 0
      ? nothing
      : markup`<p class="bad">Not built at the first try: ${result.broken.join('; ')}</p>`;
  return markup`<h1>Holdback: measured on real tunnels</h1>
<p>Real IKE, ESP, BGP and CARP between network namespaces, under the stack that would be deployed. Medians, and in brackets the least and the most; pings are real ones, ${result.pingsPerSecond} a second.</p>
<p class="facts"><span>${plural(runs, 'run')} on ${plural(variants.length, 'variant')} of the site</span><span>what only waits goes ${result.factor} times as fast</span><span>${result.minutes} min, ${result.sitesSideBySide} sites side by side on ${plural(result.cores, 'core')}</span><span><code>${result.command}</code></span></p>${broken}
<ul class="jump"><li><a href="#cross-check">Lab and simulation compared</a></li>${variants.map(({ id, title }) => markup`<li><a href="#pictures-${id}">Pictures: ${title}</a></li>`)}</ul>`;
}

const TITLES = [
  'Runs',
  'Pings lost',
  'At failback',
  'Longest gap',
  'Failback delay',
  'Proven after',
  'Holdback adds',
];

function table(titles: readonly string[], rows: Markup | readonly Markup[]): Markup {
  return markup`<div class="scroll"><table class="lab"><thead><tr><th scope="col">Strategy</th>${titles.map((title) => markup`<th scope="col">${title}</th>`)}</tr></thead>${rows}</table></div>`;
}

const cell = (name: string, text: string | Markup, tone = ''): Markup =>
  markup`<td class="number ${tone}" data-name="${name}">${text}</td>`;

function strategyName({ strategy }: Row): string {
  return strategies[strategy].name;
}

function bodies(rows: readonly Row[], rowsOf: (row: Row) => Markup, withFloor: boolean): Markup[] {
  const ids = [...new Set(rows.map(({ scenario }) => scenario))];
  return ids.map((id) => {
    const own = rows.filter(({ scenario }) => scenario === id);
    const floor = withFloor
      ? markup`<tr><td class="floor" colspan="8">Floor: ${labScenario(id).floor}.</td></tr>`
      : nothing;
    return markup`<tbody><tr class="scenario"><th colspan="8" scope="rowgroup">${labScenario(id).title}</th></tr>${own.map(rowsOf)}${floor}</tbody>
`;
  });
}

const nameCell = (row: Row): Markup => markup`<th scope="row">${strategyName(row)}</th>`;
const rowStart = (row: Row): Markup =>
  row.strategy === 'holdback' ? markup` class="mine"` : nothing;

function measured(id: string, title: string, rows: readonly Row[]): Markup {
  const own = rows.filter(({ variant }) => variant === id);
  const row = (one: Row): Markup => {
    const atFailback = one.lostAtFailback;
    const tone =
      atFailback === null ? '' : atFailback.max === 0 ? 'good mark-good' : 'bad mark-bad';
    return markup`<tr${rowStart(one)}>${nameCell(one)}${cell('Runs', String(one.runs))}${cell('Pings lost', showRange(one.lost))}${cell('At failback', showRange(atFailback), tone)}${cell('Longest gap', showRange(one.longestGapMillis, ' ms'))}${cell('Failback delay', showRange(one.failbackDelaySeconds, ' s'))}${cell('Proven after', showRange(one.provenAfterSeconds, ' s'))}${cell('Holdback adds', one.shareSeconds === null ? '-' : `${one.shareSeconds} s`)}</tr>
`;
  };
  const note =
    id === 'always-up'
      ? markup`<p class="quiet small">The failback delay counts from the moment at which all tunnels carried, in seconds of AWS's clock; its floor is the stable window, and <em>Holdback adds</em> is the rest. Most of that is <em>Proven after</em>, before the window begins: the local AWS tells of a tunnel 10 to 60 s late, a session counts when it is older than the BGP hold time, and Holdback observes once a minute. Negative: the traffic came back before the tunnels did.</p>`
      : nothing;
  return markup`<section id="measured-${id}"><h2>${title}</h2>${note}${table(TITLES, bodies(own, row, true))}</section>
`;
}

const COMPARED = [
  'Lost: lab',
  'simulation',
  'At failback: lab',
  'simulation',
  'Delay: lab',
  'simulation',
  'Verdict',
];

const told = (found: readonly Disagreement[]): string =>
  found.map(({ figure, why }) => `${figure}: ${why ?? 'not explained'}`).join('; ');

/** The lab and the simulation side by side; where they differ, why. */
function crossCheck(rows: readonly Row[]): Markup {
  const asked = rows.filter(({ simulated }) => simulated !== null);
  if (asked.length === 0) return nothing;
  const disagreeing = asked.filter((row) => disagreementsOf(row).length > 0);
  const row = (one: Row): Markup => {
    const { simulated } = one;
    const found = disagreementsOf(one);
    const verdict =
      found.length === 0
        ? markup`<span class="good mark-good">agree</span>`
        : found.some(({ why }) => why === undefined)
          ? markup`<span class="bad mark-bad">${told(found)}</span>`
          : markup`<span>${told(found)}</span>`;
    return markup`<tr${rowStart(one)}><th scope="row">${strategyName(one)}, ${one.variant}</th>${cell('Lost, lab', showRange(one.lost))}${cell('Lost, simulation', showRange(simulated?.lost ?? null))}${cell('At failback, lab', showRange(one.lostAtFailback))}${cell('At failback, simulation', showRange(simulated?.lostAtFailback ?? null))}${cell('Delay, lab', showRange(one.failbackDelaySeconds, ' s'))}${cell('Delay, simulation', showRange(simulated?.failbackDelaySeconds ?? null, ' s'))}<td data-name="Verdict">${verdict}</td></tr>
`;
  };
  return markup`<section id="cross-check"><h2>Lab and simulation compared</h2>
<p>The simulation plays the same scenarios with the lab's parameters. ${asked.length - disagreeing.length} of ${asked.length} rows agree: their ranges overlap, or lie no further apart than 5 pings, 20 s or 15 %.</p>
${table(COMPARED, bodies(asked, row, false))}</section>
`;
}

/** The typical run of each cell, drawn from its packets. */
function pictures(id: string, title: string, cells: readonly Cell[]): Markup {
  const own = cells.filter(({ variant }) => variant.id === id);
  const traces = own.flatMap((one) => {
    const typical = typicalOf(one);
    return typical ? [traceOf(typical)] : [];
  });
  const sections = scenariosOf(traces).map(
    ({ anchor, title: scenario, text, endSeconds, traces: drawn }) =>
      markup`<h3 class="scenario-text">${scenario}</h3><p>${text}</p>${drawn.map((trace, index) => runFigure(trace, `${id}-${anchor}-${index + 1}`, endSeconds))}
`,
  );
  return markup`<section id="pictures-${id}"><h2>Pictures: ${title}</h2><p class="quiet">The run in the middle of each row. Time is real time, in minutes:seconds.</p>${sections}</section>
`;
}
