import { describe, expect, it } from '@jest/globals';
import { readFacts } from '../../lambda/aws/facts.ts';
import { onStage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';

const RUN_COMMAND_KEEPS = 24_000;
const SHELLS = [['sh'], ['busybox', 'sh'], ['bash', '--posix']] as const;

describe.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))(
  'inspect under %s, with 200 other VPN connections',
  (_, shell) => {
    it('fits into what Run Command keeps, and finds the right ones', () =>
      onStage(
        async (stage) => {
          const bench = new Bench(stage);
          await bench.install();
          const { output } = await bench.inspect();
          expect(output.length).toBeLessThan(RUN_COMMAND_KEEPS);
          const facts = readFacts(output, 'look-1', 0);
          const state = { ike: 'ESTABLISHED', children: ['INSTALLED'] };
          expect(facts).toMatchObject({
            known: true,
            value: { loadedConnections: { known: true, value: ['aws-a1', 'aws-a2'] } },
          });
          expect(facts.known && facts.value.ipsec).toEqual({
            known: true,
            value: new Map([
              ['aws-a1', state],
              ['aws-a2', state],
            ]),
          });
        },
        { unrelatedConnections: 200, pingsPerSecond: 0.2, shell },
      ));
  },
);

describe('a section that does not fit', () => {
  it('is unknown, not half an answer', () =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        // Everything is expected: the answers for 60 connections are longer than their section.
        const all = await stage.command(
          'preferred',
          "swanctl --list-conns --raw | awk '{ print substr($3, 2) }' | sort -u | head -60 | tr '\\n' ','",
        );
        const { output } = await bench.run('inspect', {
          SSM_Observation: 'look-1',
          SSM_Connections: all.replace(/,$/, ''),
          SSM_Pings: '169.254.10.1',
          SSM_Gateways: '',
        });
        expect(output.length).toBeLessThan(RUN_COMMAND_KEEPS);
        const facts = readFacts(output, 'look-1', 0);
        expect(facts.known && facts.value.ipsec).toEqual({
          known: false,
          why: expect.stringContaining('longer than 6000 characters'),
        });
        expect(facts.known && facts.value.carp.known).toBe(true);
      },
      { unrelatedConnections: 200, pingsPerSecond: 0.2 },
    ));
});
