import { renderPicture } from '../report/picture.ts';
import { traceOf } from '../story/traced.ts';
import type { TracedRun } from '../trace.ts';
import { describeFault, type Incident } from './incident.ts';
import { live, type Life, type Lived, type Strategy } from './play.ts';

/** Drawn side by side: what happens without Holdback, and with it. */
const DRAWN: readonly Strategy[] = ['none', 'holdback'];
/** After the last change there is nothing more to see. */
const AFTERWARDS_SECONDS = 60;

/** An incident under no control and under Holdback, one below the other, as SVG. */
export async function pictureOf(
  title: string,
  { incident, workflow, options }: Omit<Life, 'strategy' | 'draw'>,
): Promise<string> {
  const traces: TracedRun[] = [];
  for (const strategy of DRAWN) {
    const life = { incident, workflow, options, strategy };
    traces.push(await live(life, (lived) => traced(title, incident, strategy, lived)));
  }
  const end = Math.max(...traces.map(lastChangeSeconds)) + AFTERWARDS_SECONDS;
  return renderPicture(
    traces.map((trace) => endingAt(trace, Math.min(end, trace.durationSeconds))),
    { theme: 'auto' },
  );
}

function traced(
  title: string,
  incident: Incident,
  strategy: Strategy,
  { site, holdback, pair, truths, start, end }: Lived,
): TracedRun {
  return traceOf({
    id: `incident-${incident.seed}`,
    title,
    text: '',
    durationSeconds: (end - start) / 1000,
    strategy,
    names: { preferred: pair.preferred.name, standby: pair.standby.name },
    pingsPerSecond: site.options.pingsPerSecond,
    truths,
    pings: site.pings,
    commands: holdback?.commands ?? [],
    entries: holdback?.ledger.records ?? null,
    phases: holdback?.phases ?? [],
    marks: incident.faults.map((fault) => ({
      atSeconds: fault.atSeconds,
      laneId: 'events',
      title: describeFault(fault),
    })),
    invariantsBroken: [],
    start,
    end,
  });
}

const lastChangeSeconds = ({ lanes }: TracedRun): number =>
  Math.max(...lanes.map(({ spans }) => spans.at(-1)?.fromSeconds ?? 0));

const endingAt = (trace: TracedRun, seconds: number): TracedRun => ({
  ...trace,
  durationSeconds: seconds,
  lanes: trace.lanes.map((lane) => ({
    ...lane,
    spans: lane.spans
      .filter(({ fromSeconds }) => fromSeconds < seconds)
      .map((span) => ({ ...span, toSeconds: Math.min(span.toSeconds, seconds) })),
  })),
  marks: trace.marks.filter(({ atSeconds }) => atSeconds < seconds),
  lostPingsAtSeconds: trace.lostPingsAtSeconds.filter((at) => at < seconds),
});
