import type { Incident, Kind } from './incident.ts';

/** Something that a judge has found, as small as it could be made, and what it taught. */
export interface Found {
  readonly judge: string;
  readonly incident: Incident;
  readonly taught: string;
  /** Its judge finds nothing without this kind of fault: what has none is news. */
  readonly only?: Kind;
}

/** What is not mended yet: `npm run campaign -- --open` plays it. */
export const OPEN: readonly Found[] = [
  {
    judge: 'no-worse',
    incident: {
      seed: 97,
      faults: [
        { kind: 'reboot', role: 'preferred', atSeconds: 60, forSeconds: 20 },
        { kind: 'reboot', role: 'standby', atSeconds: 143, forSeconds: 20 },
      ],
    },
    taught:
      'The standby comes back from a reboot as MASTER before its tunnels are up, while the held firewall could carry.',
  },
  {
    judge: 'no-worse',
    incident: {
      seed: 48,
      faults: [
        { kind: 'tunnels-deleted', role: 'standby', atSeconds: 60, forSeconds: 300 },
        { kind: 'power', role: 'preferred', atSeconds: 105, forSeconds: 20 },
      ],
    },
    taught:
      'A standby whose VPN was dead before keeps the traffic from a held firewall until AWS has shown it for long enough.',
  },
  {
    judge: 'told',
    incident: {
      seed: 5395,
      faults: [{ kind: 'isp', role: 'preferred', atSeconds: 60, forSeconds: 437 }],
    },
    taught:
      'The ISP of the serving firewall fails behind a link that stays up: it cannot be reached, so nobody fails over, and a person hears of it after 15 minutes only.',
  },
  {
    judge: 'no-worse',
    incident: {
      seed: 20082,
      faults: [
        { kind: 'reboot', role: 'preferred', atSeconds: 210, forSeconds: 20 },
        { kind: 'isp', role: 'standby', atSeconds: 398, forSeconds: 120 },
      ],
    },
    taught:
      'The ISP of the standby fails while the preferred firewall is held: nobody lets it out until AWS has shown it for long enough.',
  },
  {
    judge: 'not-held-when-good',
    incident: {
      seed: 5900,
      faults: [
        { kind: 'reboot', role: 'preferred', atSeconds: 247, forSeconds: 20 },
        { kind: 'throttled', role: 'standby', atSeconds: 478, forSeconds: 801 },
      ],
    },
    taught:
      'While Run Command takes no command a held firewall stays held, and nobody is told until it takes some again.',
  },
  {
    judge: 'not-split',
    incident: {
      seed: 549,
      faults: [
        { kind: 'lan-cable', role: 'preferred', atSeconds: 60, forSeconds: 20 },
        { kind: 'lan-cable', role: 'standby', atSeconds: 122, forSeconds: 20 },
      ],
    },
    taught:
      'The LAN of the standby fails while the preferred firewall is held: the held demotion keeps the WAN with the standby.',
  },
  {
    judge: 'internet-no-worse',
    incident: {
      seed: 5620,
      faults: [
        { kind: 'reboot', role: 'preferred', atSeconds: 60, forSeconds: 20 },
        { kind: 'lan-cable', role: 'standby', atSeconds: 219, forSeconds: 60 },
      ],
    },
    taught:
      'The LAN of the standby fails while the preferred firewall is held: LAN and WAN are on different firewalls, and nothing gets back from the internet.',
  },
  {
    judge: 'internet-no-worse',
    incident: {
      seed: 5322,
      faults: [
        { kind: 'tunnels-deleted', role: 'preferred', atSeconds: 60, forSeconds: 120 },
        { kind: 'wan-cable', role: 'standby', atSeconds: 358, forSeconds: 60 },
      ],
    },
    taught:
      'After a failover for the VPN the standby loses its WAN: the held firewall has an internet that nobody may use.',
  },
  {
    judge: 'few-moves',
    only: 'telemetry-frozen',
    incident: {
      seed: 9358,
      pair: { tunnelMode: 'bgp-on-master' },
      faults: [
        { kind: 'bgp', role: 'preferred', atSeconds: 435, forSeconds: 60 },
        { kind: 'telemetry-frozen', role: 'standby', atSeconds: 509, forSeconds: 731 },
      ],
    },
    taught:
      'After a failover the view of AWS stands still before it shows the standby up: the standby is taken for dead, and the traffic goes back and forth.',
  },
  {
    judge: 'few-moves',
    only: 'aws-says-down',
    incident: {
      seed: 1062,
      faults: [{ kind: 'aws-says-down', role: 'preferred', atSeconds: 60, forSeconds: 300 }],
    },
    taught:
      'Without `vpcPrefix` AWS alone says whether BGP lives: what it says wrongly moves the traffic there and back.',
  },
  {
    judge: 'right-again',
    only: 'stack-deleted',
    incident: {
      seed: 1536,
      faults: [
        { kind: 'stack-deleted', role: 'preferred', atSeconds: 60, forSeconds: 20 },
        { kind: 'lan-cable', role: 'preferred', atSeconds: 93, forSeconds: 20 },
      ],
    },
    taught:
      'The stack is deleted and the latch is still installed: the next loss of MASTER holds the preferred firewall for ever.',
  },
  {
    judge: 'no-worse',
    incident: {
      seed: 1038,
      faults: [
        { kind: 'reboot', role: 'preferred', atSeconds: 60, forSeconds: 20 },
        { kind: 'mtu-hole', role: 'standby', atSeconds: 138, forSeconds: 300 },
      ],
    },
    taught:
      'No probe is full-size: a standby that loses what people send keeps the traffic for the whole window.',
  },
  {
    judge: 'told',
    incident: {
      seed: 1173,
      faults: [{ kind: 'mtu-hole', role: 'preferred', atSeconds: 60, forSeconds: 397 }],
    },
    taught: 'No probe is full-size: nobody hears that what people send is lost.',
  },
  {
    judge: 'no-worse',
    incident: {
      seed: 1339,
      faults: [
        { kind: 'isp', role: 'standby', atSeconds: 393, forSeconds: 60 },
        { kind: 'vips-applied', role: 'preferred', atSeconds: 411, forSeconds: 20 },
      ],
    },
    taught:
      'Apply on virtual addresses takes MASTER away for three seconds, which arms the latch: a hold of a whole window.',
  },
  {
    judge: 'no-worse',
    incident: {
      seed: 31,
      faults: [
        { kind: 'aws-says-down', role: 'preferred', atSeconds: 60, forSeconds: 300 },
        { kind: 'isp-behind-router', role: 'standby', atSeconds: 257, forSeconds: 20 },
      ],
    },
    taught:
      'What AWS says wrongly has moved the traffic to the standby, whose ISP then fails: nobody lets the good one out.',
  },
  {
    judge: 'few-moves',
    only: 'aws-wide',
    incident: {
      seed: 198313,
      pair: { tunnelMode: 'on-master', failbackBudgetPerDay: 1 },
      faults: [{ kind: 'aws-wide', role: 'standby', atSeconds: 60, forSeconds: 894 }],
    },
    taught:
      'No tunnel of the Region carries, and with tunnels on the MASTER only both firewalls look ready: the traffic goes back and forth until the fault is over.',
  },
  {
    judge: 'invariants',
    only: 'operator-toggles',
    incident: {
      seed: 199310,
      faults: [
        { kind: 'lan-cable', role: 'preferred', atSeconds: 60, forSeconds: 555 },
        { kind: 'operator-toggles', role: 'standby', atSeconds: 230, forSeconds: 64 },
        { kind: 'operator-toggles', role: 'preferred', atSeconds: 270, forSeconds: 623 },
      ],
      pair: { tunnelMode: 'on-master', localReleaseAfterSeconds: 300 },
    },
    taught:
      'Two people toggle maintenance mode on both firewalls while a hold is under way: Holdback enters it on one while the other is in it.',
  },
];
