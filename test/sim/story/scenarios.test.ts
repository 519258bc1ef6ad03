import { describe, expect, it } from '@jest/globals';
import { SCENARIOS, scenarioOf, type StoryControls } from '../../../sim/story/scenarios.ts';

/** What a scenario does when, as it says so before anything has happened. */
function timetableOf(id: string): string[] {
  const found: string[] = [];
  const doings =
    (name: string) =>
    (...how: unknown[]): void => {
      found.push(`  ${[name, ...how.map((one) => JSON.stringify(one))].join(' ')}`);
    };
  const site = new Proxy({}, { get: (_, name) => doings(String(name)) });
  const plan =
    (since: string): StoryControls['happen'] =>
    (seconds, title, act) => {
      found.push(`${since}${seconds} s: ${title}`);
      act();
    };
  scenarioOf(id).play({
    site,
    happen: plan(''),
    onReturn: plan('back and '),
    takeBack: doings('takeBack'),
  } as unknown as StoryControls);
  return found;
}

describe('the story', () => {
  it('tells six scenarios, each of them so long', () => {
    expect(SCENARIOS.map(({ id, durationSeconds }) => [id, durationSeconds])).toEqual([
      ['reboot', 720],
      ['wan-unplugged', 900],
      ['tunnels-dead', 1140],
      ['flapping-failback', 2100],
      ['wan-blip', 720],
      ['manual-failback', 720],
    ]);
  });

  it.each<[string, string[]]>([
    ['reboot', ['60 s: fw-a reboots', '  reboot "preferred"']],
    [
      'wan-unplugged',
      [
        '60 s: cable pulled',
        '  pullCable "preferred" "wan"',
        '360 s: cable plugged in',
        '  plugCable "preferred" "wan"',
      ],
    ],
    [
      'tunnels-dead',
      [
        '60 s: tunnels dead',
        '  breakTunnels "preferred" "both" "silent"',
        '600 s: tunnels mended',
        '  restoreTunnels "preferred" "both"',
      ],
    ],
    [
      'flapping-failback',
      [
        '60 s: fw-a reboots',
        '  reboot "preferred"',
        '280 s: tunnels dead for 25 s',
        '  flapTunnels "preferred" "both" "silent" [{"afterSeconds":0,"forSeconds":25}]',
        '335 s: tunnels dead for 40 s',
        '  flapTunnels "preferred" "both" "silent" [{"afterSeconds":0,"forSeconds":40}]',
        'back and 30 s: tunnels dead for 60 s',
        '  flapTunnels "preferred" "both" "silent" [{"afterSeconds":0,"forSeconds":60}]',
      ],
    ],
    [
      'wan-blip',
      [
        '60 s: cable pulled',
        '  pullCable "preferred" "wan"',
        '85 s: cable plugged in',
        '  plugCable "preferred" "wan"',
      ],
    ],
    [
      'manual-failback',
      [
        '60 s: operator enters maintenance mode',
        '  toggleMaintenance "preferred"',
        '120 s: fw-a reboots',
        '  reboot "preferred"',
        '240 s: operator takes it back',
        '  takeBack "update finished"',
      ],
    ],
  ])('plays %s by this timetable', (id, timetable) => {
    expect(timetableOf(id)).toEqual(timetable);
  });

  it('says the times that it plays', () => {
    expect(scenarioOf('wan-unplugged').title).toContain('plugged in five minutes later');
    expect(scenarioOf('tunnels-dead').text).toContain('pass again nine minutes later');
  });

  it('has no scenario that only the lab can play', () => {
    expect(() => scenarioOf('power-loss')).toThrow("There is no scenario 'power-loss'.");
  });
});
