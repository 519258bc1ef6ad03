import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  LAB_SCENARIOS,
  labScenario,
  type Scene,
  type LabControls,
} from '../../../lab/run/scenarios.ts';
import type { LabResult } from '../../../lab/result/result.ts';
import type { SiteTruth } from '../../../sim/site/truth.ts';
import { SCENARIOS } from '../../../sim/story/scenarios.ts';

const truth = (lanOwner: string, power: string, passes: boolean): SiteTruth =>
  ({
    lanOwner,
    firewalls: { preferred: { power, tunnels: [{ passes }, { passes }] } },
  }) as unknown as SiteTruth;
/** Worlds in which one thing is so, and nothing else that is waited for. */
const WORLDS: Readonly<Record<string, SiteTruth>> = {
  'it has the traffic': truth('preferred', 'off', false),
  'the standby has the traffic': truth('standby', 'off', false),
  'it runs': truth('none', 'running', false),
  'it carries': truth('none', 'off', true),
};

/** Everything that a scenario does and waits for, in order. */
async function courseOf(id: string): Promise<string[]> {
  const found: string[] = [];
  const note = (what: string): Promise<void> => {
    found.push(what);
    return Promise.resolve();
  };
  let observed = truth('none', 'off', false);
  const site: Scene = {
    truth: () => observed,
    reboot: () => note('reboot'),
    powerOff: () => note('power off'),
    powerOn: () => note('power on'),
    setCable: (plugged) => note(plugged ? 'plug' : 'pull'),
    breakTunnels: (which) => note(`break ${which}`),
    restoreTunnels: (which) => note(`restore ${which}`),
    retireEndpoint: () => note('retire'),
    replaceEndpoint: () => note('replace'),
    toggleMaintenance: () => note('toggle'),
  };
  const controls: LabControls = {
    site,
    strategy: 'none',
    mark: (title) => void note(`"${title}"`),
    wait: (seconds) => note(`${seconds} s`),
    waitUntil: async (isSo, atMostSeconds) => {
      const fitting = Object.entries(WORLDS).filter(([, one]) => {
        observed = one;
        return isSo();
      });
      await note(`until ${fitting.map(([name]) => name).join(' or ')}, ${atMostSeconds} s`);
      return true;
    },
    takeBack: (reason) => note(`take back: ${reason}`),
  };
  await labScenario(id).play(controls);
  return found;
}

const carries = ['until it carries, 900 s', '45 s'];
const returned = ['until it has the traffic, 900 s', ...carries];
const flap = (seconds: number): string[] => [
  `"tunnels dead for ${seconds} s"`,
  'break both',
  `${seconds} s`,
  'restore both',
];

describe('the lab', () => {
  it.each<[string, string[]]>([
    ['reboot', ['"fw-a reboots"', 'reboot', ...returned]],
    [
      'power-loss',
      [
        ...['"fw-a loses its power"', 'power off', '30 s', '"power is back"', 'power on'],
        ...['until the standby has the traffic, 60 s', ...returned],
      ],
    ],
    [
      'wan-unplugged',
      ['"cable pulled"', 'pull', '120 s', '"cable plugged in"', 'plug', '15 s', ...returned],
    ],
    [
      'wan-blip',
      ['"cable pulled"', 'pull', '25 s', '"cable plugged in"', 'plug', '15 s', ...returned],
    ],
    [
      'tunnels-dead',
      [
        ...['"tunnels dead"', 'break both', '300 s', '"tunnels mended"', 'restore both'],
        ...['until it carries, 900 s', ...returned],
      ],
    ],
    [
      'endpoint-replaced',
      ['"endpoint retired"', 'retire', '60 s', '"new endpoint"', 'replace', ...carries],
    ],
    [
      'endpoint-dead',
      ['"endpoint dead"', 'break 0', '180 s', '"endpoint back"', 'restore 0', ...carries],
    ],
    [
      'flapping-failback',
      [
        ...['"fw-a reboots"', 'reboot', 'until it carries, 900 s', '20 s', ...flap(25)],
        ...['30 s', ...flap(40)],
        ...['until it has the traffic, 900 s', 'until it carries, 900 s', '30 s', ...flap(60)],
        ...carries,
      ],
    ],
    [
      'manual',
      [
        ...['"operator enters maintenance mode"', 'toggle', '60 s', '"fw-a reboots"', 'reboot'],
        ...['until it runs, 900 s', '"operator takes it back"', 'take back: update finished'],
        ...returned,
      ],
    ],
  ])('plays %s in this order', async (id, course) => {
    expect(await courseOf(id)).toEqual(course);
  });

  it('says the times that it plays', () => {
    expect(labScenario('wan-unplugged').title).toContain('plugged in two minutes later');
    expect(labScenario('tunnels-dead').text).toContain('pass again five minutes later');
  });

  it('plays all that it has figures of, by the same names', () => {
    const file = new URL('../../../docs/lab.json', import.meta.url);
    const { rows } = JSON.parse(readFileSync(file, 'utf8')) as LabResult;
    expect([...new Set(rows.map(({ scenario }) => scenario))].sort()).toEqual(
      LAB_SCENARIOS.map(({ id }) => id).sort(),
    );
  });

  it('and the story call nothing by the same name that is not the same but for its pace', () => {
    const words = (text: string): string =>
      text.replaceAll(/\b(two|five|nine) minutes\b/g, 'minutes');
    const both = SCENARIOS.filter(({ id }) => LAB_SCENARIOS.some((one) => one.id === id));
    expect(both.map(({ id }) => id)).toEqual([
      'reboot',
      'wan-unplugged',
      'tunnels-dead',
      'flapping-failback',
      'wan-blip',
    ]);
    for (const { id, title, text } of both) {
      const lab = labScenario(id);
      expect([words(title), words(text)]).toEqual([words(lab.title), words(lab.text)]);
    }
  });
});
