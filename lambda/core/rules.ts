import { PHASES, type Phase } from './memory.ts';
import { isUnseen, SOAK_FAILURES, type Situation } from './situation.ts';
import { seconds, type Millis } from './time.ts';
import type { Window } from './window.ts';

/** A step that may change a firewall. Each is made by a script on the firewall or its relay. */
export const ACTS = ['hold', 'fail-over', 'release', 'roll-back', 'remedy'] as const;
export type Act = (typeof ACTS)[number];

/** `done`: what was wanted is so. `stop`: it ends here, and what was changed decides how. */
export type Step =
  | { readonly action: Act | 'wait' | 'ask'; readonly phase: Phase | 'same' }
  | { readonly action: 'end'; readonly as: 'done' | 'stop' };

/** Who hears of it: nobody, a reader of the notices, or somebody who has to do something. */
export type Notice = 'quiet' | 'info' | 'alert';

export interface Rule {
  readonly id: string;
  /** The phases in which it is asked at all; absent: in every phase. */
  readonly during?: readonly Phase[];
  readonly when: string;
  readonly holds: (situation: Situation) => boolean;
  readonly then: Step;
  readonly why: string;
  readonly notice: Notice;
  /** What a person should do; every alert has one. */
  readonly advice?: string;
}

/** CARP moves the addresses within about 4 s; a look and its command take some seconds more. */
export const SETTLE: Millis = seconds(20);
/** A reboot takes some minutes; a firewall that is silent for longer is not coming back by itself. */
const SILENT_TOO_LONG: Millis = seconds(900);
/** A site on its standby has no reserve; after this time somebody should know. */
const AWAY_TOO_LONG: Millis = seconds(3600);
/** Commands sent for one operation: a failover or failback, its repetition, and a roll back. */
export const MOST_ATTEMPTS = 4;

const lasted = (window: Window, forSeconds: number): boolean =>
  window.lastVerdict === 'pass' && window.goodMillis >= seconds(forSeconds);

const lastedSince = (since: Millis | null, at: Millis, forMillis: Millis): boolean =>
  since !== null && at - since >= forMillis;

const automatic = (s: Situation): boolean => s.request.actor === 'automatic';
const settling = (s: Situation): boolean => s.phaseMillis < SETTLE;
const serving = (s: Situation): boolean => s.preferred.name === 'master';
const muteUnknown = (s: Situation): boolean => automatic(s) && s.notMuted.verdict === 'unknown';
const free = (s: Situation): boolean => s.holder.name === 'nobody';
const heldByHoldback = (s: Situation): boolean => s.holder.name === 'holdback';
/** Held in a way that this request may end: an operator's own hold only by an operator's request. */
const held = (s: Situation): boolean =>
  heldByHoldback(s) || s.holder.name === 'latch' || (s.holder.name === 'operator' && !automatic(s));

const wasRemedied = (s: Situation): boolean =>
  s.memory.remedies.some((at) => at >= (s.memory.operation?.startedAt ?? at + 1));

const AFTER_RELEASE: readonly Phase[] = ['releasing', 'soaking'];
const AFTER_ENTERING: readonly Phase[] = ['failing-over', 'holding', 'rolling-back'];
const IN_OPERATION: readonly Phase[] = PHASES.filter((phase) => phase !== 'watching');

const ruleList = [
  {
    id: 'paused',
    when: 'the pair or the fleet is paused',
    holds: (s) => s.request.paused !== null,
    then: { action: 'end', as: 'stop' },
    why: 'A person said to leave it alone.',
    notice: 'quiet',
  },
  {
    id: 'mode-off',
    when: 'mode is `off` and nobody asked by hand',
    holds: (s) => automatic(s) && s.pair.mode === 'off',
    then: { action: 'end', as: 'stop' },
    why: 'Holdback only watches this pair.',
    notice: 'quiet',
  },
  {
    id: 'muted',
    when: "one of the pair's alarms is muted and nobody asked by hand",
    holds: (s) => automatic(s) && s.notMuted.verdict === 'fail',
    then: { action: 'end', as: 'stop' },
    why: 'A muted alarm means planned work: what it reports is not a reason to move traffic.',
    notice: 'quiet',
  },
  {
    id: 'both-master',
    when: 'both firewalls are MASTER on one VHID in two looks in a row',
    holds: (s) => s.memory.bothMasterLooks > 1,
    then: { action: 'end', as: 'stop' },
    why: 'They do not hear each other; any command could make it worse. A person must mend the link.',
    notice: 'alert',
    advice:
      "Find out why the firewalls do not hear each other's CARP advertisements (cable, VLAN, switch filtering of multicast), and mend that first.",
  },
  {
    id: 'both-master-once',
    when: 'both firewalls are MASTER on one VHID in one look',
    holds: (s) => s.bothMaster !== null,
    then: { action: 'wait', phase: 'same' },
    why: 'The look may have caught them while they changed places; nothing is done before another look.',
    notice: 'quiet',
  },
  {
    id: 'deadline',
    when: 'the deadline of the operation has passed',
    holds: (s) => s.memory.operation !== null && s.at >= s.memory.operation.deadlineAt,
    then: { action: 'end', as: 'stop' },
    why: 'Every operation ends; what it could not finish is told to a person.',
    notice: 'alert',
    advice:
      'Look at the evidence for the signal that did not turn good, mend its cause, then start an execution by hand; Holdback also goes on by itself when the gate turns green.',
  },
  {
    id: 'released-locally',
    during: ['watching'],
    when: 'the firewall released itself while nobody looked, and nobody was told',
    holds: (s) =>
      s.memory.operation === null &&
      s.localRelease !== null &&
      s.localRelease !== s.memory.toldLocalRelease,
    then: { action: 'end', as: 'stop' },
    why: 'Its own checks were good for `localReleaseAfterSeconds`, and Holdback was not there to decide.',
    notice: 'alert',
    advice:
      'Find out why Holdback could not reach the firewall (its SSM agent, its way to AWS), and whether the tunnels carry: AWS had no say in this release.',
  },
  {
    id: 'answers-astray',
    during: ['watching'],
    when: 'AWS answered through the firewall that did not serve, in two looks in a row, and nobody was told',
    holds: (s) => s.memory.operation === null && s.memory.astray !== null && !s.memory.astray.told,
    then: { action: 'end', as: 'stop' },
    why: 'A firewall drops answers to packets that went out through the other one: whatever Holdback holds, they are lost.',
    notice: 'alert',
    advice:
      'Let the return path follow the CARP role: a BGP MED or AS path that a CARP hook sets, or state synchronisation that covers the tunnels, or source NAT on each firewall. docs/firewall.md says how to see it.',
  },
  {
    id: 'operator-hold',
    when: 'an operator entered maintenance mode, and nobody asked by hand',
    holds: (s) => automatic(s) && s.holder.name === 'operator',
    then: { action: 'end', as: 'stop' },
    why: 'Somebody is working on it.',
    notice: 'info',
  },
  {
    id: 'soak-bad-no-way-back',
    during: AFTER_RELEASE,
    when: 'the soak is bad and the standby is not ready',
    holds: (s) => serving(s) && s.memory.soakFailures >= SOAK_FAILURES && !standbyReady(s),
    then: { action: 'end', as: 'stop' },
    why: 'Moving traffic to a firewall that cannot carry it is no better.',
    notice: 'alert',
    advice:
      'The preferred firewall serves badly and the standby cannot take over: look at the VPN of both, first at the one with the shorter list of faults.',
  },
  {
    id: 'unseen',
    during: IN_OPERATION,
    when: 'in the middle of an operation the role or the holder of the preferred firewall is not known',
    holds: isUnseen,
    then: { action: 'wait', phase: 'same' },
    why: 'An unseen firewall is neither good nor bad; the deadline bounds the wait.',
    notice: 'quiet',
  },
  {
    id: 'attempts-spent',
    during: [...AFTER_ENTERING, 'releasing'],
    when: 'the last of as many commands as an operation may send had no effect',
    holds: (s) =>
      (s.memory.operation?.attempts ?? 0) >= MOST_ATTEMPTS &&
      (s.memory.phase === 'releasing' ? held(s) : !heldByHoldback(s)),
    then: { action: 'end', as: 'stop' },
    why: 'A step that fails again and again needs a person, not another try.',
    notice: 'alert',
    advice:
      'Look at the result of the last command in the record; then set maintenance mode by hand on the CARP status page of the preferred firewall.',
  },
  {
    id: 'soak-bad',
    during: AFTER_RELEASE,
    when: 'the soak is bad and the standby is ready',
    holds: (s) => serving(s) && s.memory.soakFailures >= SOAK_FAILURES,
    then: { action: 'roll-back', phase: 'rolling-back' },
    why: 'The failback was wrong: the standby carried traffic before and can carry it again.',
    notice: 'alert',
    advice:
      'Nothing right now: the standby gets the traffic back. Afterwards find out why the tunnels of the preferred firewall did not last.',
  },
  {
    id: 'soak-good',
    during: AFTER_RELEASE,
    when: 'everything stayed good for the whole soak',
    holds: (s) => serving(s) && free(s) && lasted(s.memory.soak, s.pair.soakSeconds),
    then: { action: 'end', as: 'done' },
    why: 'The preferred firewall serves, and its tunnels carry.',
    notice: 'info',
  },
  {
    id: 'soak',
    during: AFTER_RELEASE,
    when: 'the preferred firewall serves since its release',
    holds: (s) => serving(s) && free(s),
    then: { action: 'wait', phase: 'soaking' },
    why: 'A failback is good only once it stayed good.',
    notice: 'quiet',
  },
  {
    id: 'release-settling',
    during: AFTER_RELEASE,
    when: 'it was released just now and CARP has not moved the addresses yet',
    holds: (s) => free(s) && settling(s),
    then: { action: 'wait', phase: 'same' },
    why: 'CARP needs some seconds.',
    notice: 'quiet',
  },
  {
    id: 'soak-lost',
    during: AFTER_RELEASE,
    when: 'it lost the addresses again during the soak',
    holds: (s) => free(s) || s.holder.name === 'latch',
    then: { action: 'roll-back', phase: 'rolling-back' },
    why: 'It did not keep what it was given; it is held before CARP hands it the traffic once more.',
    notice: 'alert',
    advice:
      'Look at the system log of the preferred firewall: it rebooted, or lost a link, right after it took the traffic.',
  },
  {
    id: 'rolled-back',
    during: ['rolling-back'],
    when: 'it was rolled back, and the standby serves',
    holds: (s) => heldByHoldback(s) && s.standby.name === 'master',
    then: { action: 'end', as: 'stop' },
    why: 'The site is as it was before the failback, and a person should know why it failed.',
    notice: 'alert',
    advice:
      'Find out why the tunnels of the preferred firewall did not last. Holdback tries again after the cool-down, within the budget of the day.',
  },
  {
    id: 'roll-back',
    during: ['rolling-back'],
    when: 'a roll back was decided and its effect is not seen',
    holds: (s) => !heldByHoldback(s) && s.holder.name !== 'operator',
    then: { action: 'roll-back', phase: 'rolling-back' },
    why: 'The site must not stay on a firewall that was found bad.',
    notice: 'quiet',
  },
  {
    id: 'remedied',
    during: ['remedying'],
    when: 'IPsec was restarted',
    holds: (s) => wasRemedied(s) && s.memory.operation?.answer?.startsWith('changed') === true,
    then: { action: 'end', as: 'done' },
    why: 'It is not repeated at once; the gate sees whether the tunnels come up.',
    notice: 'info',
  },
  {
    id: 'remedy-not-made',
    during: ['remedying'],
    when: 'a restart of IPsec was ordered, and the firewall did not say that it was made',
    holds: wasRemedied,
    then: { action: 'end', as: 'stop' },
    why: 'It may have been made; it counts for the day, and is not repeated at once.',
    notice: 'alert',
    advice:
      'Look at the result in the record, and at the log of IPsec on the preferred firewall; restart it by hand if its tunnels stay down.',
  },
  {
    id: 'failed-over',
    during: ['failing-over'],
    when: 'maintenance mode was entered for a failover, and the standby serves',
    holds: (s) => heldByHoldback(s) && s.standby.name === 'master',
    then: { action: 'end', as: 'done' },
    why: 'Traffic has moved to the firewall whose tunnels carry.',
    notice: 'alert',
    advice:
      'Traffic is on the standby. Mend the VPN of the preferred firewall; Holdback gives it the traffic back once its gate has been green for the hold window.',
  },
  {
    id: 'held',
    during: ['holding'],
    when: 'maintenance mode was entered for a hold',
    holds: (s) => heldByHoldback(s) && !serving(s),
    then: { action: 'end', as: 'done' },
    why: 'It stays out of service until its gate has been green for the hold window.',
    notice: 'info',
  },
  {
    id: 'move-settling',
    during: AFTER_ENTERING,
    when: 'maintenance mode was entered just now and CARP has not moved the addresses yet',
    holds: (s) => heldByHoldback(s) && settling(s),
    then: { action: 'wait', phase: 'same' },
    why: 'CARP needs some seconds.',
    notice: 'quiet',
  },
  {
    id: 'move-not-taken',
    during: ['failing-over', 'rolling-back'],
    when: 'maintenance mode is on, and the standby did not take over',
    holds: (s) => heldByHoldback(s),
    then: { action: 'end', as: 'stop' },
    why: 'A held firewall still serves while its peer is silent, so nothing is worse; somebody must look at the peer.',
    notice: 'alert',
    advice:
      'Look at the CARP status page of the standby: is it up, is preemption on, is it demoted?',
  },
  {
    id: 'serving-alone',
    when: 'it is held but serves, the standby does not, and its own signals are good',
    holds: (s) =>
      serving(s) && held(s) && s.standby.name !== 'master' && s.ownGate.verdict === 'pass',
    then: { action: 'release', phase: 'releasing' },
    why: 'It serves already, and the sick peer must not take over when it returns.',
    notice: 'info',
  },
  {
    id: 'serving-held',
    when: 'it is held but serves',
    holds: (s) => serving(s) && held(s),
    then: { action: 'end', as: 'stop' },
    why: 'It serves because its peer is silent. It stays held, so that a healthy peer takes over when it returns.',
    notice: 'alert',
    advice:
      'The standby is silent. Bring it back; until then the held firewall serves, although its own signals are not all good.',
  },
  {
    id: 'confirming',
    when: 'it serves, all its tunnels are dead by both views, for less than `failoverAfterSeconds`',
    holds: (s) =>
      serving(s) &&
      s.preferredVpn.name === 'dead' &&
      !lasted(s.memory.dead, s.pair.failoverAfterSeconds),
    then: { action: 'wait', phase: 'confirming' },
    why: 'A short outage is cheaper than a failover.',
    notice: 'quiet',
  },
  {
    id: 'failover-mute-unknown',
    when: 'the same for `failoverAfterSeconds`, and it is not known whether an alarm is muted',
    holds: (s) => serving(s) && s.preferredVpn.name === 'dead' && muteUnknown(s),
    then: { action: 'wait', phase: 'confirming' },
    why: 'It may be planned work: no answer is not a no.',
    notice: 'quiet',
  },
  {
    id: 'dead-end',
    when: 'the same for `failoverAfterSeconds`, and the standby is not ready',
    holds: (s) => serving(s) && s.preferredVpn.name === 'dead' && !standbyReady(s),
    then: { action: 'end', as: 'stop' },
    why: 'A dead end is not better than where the traffic is now.',
    notice: 'alert',
    advice:
      'Neither firewall can carry the traffic: look at the internet access of both, then at the VPN connections in AWS.',
  },
  {
    id: 'failover',
    when: 'the same for `failoverAfterSeconds`, and the standby is ready',
    holds: (s) => serving(s) && s.preferredVpn.name === 'dead',
    then: { action: 'fail-over', phase: 'failing-over' },
    why: 'CARP is happy, but no traffic passes; the standby can carry it.',
    notice: 'quiet',
  },
  {
    id: 'confirming-blind',
    during: ['confirming'],
    when: 'the tunnels were dead, and now a view is missing or the views disagree',
    holds: (s) => serving(s) && s.preferredVpn.name === 'unknown',
    then: { action: 'wait', phase: 'same' },
    why: 'Unknown is not failed: the clock stops.',
    notice: 'quiet',
  },
  {
    id: 'degraded',
    when: 'it serves, and some of its tunnels are down',
    holds: (s) => serving(s) && s.preferredVpn.name === 'degraded',
    then: { action: 'end', as: 'stop' },
    why: 'One tunnel carries; AWS replaces endpoints one at a time. A failover would cost more.',
    notice: 'info',
  },
  {
    id: 'all-well',
    when: 'it serves, and all its tunnels are up',
    holds: (s) => serving(s) && s.preferredVpn.name === 'up',
    then: { action: 'end', as: 'stop' },
    why: 'Nothing to do.',
    notice: 'quiet',
  },
  {
    id: 'serving-unseen',
    when: 'it serves, and the state of its tunnels is not known',
    holds: serving,
    then: { action: 'end', as: 'stop' },
    why: 'Unknown is not failed.',
    notice: 'quiet',
  },
  {
    id: 'lost-sight',
    when: 'the role or the holder of the preferred firewall has not been known for 15 minutes',
    holds: (s) => isUnseen(s) && lastedSince(s.memory.unseenSince, s.at, SILENT_TOO_LONG),
    then: { action: 'end', as: 'stop' },
    why: 'Its latch holds it if it runs; but nobody outside can release it while it is silent.',
    notice: 'alert',
    advice:
      'Look whether the firewall runs, and whether its SSM agent is registered and has a way to AWS (Fleet Manager); docs/firewall.md says how to release the latch by hand.',
  },
  {
    id: 'not-seen',
    when: 'the role or the holder of the preferred firewall is not known',
    holds: isUnseen,
    then: { action: 'end', as: 'stop' },
    why: 'A firewall that cannot be seen cannot be told anything; its latch holds it when it returns.',
    notice: 'quiet',
  },
  {
    id: 'hold',
    when: 'it is alive, not MASTER, and nobody holds it',
    holds: free,
    then: { action: 'hold', phase: 'holding' },
    why: 'Hold it now, before CARP preempts.',
    notice: 'quiet',
  },
  {
    id: 'take-over-latch',
    when: 'only its latch holds it',
    holds: (s) => s.holder.name === 'latch',
    then: { action: 'hold', phase: 'holding' },
    why: 'Maintenance mode is what people see and what survives; the latch hands over to it.',
    notice: 'quiet',
  },
  {
    id: 'remedy',
    when: 'it is held, all its tunnels have been dead for `remedyAfterSeconds`, as long has passed since the last remedy, and the remedies of the day are not spent',
    holds: (s) =>
      automatic(s) &&
      s.notMuted.verdict === 'pass' &&
      s.preferred.name === 'backup' &&
      held(s) &&
      s.pair.remedyAfterSeconds > 0 &&
      s.pair.tunnelMode !== 'on-master' &&
      s.preferredVpn.name === 'dead' &&
      lastedSince(s.memory.tunnelsDownSince, s.at, seconds(s.pair.remedyAfterSeconds)) &&
      lastedSince(s.memory.remedies.at(-1) ?? 0, s.at, seconds(s.pair.remedyAfterSeconds)) &&
      s.memory.remedies.length < s.pair.remediesPerDay,
    then: { action: 'remedy', phase: 'remedying' },
    why: 'It serves nothing, so a restart of IPsec costs nothing; what it does not cure needs a person.',
    notice: 'quiet',
  },
  {
    id: 'away-too-long',
    when: 'it is held, its gate is not green, and it has not served for an hour',
    holds: (s) => s.gate.verdict !== 'pass' && lastedSince(s.memory.awaySince, s.at, AWAY_TOO_LONG),
    then: { action: 'wait', phase: 'waiting' },
    why: 'The site runs on its standby alone; the next failure would cut it off.',
    notice: 'alert',
    advice:
      'Look at the signals in the evidence that fail or are unknown, and mend their cause; Holdback goes on by itself when the gate turns green.',
  },
  {
    id: 'gate-red',
    when: 'it is held, and a signal of the gate fails',
    holds: (s) => s.gate.verdict === 'fail',
    then: { action: 'wait', phase: 'waiting' },
    why: 'It cannot carry the traffic yet; the hold window starts again.',
    notice: 'quiet',
  },
  {
    id: 'gate-unknown',
    when: 'it is held, and a signal of the gate is unknown',
    holds: (s) => s.gate.verdict === 'unknown',
    then: { action: 'wait', phase: 'waiting' },
    why: 'No answer is never read as a good answer: the clock of the hold window stops.',
    notice: 'quiet',
  },
  {
    id: 'failback-mute-unknown',
    when: 'the gate is green, and it is not known whether an alarm is muted',
    holds: muteUnknown,
    then: { action: 'wait', phase: 'waiting' },
    why: 'It may be planned work: no answer is not a no.',
    notice: 'quiet',
  },
  {
    id: 'budget-spent',
    when: 'the gate is green, the failback budget of the day is spent, and nobody asked by hand',
    holds: (s) => automatic(s) && s.memory.failbacks.length >= s.pair.failbackBudgetPerDay,
    then: { action: 'end', as: 'stop' },
    why: 'A firewall that comes and goes is not cured by another failback; a person acknowledges by starting one.',
    notice: 'alert',
    advice:
      'Find out why it comes and goes. To allow one more failback, start an execution by hand: that counts as the acknowledgement.',
  },
  {
    id: 'declined',
    when: 'the gate is green, and a person did not agree to this failback',
    holds: (s) => automatic(s) && s.pair.mode === 'approve' && s.memory.declinedAt !== null,
    then: { action: 'end', as: 'stop' },
    why: 'Nobody is asked twice; a person starts it when it suits.',
    notice: 'info',
  },
  {
    id: 'counting',
    when: 'the gate is green, for less than `holdSeconds`',
    holds: (s) => !lasted(s.memory.gate, s.pair.holdSeconds),
    then: { action: 'wait', phase: 'counting' },
    why: 'Good once is not good.',
    notice: 'quiet',
  },
  {
    id: 'ask',
    when: 'the gate was green for the whole window, mode is `approve`, and nobody has answered',
    holds: (s) =>
      automatic(s) && s.pair.mode === 'approve' && s.memory.operation?.approved !== true,
    then: { action: 'ask', phase: 'asking' },
    why: 'A person decides, with the evidence; everything is looked at again after the answer.',
    notice: 'quiet',
  },
  {
    id: 'failback',
    when: 'the gate was green for the whole window',
    holds: () => true,
    then: { action: 'release', phase: 'releasing' },
    why: 'Every required signal has been good, by both views, for the whole hold window.',
    notice: 'quiet',
  },
] as const satisfies readonly Rule[];

function standbyReady(s: Situation): boolean {
  return s.standbyReady.verdict === 'pass';
}

export type RuleId = (typeof ruleList)[number]['id'];

/** The rules in order; the first that holds decides. The last one always holds. */
export const RULES: readonly (Rule & { readonly id: RuleId })[] = ruleList;
