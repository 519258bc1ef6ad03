import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAct } from '../../lambda/core/act.ts';
import { decide, type Decision } from '../../lambda/core/decide.ts';
import { PHASES, type Memory } from '../../lambda/core/memory.ts';
import type { Observation, SideView } from '../../lambda/core/observation.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import {
  awsView,
  carp,
  deadVpn,
  goodFor,
  held,
  latched,
  observationOf,
  NOW,
  pairWith,
  remembering,
  type Facts,
} from '../support/observations.ts';

// The promises of the design, tried on observations and memories that no scenario would think of.

const silent = { known: false, why: 'no answer' } as const;

const factsArbitrary = (side: 'preferred' | 'standby'): fc.Arbitrary<Facts | null> => {
  const firewall = pairWith()[side];
  const parts: Facts[] = [
    {},
    held,
    latched,
    deadVpn(firewall),
    { carp: carp({ maintenance: true, demotion: 240 }) },
    { carp: carp({ maintenance: true, demotion: 480 }) },
    { carp: carp({ demotion: 240 }) },
    { carp: carp({ demotion: -240 }) },
    { carp: silent },
    { addresses: silent },
    { ipsec: silent },
    { pings: silent },
    { gateways: silent },
    { stateSync: { known: true, value: 'running' } },
    { latch: silent },
    { holdNote: silent },
    { upSeconds: { known: true, value: 12 } },
  ];
  const some = fc
    .subarray(parts, { maxLength: 4 })
    .map((list) => Object.assign({}, ...list) as Facts);
  return fc.oneof({ weight: 8, arbitrary: some }, { weight: 1, arbitrary: fc.constant(null) });
};

const awsArbitrary = (side: 'preferred' | 'standby'): fc.Arbitrary<SideView['aws']> =>
  fc.oneof(
    fc.tuple(fc.boolean(), fc.boolean()).map((up) => awsView(pairWith()[side], up)),
    fc.constant(silent),
  );

const window = fc.constantFrom(goodFor(0), goodFor(30), goodFor(60), goodFor(600));

const memoryArbitrary: fc.Arbitrary<Memory> = fc
  .record({
    phase: fc.constantFrom(...PHASES),
    phaseSince: fc.constantFrom(NOW - 2_000, NOW - 30_000, NOW - 300_000),
    gate: window,
    dead: window,
    soak: window,
    soakFailures: fc.nat({ max: 3 }),
    bothMasterInARow: fc.nat({ max: 2 }),
    rolledBackAt: fc.constantFrom(null, NOW - 60_000, NOW - 3_600_000),
    declinedAt: fc.constantFrom(null, NOW - 60_000),
    failbacks: fc.array(fc.constant(NOW - 1_000_000), { maxLength: 4 }),
    operation: fc.record({
      attempts: fc.nat({ max: 6 }),
      changed: fc.boolean(),
      approved: fc.boolean(),
      deadlineAt: fc.constantFrom(NOW - 1, NOW + 3_600_000),
    }),
  })
  .map((memory) => remembering(memory));

interface Situation {
  readonly pair: Pair;
  readonly observation: Observation;
  readonly memory: Memory;
  readonly decision: Decision;
  readonly manual: boolean;
}

const situations: fc.Arbitrary<Situation> = fc
  .record({
    mode: fc.constantFrom('auto' as const, 'approve' as const, 'off' as const),
    tunnelMode: fc.constantFrom(
      'always-up' as const,
      'bgp-on-master' as const,
      'on-master' as const,
    ),
    serving: fc.constantFrom(
      'preferred' as const,
      'standby' as const,
      'both' as const,
      'nobody' as const,
    ),
    preferred: factsArbitrary('preferred'),
    standby: factsArbitrary('standby'),
    preferredAws: awsArbitrary('preferred'),
    standbyAws: awsArbitrary('standby'),
    muted: fc.constantFrom(false, false, true, 'unknown' as const),
    memory: memoryArbitrary,
    paused: fc.constantFrom(null, null, null, 'paused by ann: cable work'),
    manual: fc.boolean(),
  })
  .map(({ mode, tunnelMode, memory, paused, manual, ...observed }) => {
    const pair = pairWith({ mode, tunnelMode });
    const observation = observationOf(pair, observed);
    const actor = manual ? 'manual' : 'automatic';
    return {
      pair,
      observation,
      memory,
      manual,
      decision: decide(pair, observation, memory, { actor, paused }),
    };
  });

const always = (check: (situation: Situation) => void): void => {
  fc.assert(fc.property(situations, check), { numRuns: 3000 });
};

const verdictsOf = ({ decision }: Situation): Map<string, string> =>
  new Map(decision.evidence.map(({ id, verdict }) => [id, verdict]));

describe('the promises', () => {
  it('lets a firewall out only after the whole window with every signal good, or if it serves alone', () => {
    always((situation) => {
      const { decision, pair } = situation;
      if (decision.step.action !== 'release') return;
      const isUnhealthy = (id: string): boolean => verdictsOf(situation).get(id) !== 'pass';
      if (['serving-alone', 'standby-dead', 'split'].includes(decision.rule)) {
        expect(situation.observation.preferred.firewall.known).toBe(true);
        return;
      }
      expect(decision.memory.gate.goodMillis).toBeGreaterThanOrEqual(pair.stableSeconds * 1000);
      expect(
        ['carp-sane', 'gateways-good', 'peer-serving', 'state-sync'].filter(isUnhealthy),
      ).toEqual([]);
    });
  });

  it('moves traffic to the standby only if the standby is known to be ready', () => {
    always((situation) => {
      const { decision } = situation;
      if (decision.rule !== 'failover' && decision.rule !== 'soak-bad') return;
      expect(verdictsOf(situation).get('standby-ready')).toBe('pass');
    });
  });

  it('gives up a standby only when AWS shows all of it dead, and the held firewall would carry', () => {
    always(({ decision, observation }) => {
      if (decision.rule !== 'standby-dead') return;
      const { standby } = observation;
      expect(standby.aws.known && standby.aws.value.tunnels.every(({ up }) => !up)).toBe(true);
      expect(decision.evidence.find(({ id }) => id === 'carp-sane')?.verdict).toBe('pass');
      expect(observation.preferred.firewall.known).toBe(true);
    });
  });

  it('fails over only when both views say that every tunnel is dead', () => {
    always(({ decision, observation }) => {
      if (decision.step.action !== 'fail-over') return;
      const { aws, firewall } = observation.preferred;
      expect(aws.known && aws.value.tunnels.every(({ up }) => !up)).toBe(true);
      expect(firewall.known && firewall.value.ipsec.known).toBe(true);
    });
  });

  it('sends no command to a pair that is paused, muted, off, split, or held by an operator, a roll back that was decided aside', () => {
    always(({ decision, memory, observation, pair, manual }) => {
      if (!isAct(decision.step.action) || memory.phase === 'rolling-back') return;
      expect(decision.evidence.find(({ id }) => id === 'holder')?.evidence).toBeDefined();
      if (manual) return;
      expect(pair.mode).not.toBe('off');
      const { alarms } = observation;
      expect(alarms?.known && alarms.value.some(({ muted }) => muted)).not.toBe(true);
      expect(decision.evidence.find(({ id }) => id === 'holder')?.evidence).not.toContain(
        'operator',
      );
    });
  });

  it('moves no traffic by itself while it is not known whether somebody has muted an alarm', () => {
    always(({ decision, observation, manual }) => {
      if (manual || (decision.rule !== 'failover' && decision.rule !== 'failback')) return;
      expect(observation.alarms?.known).toBe(true);
    });
  });

  it('sends no command when nothing is known of the preferred firewall', () => {
    always(({ decision, observation }) => {
      if (!isAct(decision.step.action)) return;
      const { firewall } = observation.preferred;
      expect(firewall.known && firewall.value.addresses.known && firewall.value.carp.known).toBe(
        true,
      );
    });
  });

  it('ends with `stood-down` only if nothing was changed, and with `incomplete` only if something was', () => {
    always(({ decision, memory }) => {
      if (decision.outcome === 'stood-down') expect(memory.operation?.changed).toBe(false);
      if (decision.outcome === 'incomplete') expect(memory.operation?.changed).toBe(true);
    });
  });

  it('gives every wait a bound', () => {
    always(({ decision }) => {
      if (decision.step.action !== 'wait') return;
      expect(decision.waitSeconds).toBeGreaterThanOrEqual(1);
      expect(decision.waitSeconds).toBeLessThanOrEqual(10);
    });
  });
});
