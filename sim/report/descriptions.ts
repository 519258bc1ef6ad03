import type { Run, Strategy, TracedRun } from '../trace.ts';
import { eventName, eventsOf, lanesOf, ruleName, rulesOf } from './marks.ts';
import { outagesOf } from './outages.ts';
import { lasting, moment, plural } from './text.ts';

interface StrategyText {
  readonly name: string;
  readonly meaning: string;
}

export const strategies: Readonly<Record<Strategy, StrategyText>> = {
  none: { name: 'No control', meaning: 'CARP alone; the preferred firewall preempts at once' },
  'forum-script': {
    name: 'Forum script',
    meaning: 'on the firewall: toggle maintenance, sleep, check one gateway and any tunnel, toggle',
  },
  'holdback-without-latch': {
    name: 'Holdback, no latch',
    meaning: 'as deployed, but with nothing on the firewall that holds it at boot',
  },
  holdback: { name: 'Holdback', meaning: 'as deployed, with its latch on the firewall' },
};

export interface RunSummary {
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

/** How the run ended, in a few words; the worst comes first. */
export function summaryOf(run: Run): RunSummary {
  if (run.invariantsBroken.length > 0) {
    return { tone: 'bad', text: `${plural(run.invariantsBroken.length, 'invariant')} broken` };
  }
  const incomplete = run.operations.filter(
    (operation) => operation.outcome === 'incomplete',
  ).length;
  const back = backOf(run);
  if (incomplete > 0) return { ...back, tone: 'bad', text: `${back.text}; a person was told` };
  return back;
}

function backOf(run: Run): RunSummary {
  if (run.failbacks === 0) {
    const text = run.failovers === 0 ? 'traffic never moved' : 'stayed on the standby';
    return { tone: 'plain', text };
  }
  const lost = run.pingsLostAtFailback > 0;
  if (run.rollbacks >= run.failbacks) {
    return { tone: lost ? 'bad' : 'plain', text: `rolled back${lost ? ' with loss' : ''}` };
  }
  const again = run.rollbacks > 0 ? `, ${plural(run.rollbacks, 'rollback')}` : '';
  if (lost) return { tone: 'bad', text: `failed back with loss${again}` };
  return { tone: 'good', text: `failed back clean${again}` };
}

/** Time from "last signal turned good" to failback; negative when the traffic came back before it. */
export function failbackDelay(run: Run): string {
  const seconds = run.failbackDelaySeconds;
  if (seconds === null) return '\u2013';
  return seconds < 0 ? `${lasting(-seconds)} early` : lasting(seconds);
}

/** The picture in sentences, for those who do not see it. */
export function describe(trace: TracedRun): string {
  const { run } = trace;
  const events = eventsOf(trace).map(
    (mark, index) => `${eventName(index)} ${moment(mark.atSeconds)} ${mark.title}`,
  );
  const lost = outagesOf(trace).map(
    (outage) => `${outage.lost} from ${moment(outage.fromSeconds)} to ${moment(outage.toSeconds)}`,
  );
  const lanes = lanesOf(trace).map((lane) => {
    const spans = lane.spans.map((span) => `${span.state} until ${moment(span.toSeconds)}`);
    return `${lane.title}: ${spans.join(', ')}.`;
  });
  const rules = rulesOf(trace).map(
    (mark, index) => `${ruleName(index)} ${moment(mark.atSeconds)} ${mark.title}`,
  );
  return [
    `${trace.scenarioTitle}, ${strategies[run.strategy].name}: ${summaryOf(run).text}.`,
    `${run.pingsLost} of ${run.pingsSent} pings lost${lost.length > 0 ? `: ${lost.join(', ')}` : ''}.`,
    ...(events.length > 0 ? [`Events: ${events.join(', ')}.`] : []),
    ...lanes,
    ...(rules.length > 0 ? [`Rules: ${rules.join(', ')}.`] : []),
  ].join(' ');
}
