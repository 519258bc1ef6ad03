import fc from 'fast-check';
import type { Mark, Span, TracedRun } from '../../../sim/trace.ts';
import { rebootNone } from './fixture.ts';

const toneNames = ['preferred', 'standby', 'good', 'bad', 'held', 'waiting', 'idle'] as const;
const states = ['fw-a', 'down', 'counting', 'constructor', 'W', ''];

const markTitles = fc.oneof(
  fc.constantFrom('fw-a reboots', 'gate-red', 'both tunnels are back', 'W'),
  fc.string({ maxLength: 60 }),
);

export function marksWithin(endSeconds: number, maxLength = 40): fc.Arbitrary<Mark[]> {
  return fc.array(
    fc.record({
      atSeconds: fc.nat(endSeconds),
      laneId: fc.constantFrom('events', 'phase'),
      title: markTitles,
    }),
    { maxLength, size: 'max' },
  );
}

function spansWithin(endSeconds: number): fc.Arbitrary<Span[]> {
  return fc
    .tuple(fc.uniqueArray(fc.nat(endSeconds), { maxLength: 12 }), fc.constantFrom(...states))
    .map(([cuts, first]) => {
      const edges = [...new Set([0, ...cuts, endSeconds])].sort((a, b) => a - b);
      return edges.slice(1).map((toSeconds, index) => ({
        fromSeconds: edges[index] ?? 0,
        toSeconds,
        state: states[(index + states.indexOf(first)) % states.length] ?? '',
      }));
    });
}

/** A run with anything in it that the simulation could write, and its own figures right. */
export const anyTrace: fc.Arbitrary<TracedRun> = fc
  .integer({ min: 10, max: 100_000 })
  .chain((durationSeconds) =>
    fc.record({
      durationSeconds: fc.constant(durationSeconds),
      title: fc.string(),
      marks: marksWithin(durationSeconds),
      spans: fc.array(spansWithin(durationSeconds), { minLength: 1, maxLength: 4 }),
      lost: fc.uniqueArray(fc.nat(durationSeconds - 1), { maxLength: 60, size: 'max' }),
    }),
  )
  .map(({ durationSeconds, title, marks, spans, lost }) => ({
    ...rebootNone,
    scenarioTitle: title,
    durationSeconds,
    marks,
    lostPingsAtSeconds: lost.sort((a, b) => a - b),
    lanes: spans.map((laneSpans, index) => ({
      id: index === 3 ? 'phase' : `lane-${index}`,
      title: `Lane ${index}`,
      spans: laneSpans,
      tones: Object.fromEntries(
        states.map((state, at) => [state, toneNames[at % toneNames.length] ?? 'idle']),
      ),
    })),
    run: { ...rebootNone.run, pingsSent: durationSeconds, pingsLost: lost.length },
  }));
