import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { CarpKernel, demotedSkew } from '../../../sim/site/carp.ts';
import type { CarpState } from '../../../sim/site/carp.ts';
import { Uptime } from '../../../sim/site/uptime.ts';

const NODES = ['a', 'b'] as const;
type Node = (typeof NODES)[number];

/** Two kernels with a WAN and a LAN address each, on two switches. */
class Pair {
  readonly clock = new Clock(0);
  readonly links = { a: { vtnet0: true, vtnet1: true }, b: { vtnet0: true, vtnet1: true } };
  readonly events: string[] = [];
  blocked = false;
  readonly a = this.#kernel('a', 'b', 0);
  readonly b = this.#kernel('b', 'a', 100);

  #kernel(name: Node, peer: Node, advskew: number): CarpKernel {
    const uptime = new Uptime(this.clock, name);
    const link = (port: string): boolean => this.links[name][port as 'vtnet0'];
    const kernel = new CarpKernel(uptime, new Chance(1), link, {
      changing: () => undefined,
      stateChanged: (vhid, state) => {
        this.events.push(`${name} ${vhid.vhid}@${vhid.interfaceName} ${state}`);
      },
      advertise: (vhid, advertisement) => {
        const port = vhid.interfaceName as 'vtnet0';
        this.clock.after(1, `${name} advertisement ${port}`, () => {
          if (this.blocked || !this.links[name][port]) return;
          this[peer].receive(port, advertisement);
        });
      },
      log: () => undefined,
    });
    this.clock.after(0, `${name} attach`, () => {
      kernel.attach({ vhid: 1, interfaceName: 'vtnet0', advbase: 1, advskew });
      kernel.attach({ vhid: 2, interfaceName: 'vtnet1', advbase: 1, advskew });
      kernel.preempt = true;
    });
    return kernel;
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.runUntil(this.clock.now() + seconds * 1000);
  }

  setLink(node: Node, port: 'vtnet0' | 'vtnet1', up: boolean): void {
    if (this.links[node][port] === up) return;
    this.links[node][port] = up;
    this[node].linkChanged(port);
  }

  states(vhid: number): [CarpState, CarpState] {
    return [this.a.state(vhid), this.b.state(vhid)];
  }
}

describe('the demotion of a CARP node', () => {
  it.each([
    { advskew: 0, demotion: 0, skew: 0 },
    { advskew: 100, demotion: 0, skew: 100 },
    { advskew: 0, demotion: 240, skew: 240 },
    { advskew: 100, demotion: 240, skew: 240 },
    { advskew: 0, demotion: 480, skew: 240 },
    { advskew: 0, demotion: 2 ** 20, skew: 240 },
    { advskew: 100, demotion: 139, skew: 239 },
    { advskew: 100, demotion: -40, skew: 60 },
    { advskew: 0, demotion: -240, skew: 0 },
  ])('makes it advertise skew $skew with advskew $advskew and demotion $demotion', (row) => {
    expect(demotedSkew(row.advskew, row.demotion)).toBe(row.skew);
  });

  it('grows by 240 for each vhid whose interface is down, and shrinks by the same', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.setLink('a', 'vtnet0', false);
    expect(pair.a.demotion).toBe(240);
    pair.setLink('a', 'vtnet1', false);
    expect(pair.a.demotion).toBe(480);
    pair.setLink('a', 'vtnet0', true);
    pair.setLink('a', 'vtnet1', true);
    expect(pair.a.demotion).toBe(0);
  });

  it('is advertised at once by a MASTER, so the peer takes over within milliseconds', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.a.adjustDemotion(240, 'sysctl');
    await pair.pass(0.01);
    expect(pair.states(2)).toEqual(['BACKUP', 'MASTER']);
  });
});

describe('the CARP election', () => {
  it('makes the node with the lower skew MASTER about 3 s after both came up', async () => {
    const pair = new Pair();
    await pair.pass(2.9);
    expect(pair.states(1)).toEqual(['BACKUP', 'BACKUP']);
    await pair.pass(0.2);
    expect(pair.states(1)).toEqual(['MASTER', 'BACKUP']);
  });

  it('lets the standby take over 3 s and its own skew after the last advertisement', async () => {
    const pair = new Pair();
    await pair.pass(10);
    const before = pair.clock.now();
    pair.blocked = true;
    while (pair.b.state(1) !== 'MASTER') await pair.pass(0.01);
    const seconds = (pair.clock.now() - before) / 1000;
    expect(seconds).toBeGreaterThan(2.3);
    expect(seconds).toBeLessThan(3.5);
  });

  it('ignores demotion in that timer: a demoted node takes over as fast as any', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.b.adjustDemotion(240, 'sysctl');
    pair.blocked = true;
    await pair.pass(3.5);
    expect(pair.b.state(1)).toBe('MASTER');
  });

  it('moves nothing if the peer does not preempt', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.b.preempt = false;
    pair.a.adjustDemotion(240, 'sysctl');
    await pair.pass(20);
    expect(pair.states(1)).toEqual(['MASTER', 'BACKUP']);
  });

  it('leaves a tie of two demoted nodes to the one that serves', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.b.adjustDemotion(240, 'sysctl');
    await pair.pass(2);
    pair.a.adjustDemotion(240, 'sysctl');
    await pair.pass(20);
    expect(pair.states(1)).toEqual(['MASTER', 'BACKUP']);
  });

  it('ends a quarrel of two demoted MASTERs, which advertise alike', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.a.adjustDemotion(240, 'sysctl');
    pair.b.adjustDemotion(240, 'sysctl');
    pair.blocked = true;
    await pair.pass(10);
    expect(pair.states(1)).toEqual(['MASTER', 'MASTER']);
    pair.blocked = false;
    await pair.pass(6);
    expect(pair.states(1).filter((state) => state === 'MASTER')).toHaveLength(1);
  });

  it('fails back within 1.4 s of the demotion that is taken away', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.a.adjustDemotion(240, 'sysctl');
    await pair.pass(10);
    pair.a.adjustDemotion(-240, 'sysctl');
    await pair.pass(1.41);
    expect(pair.states(1)).toEqual(['MASTER', 'BACKUP']);
    expect(pair.states(2)).toEqual(['MASTER', 'BACKUP']);
  });

  it('reports INIT, BACKUP and MASTER once each for a link that goes and comes', async () => {
    const pair = new Pair();
    await pair.pass(10);
    pair.events.length = 0;
    pair.setLink('a', 'vtnet0', false);
    await pair.pass(10);
    pair.setLink('a', 'vtnet0', true);
    await pair.pass(10);
    expect(pair.events.filter((event) => event.startsWith('a 1@vtnet0'))).toEqual([
      'a 1@vtnet0 INIT',
      'a 1@vtnet0 BACKUP',
      'a 1@vtnet0 MASTER',
    ]);
  });

  it('ends with exactly one MASTER per vhid within 4 s, whatever happened before', async () => {
    const node = fc.constantFrom(...NODES);
    const port = fc.constantFrom('vtnet0' as const, 'vtnet1' as const);
    const disturbance = fc.record({
      afterMillis: fc.integer({ min: 0, max: 6000 }),
      act: fc.oneof(
        fc.record({ kind: fc.constant('link' as const), node, port, up: fc.boolean() }),
        fc.record({ kind: fc.constant('block' as const), blocked: fc.boolean() }),
        fc.record({ kind: fc.constant('demote' as const), node, by: fc.constantFrom(-240, 240) }),
        fc.record({ kind: fc.constant('allow' as const), node, allow: fc.boolean() }),
      ),
    });
    // Up to 139 the two skews stay different; above, both advertise 240 and any MASTER may stay.
    const demotion = fc.integer({ min: 0, max: 139 });
    await fc.assert(
      fc.asyncProperty(fc.array(disturbance, { maxLength: 12 }), demotion, async (list, equal) => {
        const pair = new Pair();
        await pair.pass(10);
        for (const { afterMillis, act } of list) {
          await pair.pass(afterMillis / 1000);
          if (act.kind === 'link') pair.setLink(act.node, act.port, act.up);
          else if (act.kind === 'block') pair.blocked = act.blocked;
          else if (act.kind === 'allow') pair[act.node].setAllow(act.allow);
          else pair[act.node].adjustDemotion(act.by, 'sysctl');
        }
        pair.blocked = false;
        for (const name of NODES) {
          pair[name].setAllow(true);
          pair.setLink(name, 'vtnet0', true);
          pair.setLink(name, 'vtnet1', true);
          pair[name].adjustDemotion(equal - pair[name].demotion, 'sysctl');
        }
        await pair.pass(4);
        for (const vhid of [1, 2]) {
          expect(pair.states(vhid).filter((state) => state === 'MASTER')).toHaveLength(1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
