import { labelStepPx } from './lanes.ts';
import { overhangPx, wide } from './layout.ts';

/** The width of a figure from which on it shows the wide layout. */
const wideFromPx = wide.plotPx + wide.gutterPx + overhangPx;

/** Labels that need a wider plot than the layout's smallest one: hidden until there is room. */
function labelSteps(): string {
  const steps: string[] = [];
  for (let px = labelStepPx; px <= wide.widestPx; px += labelStepPx) {
    const cls = `.from-${px}`;
    steps.push(`${cls}{display:none}@container plot (min-width:${px}px){${cls}{display:inline}}`);
  }
  return steps.join('\n');
}

export const pageCss = `
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main,header,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header{padding-top:36px}
h1{font-size:clamp(1.5rem,1.1rem + 1.8vw,2.3rem);line-height:1.15;letter-spacing:-.02em;margin:0 0 .5em;max-width:26em;text-wrap:balance}
h2{font-size:1.4rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 .3em;text-wrap:balance}
h3{font-size:1.05rem;line-height:1.3;margin:0}
p{margin:0 0 .8em;max-width:44em;text-wrap:pretty}
a{color:inherit;text-decoration-color:var(--quiet);text-underline-offset:.18em}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--preferred);outline-offset:2px;border-radius:2px}
code{font:.92em ui-monospace,"SF Mono","Cascadia Mono",Consolas,"Liberation Mono",monospace}
.quiet{color:var(--quiet)}.small{font-size:.9rem}.name{white-space:nowrap}
.facts{display:flex;flex-wrap:wrap;gap:.2em 1.6em;margin:0 0 28px;font-size:.9rem;color:var(--quiet)}
.facts code{color:var(--text);overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:1px;margin:0 0 36px;padding:0;list-style:none;background:var(--line);border:1px solid var(--line);border-radius:8px;overflow:hidden}
.tiles li{flex:1 1 20%;background:var(--ground);padding:14px 16px 12px}
.tiles b{display:block;font-size:2.1rem;line-height:1.15;letter-spacing:-.02em}
.tiles .bad b{color:var(--bad)}.tiles .good b{color:var(--good)}
.tiles span{display:block;font-size:.87rem;line-height:1.4;color:var(--quiet)}
.tiles-title{font-weight:650;margin:0 0 8px}
.tiles .what{color:var(--text)}.tiles .who{color:var(--text);font-weight:650;font-size:.95rem}
section{margin:0 0 56px;scroll-margin-top:12px}

table{border-collapse:collapse;width:100%}
.compare th,.compare td{padding:6px 0 6px 16px;text-align:right;vertical-align:baseline;border-top:1px solid var(--grid)}
.compare th:first-child{padding-left:0}
.compare thead th{font-size:.82rem;font-weight:500;line-height:1.25;color:var(--quiet);vertical-align:bottom;border:0}
.compare .who,.compare .scenario th,.compare .lost,.compare .outcome{text-align:left}
.compare tbody td,.compare .who{white-space:nowrap}.compare .outcome{white-space:normal!important}
.compare tbody th{font-weight:400}
.compare .outcome{padding-left:28px}
.compare .scenario th{padding:22px 0 6px;font-weight:650;border:0}
.compare .mine th{font-weight:650}
.compare .lost{width:26%}.compare thead .lost{padding-left:calc(16px + 1em)}
.compare td .number{display:inline-block;width:3em;text-align:right}
.track{display:inline-block;width:calc(100% - 3.7em);margin-left:.7em}
.bar{display:block;height:9px;background:var(--bad);opacity:.8;min-width:2px}
.bad{color:var(--bad)}.good{color:var(--good)}
td.bad{font-weight:650}
.mark-bad::before,.mark-good::before{font-weight:700;margin-right:.35em}
.mark-bad::before{content:"\\2717" / ""}.mark-good::before{content:"\\2713" / ""}

.key{display:flex;flex-wrap:wrap;gap:6px 20px;margin:0 0 8px;padding:0;list-style:none;font-size:.87rem;color:var(--quiet)}
.key li{display:flex;align-items:center;gap:8px}
.key svg{flex:none}
.scenario-text{margin-bottom:22px}
figure{margin:0 0 40px;padding:16px 0 0;border-top:1px solid var(--line);container:figure / inline-size}
.run-head{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 14px;margin:0 0 10px}
.run-head p{margin:0;font-size:.92rem;color:var(--quiet)}
.run-head .good{color:var(--good)}.run-head .bad{color:var(--bad)}
.plot{container:plot / inline-size;margin-right:${overhangPx}px}
.plot svg.pic{display:block;overflow:visible}
.plot.wide{display:none;margin-left:${wide.gutterPx}px}
.plot.narrow{margin-left:${overhangPx / 2}px}
@container figure (min-width:${wideFromPx}px){.plot.wide{display:block}.plot.narrow{display:none}}
${labelSteps()}
.pic rect:hover{filter:brightness(1.06)}
.notes{display:grid;gap:8px 40px;margin-top:10px}
@container figure (min-width:760px){.notes{grid-template-columns:1fr 2.4fr}.notes>*:nth-child(2) ol{columns:24rem 2;column-gap:40px}}
.notes>*:only-child{grid-column:1/-1}.notes>*:only-child ol{columns:22rem 3;column-gap:40px}.notes li{break-inside:avoid}
.notes h4{margin:0 0 2px;font-size:.8rem;font-weight:500;color:var(--quiet)}
.notes ol{margin:0;padding:0;list-style:none;font-size:.87rem;line-height:1.4}
.notes li{display:grid;grid-template-columns:1.6em 3.2em 1fr;gap:6px;padding:2px 0}
.notes .at{color:var(--quiet);text-align:right}
.notes i{font-style:normal;font-weight:700;font-size:.75rem;line-height:1.35rem;height:1.35rem;text-align:center;border-radius:999px;background:var(--text);color:var(--ground)}
.notes i.rule{border-radius:4px;background:none;color:var(--text);box-shadow:inset 0 0 0 1.25px var(--text)}
.notes span span{color:var(--quiet)}
.afterwards{display:flex;flex-wrap:wrap;gap:2px 20px;margin:8px 0 0;padding:0;list-style:none;font-size:.87rem;color:var(--quiet)}
.afterwards b{font-weight:650}
em{font-style:normal;color:var(--text)}
details{margin-top:10px;font-size:.87rem}
summary{cursor:pointer;color:var(--quiet);padding:4px 0;width:fit-content}
.as-text{width:auto;margin-top:4px}
.as-text th,.as-text td{text-align:left;vertical-align:baseline;padding:2px 18px 2px 0;border-top:1px solid var(--grid);font-weight:400}
.as-text thead th{color:var(--quiet);border:0}
.as-text .number{text-align:right}
footer{padding-bottom:40px;font-size:.87rem;color:var(--quiet)}

@media (max-width:960px){
.tiles li{flex-basis:40%}
.compare .lost{width:18%}.compare .outcome{padding-left:20px}
}
@media (max-width:640px){
header{padding-top:24px}
main,header,footer{padding-left:16px;padding-right:16px}
section{margin-bottom:44px}
.tiles li{flex-basis:100%;display:grid;grid-template-columns:6rem 1fr;padding:10px 12px;align-items:start}
.tiles b{font-size:1.6rem}
.compare,.compare thead,.compare tbody{display:block}
.compare tr{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr) minmax(0,1fr) minmax(0,1.3fr);gap:2px 8px;padding:9px 0;border-top:1px solid var(--grid)}
.compare thead tr{border:0;padding:0;align-items:end}
.compare .scenario{border:0;padding:20px 0 4px}
.compare .scenario th{grid-column:1/-1}
.compare th,.compare td,.compare .scenario th,.compare thead .lost,.compare .outcome{padding:0;border:0}
.compare thead .who,.compare thead .outcome{display:none}
.compare tbody .who{grid-area:1/1/2/3}
.compare tbody .outcome{grid-area:1/3/2/5;text-align:right;font-size:.84rem;line-height:1.35;align-self:center}
.compare .lost{width:auto}
.compare td .number{width:auto}
.track{display:block;width:100%;margin:2px 0 0}
.bar{height:5px}
}
@media print{details{display:none}figure,.compare tbody{break-inside:avoid}}
`;
