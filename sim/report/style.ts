import { Markup } from './markup.ts';

/** How a picture looks; used inside the page and inside a picture that stands alone. */
export const pictureCss = `
.pic{font:12px/1 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--text);font-variant-numeric:tabular-nums}
.pic .small{font-size:11px}.pic .quiet{fill:var(--quiet)}
.pic .ground{fill:var(--ground)}.pic .name{font-size:15px;font-weight:700}.pic .summary{font-size:12px}.pic .axis{text-anchor:middle}.pic .end{text-anchor:end}
.pic .good-text{fill:var(--good);font-weight:650}.pic .bad-text{fill:var(--bad);font-weight:650}.pic .plain-text{fill:var(--quiet)}
.pic .total{fill:var(--bad);font-weight:700}
.pic .title,.pic .count,.pic .mark .small{paint-order:stroke;stroke:var(--ground);stroke-width:3px;stroke-linejoin:round}
.pic .grid{stroke:var(--grid)}.pic .base{stroke:var(--line)}
.pic .loss{fill:var(--bad);opacity:.09}
.pic .event{stroke:var(--text);opacity:.75}.pic .leader{stroke:var(--quiet)}
.pic .tick{fill:none;stroke:var(--bad);stroke-width:1.6;pointer-events:none}
.pic .count{fill:var(--bad);font-weight:700;text-anchor:middle}
.pic .preferred{fill:var(--preferred);stroke:var(--preferred)}.pic .standby{fill:var(--standby);stroke:var(--standbyEdge)}
.pic .held{fill:var(--held);stroke:var(--heldEdge)}.pic .good{fill:var(--good)}
.pic .idle{fill:var(--idle)}.pic .good,.pic .idle{stroke:transparent;stroke-width:10px}
.pic .bad{fill:url(#hatch);stroke:var(--bad)}.pic .waiting{fill:url(#dots);stroke:var(--waitingEdge)}
.pic .in{font-size:11px;pointer-events:none;paint-order:stroke;stroke-width:3px;stroke-linejoin:round;stroke:none}
.pic .in-preferred{fill:var(--onPreferred)}.pic .in-standby{fill:var(--onStandby)}.pic .in-held{fill:var(--onHeld)}
.pic .in-bad{fill:var(--onBad);stroke:var(--badGround)}.pic .in-waiting{fill:var(--onWaiting);stroke:var(--waiting)}
.pic .seam{stroke:var(--ground);stroke-width:1.5}
.pic .badge{fill:var(--text)}.pic .on-badge{fill:var(--ground);font-size:11px;font-weight:700;text-anchor:middle}
.pic .rule{fill:var(--ground);stroke:var(--text);stroke-width:1.25}.pic .on-rule{fill:var(--text);font-size:11px;font-weight:650;text-anchor:middle}
#hatch rect{fill:var(--badGround)}#hatch path{stroke:var(--badHatch);stroke-width:2.2}
#dots rect{fill:var(--waiting)}#dots circle{fill:var(--waitingDot)}
`;

/** The patterns that `pictureCss` refers to; once in a document. */
export const patterns = new Markup(
  '<defs>' +
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
    '<rect width="6" height="6"/><path d="M1.5 0V6"/></pattern>' +
    '<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse">' +
    '<rect width="5" height="5"/><circle cx="2.5" cy="2.5" r=".9"/></pattern>' +
    '</defs>',
);
