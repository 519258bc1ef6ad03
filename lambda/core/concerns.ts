import {
  budgetSpent,
  held,
  heldByHoldback,
  isUnseen,
  serving,
  standbyIsDead,
  wasDeclined,
} from './conditions.ts';
import { lastedSince, seconds, type Millis } from './time.ts';
import { viewsDisagree } from './vpn.ts';
import type { Memory, OpenConcern } from './memory.ts';
import type { Situation } from './situation.ts';
import type { Finding } from './signal.ts';

// What a person must know. The rules say what Holdback does next; most of these states leave it nothing
// to do, so nobody would hear of them. Each has a bound after which somebody is told, once.

/** What one observation says of a concern: what it saw, `false` if it is not so, `null` if it cannot tell. */
type Seen = { readonly evidence: string; readonly about?: string } | false | null;

export interface Concern {
  readonly id: string;
  /** For the subject of a mail. */
  readonly title: string;
  readonly when: string;
  readonly seen: (situation: Situation) => Seen;
  /** How long it may last before a person is told. */
  readonly after: Millis | ((situation: Situation) => Millis);
  readonly urgency: 'info' | 'alert';
  readonly why: string;
  readonly advice: string;
}

/** A concern that was over for so long is news when it comes again; before that it is the same one. */
const NEWS_AGAIN_AFTER: Millis = seconds(900);
/** A reboot takes some minutes; what is silent for longer is not coming back by itself. */
const SILENT_TOO_LONG: Millis = seconds(900);
/** A site on its standby has no reserve; after this time somebody should know. */
const AWAY_TOO_LONG: Millis = seconds(3600);

/** Seen where a finding fails; where it is unknown nobody can tell. */
function whereItFails({ verdict, evidence }: Finding): Seen {
  if (verdict === 'unknown') return null;
  return verdict === 'fail' && { evidence };
}

const when = (is: boolean, ...evidence: readonly string[]): Seen =>
  is && { evidence: evidence.join('; ') };

/** The same answer with another time or number in it is no news. */
const withoutNumbers = (text: string): string => text.replaceAll(/-?\d+/g, '#');

const outOfService = (s: Situation): boolean =>
  !isUnseen(s) && !serving(s) && (heldByHoldback(s) || s.holder.name === 'latch');

/** Why Holdback may not act by itself; nothing if it may. */
const leftAlone = (s: Situation): readonly string[] =>
  [
    s.request.paused,
    s.pair.mode === 'off' ? 'mode is off' : null,
    s.notMuted.verdict === 'fail' ? s.notMuted.evidence : null,
  ].filter((one) => one !== null);

const concernList = [
  {
    id: 'both-master',
    title: 'both firewalls are MASTER',
    when: 'both firewalls are MASTER on one VHID, in two observations in a row',
    seen: (s) => when(s.memory.bothMasterInARow > 1, `both MASTER on ${s.bothMaster ?? ''}`),
    after: 0,
    urgency: 'alert',
    why: 'They do not hear each other, and Holdback does nothing: any command could make it worse.',
    advice:
      "Find out why the firewalls do not hear each other's CARP advertisements (cable, VLAN, switch filtering of multicast), and mend that first.",
  },
  {
    id: 'nothing-carries',
    title: 'no firewall can carry the traffic',
    when: 'the VPN of the firewall that serves is dead, and the other one cannot take over',
    seen: (s) => {
      if (isUnseen(s)) return null;
      if (serving(s)) {
        return when(
          s.preferredVpn.name === 'dead' && s.standbyReady.verdict !== 'pass',
          s.preferredVpn.evidence,
          s.standbyReady.evidence,
        );
      }
      const isStuck = standbyIsDead(s) && s.couldCarry.verdict !== 'pass';
      return when(isStuck, s.standbyVpn.evidence, s.couldCarry.evidence);
    },
    after: (s) => seconds(s.pair.failoverAfterSeconds),
    urgency: 'alert',
    why: 'A dead end is not better than where the traffic is now, so nothing is moved. Traffic is lost.',
    advice:
      'Look at the internet access of both firewalls, then at their VPN connections in AWS. Holdback acts by itself as soon as one of them can carry.',
  },
  {
    id: 'serving-held',
    title: 'the held firewall serves, and not all is good',
    when: 'the preferred firewall is held but serves, and its own signals are not all good',
    seen: (s) => {
      const isSo = serving(s) && held(s) && s.ownGate.verdict !== 'pass';
      return when(isSo, s.preferred.evidence, s.holder.evidence, s.standby.evidence);
    },
    after: seconds(60),
    urgency: 'alert',
    why: 'It serves because its peer is silent. It stays held, so that a healthy peer takes over when it returns.',
    advice:
      'Bring the standby back. Until then the held firewall serves, although its own signals are not all good.',
  },
  {
    id: 'order-refused',
    title: 'the firewall refuses orders',
    when: 'the preferred firewall did not do what it was ordered',
    seen: ({ memory: { refusal } }) =>
      refusal !== null && {
        evidence: `${refusal.act}, ${refusal.times} times in a row: ${refusal.answer}`,
        about: withoutNumbers(`${refusal.act} ${refusal.answer}`),
      },
    after: 0,
    urgency: 'alert',
    why: 'It is as it was. Holdback tries again, at ever longer intervals of up to 15 minutes.',
    advice:
      'The evidence holds its answer, which says what is wrong; docs/firewall.md has the answers and their cures.',
  },
  {
    id: 'preferred-unseen',
    title: 'the preferred firewall is not seen',
    when: 'the role or the holder of the preferred firewall is not known',
    seen: (s) => when(isUnseen(s), s.preferred.evidence, s.holder.evidence),
    after: SILENT_TOO_LONG,
    urgency: 'alert',
    why: 'Holdback can neither hold nor release it. If it runs, its latch holds it; nobody outside can end that while it is silent.',
    advice:
      'Look whether the firewall runs, and whether its SSM agent or relay is registered and has a way to AWS (Fleet Manager); docs/firewall.md says how to release the latch by hand.',
  },
  {
    id: 'standby-unseen',
    title: 'the standby is not seen',
    when: 'the role of the standby is not known',
    seen: (s) => when(s.standby.name === 'unknown', s.standby.evidence),
    after: SILENT_TOO_LONG,
    urgency: 'alert',
    why: 'Without it no failover and no failback is made.',
    advice:
      'Look whether the standby runs, and whether its SSM agent or relay is registered and has a way to AWS (Fleet Manager).',
  },
  {
    id: 'standby-not-ready',
    title: 'the standby could not take over',
    when: 'the preferred firewall serves, and the standby could not take over',
    seen: (s) =>
      serving(s) && s.preferredVpn.name !== 'dead' ? whereItFails(s.standbyReady) : false,
    after: SILENT_TOO_LONG,
    urgency: 'alert',
    why: 'The site has no reserve: the next failure of the preferred firewall cuts it off.',
    advice: 'Mend what the evidence says of the standby.',
  },
  {
    id: 'aws-unseen',
    title: "AWS's view of the tunnels is missing",
    when: "AWS's view of the tunnels is not known",
    seen: ({ unseen }) => {
      const why = [unseen.preferred.aws, unseen.standby.aws].filter((one) => one !== null);
      return when(why.length > 0, ...why);
    },
    after: SILENT_TOO_LONG,
    urgency: 'alert',
    why: 'Without it Holdback makes no failover and no failback: one view alone may be wrong.',
    advice:
      'Look at the error: a permission or service control policy that was taken away, a VPN connection that is gone, throttling by something else in the account, or an outage of the EC2 API in the Region.',
  },
  {
    id: 'views-disagree',
    title: 'AWS and the firewall disagree about the tunnels',
    when: 'AWS and the serving preferred firewall disagree whether its tunnels carry',
    seen: (s) => serving(s) && when(viewsDisagree(s.preferredVpn), s.preferredVpn.evidence),
    after: seconds(300),
    urgency: 'alert',
    why: 'One of them is wrong, so Holdback does not fail over; traffic may be lost.',
    advice:
      'Ping a host in the VPC from the LAN. Look at BGP and routes on the firewall, and at the tunnel details in AWS. To move the traffic by hand, enter maintenance mode on the preferred firewall.',
  },
  {
    id: 'degraded',
    title: 'some tunnels are down',
    when: 'the preferred firewall serves, and some of its tunnels are down',
    seen: (s) => serving(s) && when(s.preferredVpn.name === 'degraded', s.preferredVpn.evidence),
    after: 0,
    urgency: 'info',
    why: 'One tunnel carries; AWS replaces endpoints one at a time. A failover would cost more.',
    advice: 'Nothing, if it is over within the hour; else look at the tunnel that is down.',
  },
  {
    id: 'operator-hold',
    title: 'an operator holds the preferred firewall',
    when: 'an operator entered maintenance mode on the preferred firewall',
    seen: (s) => when(s.holder.name === 'operator', s.holder.evidence),
    after: 0,
    urgency: 'info',
    why: 'Somebody is working on it, so Holdback leaves it alone.',
    advice:
      'Leave maintenance mode when you are done, or start an execution by hand: that waits for the gate and then releases it.',
  },
  {
    id: 'left-alone',
    title: 'something would be done, and Holdback may not act',
    when: 'the preferred firewall is held, or serves with a dead VPN, and Holdback may not act (paused, mode `off`, or muted)',
    seen: (s) => {
      if (isUnseen(s)) return null;
      const isDead = serving(s) && s.preferredVpn.name === 'dead';
      if (!outOfService(s) && !isDead) return false;
      const why = leftAlone(s);
      return when(why.length > 0, s.holder.evidence, s.preferredVpn.evidence, ...why);
    },
    after: seconds(300),
    urgency: 'alert',
    why: 'It stays so until somebody ends that: the site has no reserve, or no VPN.',
    advice:
      'Let Holdback act again (end the pause or the mute, or set mode to approve or auto), start an execution by hand, or end the hold by hand as docs/firewall.md says.',
  },
  {
    id: 'away-too-long',
    title: 'on the standby for an hour',
    when: 'the preferred firewall has not served for an hour, and its gate is not green',
    seen: (s) => {
      if (serving(s) || s.holder.name === 'operator' || leftAlone(s).length > 0) return false;
      const bad = s.gate.signals.filter(({ verdict }) => verdict !== 'pass');
      return when(
        s.gate.verdict !== 'pass' && lastedSince(s.memory.awaySince, s.at, AWAY_TOO_LONG),
        ...bad.map(({ id, evidence }) => `${id}: ${evidence}`),
      );
    },
    // An observation may have caught it at a reboot.
    after: seconds(300),
    urgency: 'alert',
    why: 'The site runs on its standby alone; the next failure would cut it off.',
    advice:
      'Look at the signals that fail or are unknown, and mend their cause; Holdback goes on by itself when the gate turns green.',
  },
  {
    id: 'alarms-unanswered',
    title: 'CloudWatch does not say whether an alarm is muted',
    when: 'something would be done, and it is not known whether an alarm is muted',
    seen: (s) => {
      if (!s.alarmsRead) return serving(s) && s.preferredVpn.name === 'up' ? false : null;
      return when(s.notMuted.verdict === 'unknown', s.notMuted.evidence);
    },
    after: seconds(300),
    urgency: 'alert',
    why: 'It may be planned work, and no answer is not a no: neither failover nor failback is made.',
    advice:
      'Look at the error: a permission that was taken away, throttling, or an outage of CloudWatch. An execution by hand does not ask for mutes.',
  },
  {
    id: 'carp-not-sane',
    title: 'CARP demotion is not as it should be',
    when: 'something demotes the preferred firewall, or fails to, that neither maintenance mode nor latch explains',
    seen: (s) => whereItFails(s.carpSane),
    after: seconds(180),
    urgency: 'alert',
    why: 'CARP does not rank it as it should: it may take traffic too soon, or never. Holdback does not leave maintenance mode over it.',
    advice:
      'Look at the evidence: a link that is down, a state table that is still synchronised, a service check that fails, or a counter that an earlier fault left wrong. docs/firewall.md says which command clears it.',
  },
  {
    id: 'clock-wrong',
    title: 'a clock is wrong',
    when: 'the clock of a firewall or relay is more than 30 s from ours',
    seen: ({ clocks }) => {
      const wrong = clocks.filter(({ verdict }) => verdict === 'fail');
      if (wrong.length > 0) return { evidence: wrong.map(({ evidence }) => evidence).join('; ') };
      return clocks.some(({ verdict }) => verdict === 'unknown') ? null : false;
    },
    after: seconds(300),
    urgency: 'alert',
    why: 'Orders are dated by its own clock, so Holdback goes on; but logs, certificates and records are misdated.',
    advice: 'Look at System > Settings > General > Time servers, and at the NTP status there.',
  },
  {
    id: 'released-locally',
    title: 'the firewall released itself',
    when: 'the firewall released itself while Holdback did not observe it',
    seen: ({ localRelease }) => {
      if (!localRelease.known) return null;
      const { value } = localRelease;
      return value !== null && { evidence: value, about: value };
    },
    after: 0,
    urgency: 'alert',
    why: 'Its own checks were good for `localReleaseAfterSeconds`, and Holdback was not there to decide.',
    advice:
      'Find out why Holdback could not reach the firewall (its SSM agent, its way to AWS), and whether the tunnels carry: AWS had no say in this release.',
  },
  {
    id: 'asymmetric-return',
    title: 'AWS answers through the firewall that does not serve',
    when: 'AWS answered through the firewall that did not serve, in two observations in a row',
    seen: ({ memory: { asymmetricReturn } }) => asymmetricReturn !== null && asymmetricReturn,
    after: 0,
    urgency: 'alert',
    why: 'A firewall drops answers to packets that went out through the other one: whatever Holdback holds, they are lost.',
    advice:
      'Let the return path follow the CARP role: a BGP MED or AS path that a CARP hook sets, or state synchronisation that covers the tunnels, or source NAT on each firewall. docs/firewall.md says how to see it.',
  },
  {
    id: 'budget-spent',
    title: 'failback budget of the day is spent',
    when: 'the gate is green, and the failback budget of the day is spent',
    seen: (s) => when(outOfService(s) && s.gate.verdict === 'pass' && budgetSpent(s), 'gate green'),
    after: 0,
    urgency: 'alert',
    why: 'A firewall that comes and goes is not cured by another failback; a person acknowledges by starting one.',
    advice:
      'Find out why it comes and goes. To allow one more failback, start an execution by hand: that counts as the acknowledgement.',
  },
  {
    id: 'declined',
    title: 'the failback was not approved',
    when: 'the gate is green, and a person did not agree to the failback',
    seen: (s) => when(outOfService(s) && s.gate.verdict === 'pass' && wasDeclined(s), 'gate green'),
    after: 0,
    urgency: 'info',
    why: 'Nobody is asked twice.',
    advice: 'Start an execution by hand when it suits.',
  },
] as const satisfies readonly Concern[];

export type ConcernId = (typeof concernList)[number]['id'];

/** Everything that a person is told of beside the ends of operations. */
export const CONCERNS: readonly (Concern & { readonly id: ConcernId })[] = concernList;

/** Since when a mute could have forbidden something and CloudWatch has not answered; `null`: it has. */
export const alarmsUnansweredSince = ({ concerns }: Memory): Millis | null =>
  concerns['alarms-unanswered' satisfies ConcernId]?.since ?? null;

/** What stays of a concern that is not seen now: as it was, ending, or nothing. */
function whileNotSeen(open: OpenConcern | undefined, seen: false | null, at: Millis) {
  // What nobody was told of may be forgotten at once; the rest is the same concern for a while.
  if (seen === null) return open;
  if (!open?.isDue) return undefined;
  const overSince = open.overSince ?? at;
  return at - overSince < NEWS_AGAIN_AFTER ? { ...open, overSince } : undefined;
}

/** The concerns of a pair after one more observation; those of a newer version stay as they are. */
export function advanceConcerns(situation: Situation): Memory['concerns'] {
  const { at, memory } = situation;
  const next = new Map(Object.entries(memory.concerns));
  for (const { id, seen, after } of CONCERNS) {
    const open = memory.concerns[id];
    const now = seen(situation);
    if (now === null || now === false) {
      const left = whileNotSeen(open, now, at);
      if (left) next.set(id, left);
      else next.delete(id);
      continue;
    }
    const about = now.about ?? '';
    const isSame = open?.about === about;
    const since = isSame ? open.since : at;
    const bound = typeof after === 'function' ? after(situation) : after;
    next.set(id, {
      since,
      overSince: null,
      isDue: (isSame && open.isDue) || at - since >= bound,
      evidence: now.evidence,
      about,
    });
  }
  return Object.fromEntries(next);
}

/** Which concerns a person was told of: the `since` and `about` of each. */
export type Told = Readonly<Record<string, { readonly since: Millis; readonly about: string }>>;

export interface DueConcern extends Concern {
  readonly open: OpenConcern;
}

/** What a person should know by now and was not told of. */
export function untold(concerns: Memory['concerns'], told: Told): readonly DueConcern[] {
  return CONCERNS.flatMap((concern) => {
    const open = concerns[concern.id];
    if (!open?.isDue) return [];
    const before = told[concern.id];
    const isTold = before?.since === open.since && before.about === open.about;
    return isTold ? [] : [{ ...concern, open }];
  });
}
