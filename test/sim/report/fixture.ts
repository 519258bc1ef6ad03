import type { Lane, Mark, Run, Span, Tone, TracedRun } from '../../../sim/trace.ts';

/** `0 fw-a, 300 nobody, 315 fw-b` as spans, the last one up to the end of the run. */
function spans(text: string, endSeconds: number): readonly Span[] {
  const starts = text.split(',').map((part) => {
    const [, at = '0', state = '', label] = /^\s*(\d+) ([^(]+?)(?: \((.+)\))?$/.exec(part) ?? [];
    return { at: Number(at), state, label };
  });
  return starts.map(({ at, state, label }, index) => ({
    fromSeconds: at,
    toSeconds: starts[index + 1]?.at ?? endSeconds,
    state,
    ...(label === undefined ? {} : { label }),
  }));
}

const ownerTones: Lane['tones'] = { 'fw-a': 'preferred', 'fw-b': 'standby', nobody: 'bad' };
const holdTones: Lane['tones'] = { latch: 'held', holdback: 'held', operator: 'held', off: 'bad' };
const tunnelTones: Lane['tones'] = { '2 of 2 up': 'good', '1 of 2 up': 'waiting', down: 'bad' };
const gatewayTones: Lane['tones'] = { up: 'good', down: 'bad' };
const phaseTones: Record<string, Tone> = {
  watching: 'idle',
  holding: 'held',
  waiting: 'waiting',
  counting: 'held',
  releasing: 'waiting',
  soaking: 'waiting',
  'rolling-back': 'bad',
};

interface Story {
  readonly owner: string;
  readonly holdA: string;
  readonly holdB?: string;
  readonly tunnelsA: string;
  readonly tunnelsB?: string;
  readonly gatewayA: string;
  readonly phase?: string;
  readonly marks: readonly Mark[];
  /** Stretches of lost pings, from (inclusive) to (exclusive). */
  readonly lost: readonly (readonly [number, number])[];
}

const event = (atSeconds: number, title: string, detail?: string): Mark => ({
  atSeconds,
  laneId: 'events',
  title,
  ...(detail === undefined ? {} : { detail }),
});

const rule = (atSeconds: number, title: string, detail: string): Mark => ({
  atSeconds,
  laneId: 'phase',
  title,
  detail,
});

function trace(
  about: Pick<TracedRun, 'scenarioTitle' | 'scenarioText' | 'durationSeconds'>,
  run: Omit<Run, 'pingsSent' | 'pingsLost' | 'longestGapSeconds' | 'invariantsBroken'>,
  story: Story,
): TracedRun {
  const end = about.durationSeconds;
  const lane = (id: string, title: string, text: string, tones: Lane['tones']): Lane => ({
    id,
    title,
    spans: spans(text, end),
    tones,
  });
  const lost = story.lost.flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, index) => from + index),
  );
  return {
    ...about,
    run: {
      ...run,
      pingsSent: end,
      pingsLost: lost.length,
      longestGapSeconds: Math.max(0, ...story.lost.map(([from, to]) => to - from)),
      invariantsBroken: [],
    },
    lanes: [
      lane('owner', 'Traffic owner', story.owner, ownerTones),
      lane('hold-fw-a', 'fw-a held by', story.holdA, holdTones),
      lane('hold-fw-b', 'fw-b held by', story.holdB ?? '0 not held', holdTones),
      lane('tunnels-fw-a', 'fw-a tunnels', story.tunnelsA, tunnelTones),
      lane('tunnels-fw-b', 'fw-b tunnels', story.tunnelsB ?? '0 2 of 2 up', tunnelTones),
      lane('gateway-fw-a', 'fw-a gateway', story.gatewayA, gatewayTones),
      ...(story.phase === undefined ? [] : [lane('phase', 'Holdback', story.phase, phaseTones)]),
    ],
    marks: story.marks,
    lostPingsAtSeconds: lost,
  };
}

const reboot = {
  scenarioTitle: 'The preferred firewall reboots',
  scenarioText:
    'fw-a carries the traffic and reboots at 5:00. CARP moves the traffic to fw-b. fw-a is back after 95 s, but its two tunnels need another 100 s before they carry anything.',
  durationSeconds: 1500,
};
const rebootEvents = [
  event(300, 'fw-a reboots', 'The kernel goes down without a word to its peer.'),
  event(395, 'fw-a is up', 'CARP starts; strongSwan has only begun to negotiate.'),
];
const rebootTunnels = '0 2 of 2 up, 300 down, 495 1 of 2 up, 503 2 of 2 up';
const rebootGateway = '0 up, 300 down, 412 up';

export const rebootNone = trace(
  reboot,
  {
    scenario: 'reboot',
    strategy: 'none',
    pingsLostAtFailback: 104,
    failbackDelaySeconds: -105,
    failovers: 1,
    failbacks: 1,
    rollbacks: 0,
    operations: [],
  },
  {
    owner: '0 fw-a, 300 nobody, 315 fw-b, 398 fw-a',
    holdA: '0 not held',
    tunnelsA: rebootTunnels,
    gatewayA: rebootGateway,
    marks: rebootEvents,
    lost: [
      [300, 315],
      [398, 502],
    ],
  },
);

const rebootForum = trace(
  reboot,
  {
    scenario: 'reboot',
    strategy: 'forum-script',
    pingsLostAtFailback: 9,
    failbackDelaySeconds: 54,
    failovers: 1,
    failbacks: 1,
    rollbacks: 0,
    operations: [],
  },
  {
    owner: '0 fw-a, 300 nobody, 315 fw-b, 398 fw-a, 405 fw-b, 557 fw-a',
    holdA: '0 not held, 403 operator (toggled by the script), 555 not held',
    tunnelsA: rebootTunnels,
    gatewayA: rebootGateway,
    marks: [
      ...rebootEvents,
      event(402, 'script enters maintenance', 'It toggles without reading the state first.'),
      event(555, 'script leaves maintenance', 'Its one grep found one tunnel INSTALLED.'),
    ],
    lost: [
      [300, 315],
      [398, 407],
    ],
  },
);

export const rebootHoldback = trace(
  reboot,
  {
    scenario: 'reboot',
    strategy: 'holdback',
    pingsLostAtFailback: 0,
    failbackDelaySeconds: 312,
    failovers: 1,
    failbacks: 1,
    rollbacks: 0,
    operations: [
      { id: '9f3c', kind: 'hold', outcome: 'done', rules: ['take-over-latch', 'held'] },
      {
        id: 'b71e',
        kind: 'failback',
        outcome: 'done',
        rules: ['gate-red', 'counting', 'failback', 'soak', 'soak-good'],
      },
    ],
  },
  {
    owner: '0 fw-a, 300 nobody, 315 fw-b, 815 fw-a',
    holdA: '0 not held, 385 latch, 431 holdback, 814 not held',
    tunnelsA: rebootTunnels,
    gatewayA: rebootGateway,
    phase:
      '0 watching, 431 holding, 452 waiting, 508 counting, 812 releasing, 818 soaking, 1118 watching',
    marks: [
      ...rebootEvents,
      rule(362, 'not-seen', 'A firewall that cannot be seen cannot be told anything.'),
      rule(431, 'take-over-latch', 'Maintenance mode is what people see and what survives.'),
      rule(452, 'gate-red', 'It cannot carry the traffic yet; the stable window starts again.'),
      rule(508, 'counting', 'Good once is not good.'),
      rule(812, 'failback', 'Every required signal was good for the whole stable window.'),
      rule(818, 'soak', 'A failback is good only once it stayed good.'),
      rule(1118, 'soak-good', 'The preferred firewall serves, and its tunnels carry.'),
    ],
    lost: [[300, 315]],
  },
);

const flap = {
  scenarioTitle: 'Its tunnels come up and flap during failback',
  scenarioText:
    'fw-a reboots. Its tunnels come up, fall, come up again, and fall once more right after the traffic has come back.',
  durationSeconds: 2400,
};
const flapEvents = [
  event(300, 'fw-a reboots'),
  event(395, 'fw-a is up'),
  event(520, 'tunnel 1 flaps'),
  event(560, 'tunnel 2 flaps'),
  event(575, 'tunnel 1 flaps'),
  event(1105, 'both tunnels fall'),
  event(1225, 'both tunnels are back'),
];
const flapTunnels =
  '0 2 of 2 up, 300 down, 495 1 of 2 up, 503 2 of 2 up, 520 1 of 2 up, 548 2 of 2 up, 560 1 of 2 up, 575 down, 590 2 of 2 up, 1105 down, 1225 2 of 2 up';

const flapNone = trace(
  flap,
  {
    scenario: 'flap',
    strategy: 'none',
    pingsLostAtFailback: 104,
    failbackDelaySeconds: null,
    failovers: 1,
    failbacks: 1,
    rollbacks: 0,
    operations: [],
  },
  {
    owner: '0 fw-a, 300 nobody, 315 fw-b, 398 fw-a',
    holdA: '0 not held',
    tunnelsA: flapTunnels,
    gatewayA: rebootGateway,
    marks: flapEvents,
    lost: [
      [300, 315],
      [398, 502],
      [520, 523],
      [575, 590],
      [1105, 1226],
    ],
  },
);

const flapHoldback = trace(
  flap,
  {
    scenario: 'flap',
    strategy: 'holdback-without-latch',
    pingsLostAtFailback: 33,
    failbackDelaySeconds: 307,
    failovers: 1,
    failbacks: 2,
    rollbacks: 1,
    operations: [
      { id: '77aa', kind: 'hold', outcome: 'done', rules: ['hold', 'held'] },
      {
        id: 'c0de',
        kind: 'failback',
        outcome: 'incomplete',
        rules: ['gate-red', 'counting', 'failback', 'soak', 'soak-bad', 'rolled-back'],
      },
      {
        id: 'd1ce',
        kind: 'failback',
        outcome: 'done',
        rules: ['counting', 'failback', 'soak', 'soak-good'],
      },
    ],
  },
  {
    owner: '0 fw-a, 300 nobody, 315 fw-b, 398 fw-a, 431 fw-b, 1100 fw-a, 1133 fw-b, 1545 fw-a',
    holdA: '0 not held, 430 holdback, 1098 not held, 1131 holdback, 1543 not held',
    tunnelsA: flapTunnels,
    gatewayA: rebootGateway,
    phase:
      '0 watching, 430 holding, 440 waiting, 505 counting, 521 waiting, 548 counting, 561 waiting, 598 counting, 1098 releasing, 1103 soaking, 1130 rolling-back, 1140 watching, 1240 counting, 1543 releasing, 1549 soaking, 1850 watching',
    marks: [
      ...flapEvents,
      rule(362, 'not-seen', 'A firewall that cannot be seen cannot be told anything.'),
      rule(430, 'hold', 'Hold it now, before CARP preempts.'),
      rule(440, 'gate-red', 'It cannot carry the traffic yet.'),
      rule(505, 'counting', 'Good once is not good.'),
      rule(521, 'gate-red', 'Tunnel 1 is down.'),
      rule(548, 'counting', 'Good once is not good.'),
      rule(561, 'gate-red', 'Tunnel 2 is down.'),
      rule(598, 'counting', 'Good once is not good.'),
      rule(1098, 'failback', 'Every required signal was good for the whole stable window.'),
      rule(1103, 'soak', 'A failback is good only once it stayed good.'),
      rule(1130, 'soak-bad', 'The failback was wrong: the standby can carry the traffic again.'),
      rule(1140, 'rolled-back', 'The site is as it was before the failback.'),
      rule(1240, 'counting', 'Good once is not good.'),
      rule(1543, 'failback', 'Every required signal was good for the whole stable window.'),
      rule(1549, 'soak', 'A failback is good only once it stayed good.'),
      rule(1850, 'soak-good', 'The preferred firewall serves, and its tunnels carry.'),
    ],
    lost: [
      [300, 315],
      [398, 431],
      [1105, 1134],
    ],
  },
);

/** Two scenarios as the simulation tells them: one clear, one crowded with marks. */
export const story: readonly TracedRun[] = [
  rebootNone,
  rebootForum,
  rebootHoldback,
  flapNone,
  flapHoldback,
];

export const about = { seed: 7, pingsPerSecond: 1, command: 'npm start -- --seed 7' };
