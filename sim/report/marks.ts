import type { Mark, TracedRun } from '../trace.ts';

/** The lane of Holdback's phase: a mark on it is a rule that moved Holdback, any other an event. */
const phaseLaneId = 'phase';

function inOrder(marks: readonly Mark[]): readonly Mark[] {
  return [...marks].sort(
    (a, b) => a.atSeconds - b.atSeconds || (a.title < b.title ? -1 : Number(a.title > b.title)),
  );
}

export function eventsOf(trace: TracedRun): readonly Mark[] {
  return inOrder(trace.marks.filter((mark) => mark.laneId !== phaseLaneId));
}

export function rulesOf(trace: TracedRun): readonly Mark[] {
  return inOrder(trace.marks.filter((mark) => mark.laneId === phaseLaneId));
}

/** The lanes from top to bottom; the phase comes last, as its rules hang below it. */
export function lanesOf(trace: TracedRun): TracedRun['lanes'] {
  const isPhase = (lane: { readonly id: string }): boolean => lane.id === phaseLaneId;
  return [...trace.lanes.filter((lane) => !isPhase(lane)), ...trace.lanes.filter(isPhase)];
}

/** A, B, … Z, AA, AB, … */
export function eventName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : eventName(Math.floor(index / 26) - 1) + letter;
}

export function ruleName(index: number): string {
  return String(index + 1);
}
