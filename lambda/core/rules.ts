import { isAct, type Act } from './act.ts';
import { alarmsUnansweredSince } from './concerns.ts';
import {
  automatic,
  budgetSpent,
  couldTakeOver,
  held,
  heldByHoldback,
  isUnheld,
  isRollingBack,
  isUnseen,
  serving,
  SOAK_FAILURES,
  standbyIsDead,
  standbyReady,
  wasDeclined,
} from './conditions.ts';
import { PHASES, type Memory, type OperationKind, type Phase } from './memory.ts';
import { lastedSince, seconds, type Millis } from './time.ts';
import { lasted } from './window.ts';
import type { Situation } from './situation.ts';

/**
 * `done`: what was wanted is so. `well`: nothing is left to be wanted. `stop`: it ends here, and what was
 * changed decides how.
 */
export type Step =
  | { readonly action: Act | 'wait' | 'request-approval'; readonly phase: Phase | 'same' }
  | { readonly action: 'end'; readonly as: 'done' | 'well' | 'stop' };

/** Who hears of it: nobody, a reader of the notices, or somebody who has to do something. */
export type Urgency = 'quiet' | 'info' | 'alert';

export interface Rule {
  readonly id: string;
  /** The phases in which it is asked at all; absent: in every phase. */
  readonly during?: readonly Phase[];
  readonly when: string;
  readonly holds: (situation: Situation) => boolean;
  readonly then: Step;
  readonly why: string;
  /** How the end of an operation by this rule is told. States that last are told by concerns.ts. */
  readonly urgency: Urgency;
  /** What a person should do; every alert has one. */
  readonly advice?: string;
  /** What an operation is for that begins with this rule; absent: what its phase is for. */
  readonly kind?: OperationKind;
  /** It moves traffic, or begins what moves it, for a reason that can wait: while nobody knows of mutes, it does. */
  readonly waitsForAlarms?: true;
  /** Worth an operation, which observes every ten seconds; `react` observes once a minute. */
  readonly observesOften?: true;
  /** Its order counts as one of the failbacks of the day. */
  readonly spendsBudget?: true;
}

/** What stands between a rule and its step. */
export interface Guard extends Omit<Rule, 'holds'> {
  readonly holds: (situation: Situation, wanted: Rule) => boolean;
  /** It stops a roll back that was decided, too; a person's pause, mode or mute does not. */
  readonly bindsRollBack?: true;
}

/** CARP moves the addresses within about 4 s; an observation and its command take some seconds more. */
export const SETTLE: Millis = seconds(20);
/** What AWS has not shown within this time after the standby was in doubt, it does not show. */
const IN_DOUBT: Millis = seconds(900);
/** Commands sent for one operation: a failover or failback, its repetition, and a roll back. */
export const MOST_ATTEMPTS = 4;

const settling = (s: Situation): boolean => s.phaseMillis < SETTLE;
const isReleased = (s: Situation): boolean => typeof s.memory.operation?.releasedAt === 'number';

const wasRestarted = (s: Situation): boolean =>
  s.memory.ipsecRestarts.some((at) => at >= (s.memory.operation?.startedAt ?? at + 1));

function lastHadNoEffect(s: Situation): boolean {
  if (s.memory.phase === 'restarting-ipsec') return s.memory.refusal !== null;
  return s.memory.phase === 'releasing' ? s.holder.name !== 'nobody' : !heldByHoldback(s);
}

/** MASTER of some addresses while it is held: the traffic of the site is split. */
const isSplit = (s: Situation): boolean => s.preferred.name === 'mixed' && held(s);

/** It is held, and something other than time keeps it so. */
const cannotCount = (s: Situation): boolean =>
  s.gate.verdict !== 'pass' || budgetSpent(s) || wasDeclined(s);

/** 10 s after the first refusal, then 20, 40 and so on, up to 15 minutes. */
export const retryAt = ({ at, times }: NonNullable<Memory['refusal']>): Millis =>
  at + Math.min(seconds(10) * 2 ** (times - 1), seconds(900));

const AFTER_RELEASE: readonly Phase[] = ['releasing', 'soaking'];
const AFTER_ENTERING: readonly Phase[] = ['failing-over', 'holding', 'rolling-back'];
const IN_OPERATION: readonly Phase[] = PHASES.filter((phase) => phase !== 'watching');

const ruleList = [
  {
    id: 'both-master',
    when: 'both firewalls are MASTER on one VHID in two observations in a row',
    holds: (s) => s.memory.bothMasterInARow > 1,
    then: { action: 'end', as: 'stop' },
    why: 'They do not hear each other; any command could make it worse. A person must mend the link.',
    urgency: 'quiet',
  },
  {
    id: 'both-master-once',
    when: 'both firewalls are MASTER on one VHID in one observation',
    holds: (s) => s.bothMaster !== null,
    then: { action: 'wait', phase: 'same' },
    why: 'The observation may have caught them while they changed places; nothing is done before another observation.',
    urgency: 'quiet',
  },
  {
    id: 'deadline',
    when: 'the deadline of the operation has passed',
    holds: (s) => s.memory.operation !== null && s.at >= s.memory.operation.deadlineAt,
    then: { action: 'end', as: 'stop' },
    why: 'Every operation ends; what it could not finish is told to a person.',
    urgency: 'quiet',
    advice:
      'Look at the evidence for the signal that did not turn good, mend its cause, then start an execution by hand; Holdback also goes on by itself when the gate turns green.',
  },
  {
    id: 'operator-hold',
    when: 'an operator entered maintenance mode, and nobody asked by hand',
    holds: (s) => automatic(s) && s.holder.name === 'operator',
    then: { action: 'end', as: 'stop' },
    why: 'Somebody is working on it.',
    urgency: 'quiet',
  },
  {
    id: 'soak-bad-no-way-back',
    during: AFTER_RELEASE,
    when: 'the soak is bad and the standby is not ready',
    holds: (s) =>
      isReleased(s) && serving(s) && s.memory.soakFailures >= SOAK_FAILURES && !standbyReady(s),
    then: { action: 'end', as: 'stop' },
    why: 'Moving traffic to a firewall that cannot carry it is no better.',
    urgency: 'alert',
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
    urgency: 'quiet',
  },
  {
    id: 'attempts-spent',
    during: [...AFTER_ENTERING, 'releasing', 'restarting-ipsec'],
    when: 'the last of as many commands as an operation may send had no effect',
    holds: (s) => (s.memory.operation?.attempts ?? 0) >= MOST_ATTEMPTS && lastHadNoEffect(s),
    then: { action: 'end', as: 'stop' },
    why: 'A step that fails again and again needs a person, not another try.',
    urgency: 'quiet',
    advice:
      'Look at the result of the last command in the record; then set maintenance mode by hand on the CARP status page of the preferred firewall.',
  },
  {
    id: 'left-half-way',
    during: AFTER_RELEASE,
    when: 'maintenance mode was left by half: the flag is still there and does not count',
    holds: (s) => isReleased(s) && s.holder.name === 'holdback' && !s.holder.counts,
    then: { action: 'release', phase: 'releasing' },
    why: 'It is released already, but the flag would hold it again at its next boot; the same order ends that.',
    urgency: 'quiet',
  },
  {
    id: 'soak-bad',
    during: AFTER_RELEASE,
    when: 'the soak is bad and the standby is ready',
    holds: (s) => isReleased(s) && serving(s) && s.memory.soakFailures >= SOAK_FAILURES,
    then: { action: 'roll-back', phase: 'rolling-back' },
    why: 'The failback was wrong: the standby carried traffic before and can carry it again.',
    urgency: 'alert',
    advice:
      'Nothing right now: the standby gets the traffic back. Afterwards find out why the tunnels of the preferred firewall did not last.',
  },
  {
    id: 'soak-good',
    during: AFTER_RELEASE,
    when: 'what must be good stayed good for the whole soak',
    holds: (s) =>
      isReleased(s) && serving(s) && isUnheld(s) && lasted(s.memory.soak, s.pair.soakSeconds),
    then: { action: 'end', as: 'done' },
    why: 'The preferred firewall serves, and its tunnels carry.',
    urgency: 'info',
  },
  {
    id: 'soak',
    during: AFTER_RELEASE,
    when: 'the preferred firewall serves since its release',
    holds: (s) => isReleased(s) && serving(s) && isUnheld(s),
    then: { action: 'wait', phase: 'soaking' },
    why: 'A failback is good only once it stayed good.',
    urgency: 'quiet',
  },
  {
    id: 'release-settling',
    during: AFTER_RELEASE,
    when: 'it was released just now and CARP has not moved the addresses yet',
    holds: (s) => isReleased(s) && isUnheld(s) && settling(s),
    then: { action: 'wait', phase: 'same' },
    why: 'CARP needs some seconds.',
    urgency: 'quiet',
  },
  {
    id: 'soak-lost',
    during: AFTER_RELEASE,
    when: 'it lost the addresses again during the soak',
    // With a dead standby there is nowhere to roll back to.
    holds: (s) =>
      isReleased(s) &&
      !serving(s) &&
      (isUnheld(s) || s.holder.name === 'latch') &&
      !standbyIsDead(s),
    then: { action: 'roll-back', phase: 'rolling-back' },
    why: 'It did not keep what it was given; it is held before CARP hands it the traffic once more.',
    urgency: 'alert',
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
    urgency: 'alert',
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
    urgency: 'quiet',
  },
  {
    id: 'ipsec-restarted',
    during: ['restarting-ipsec'],
    when: 'IPsec was restarted',
    holds: (s) => wasRestarted(s) && s.memory.operation?.answer?.startsWith('changed') === true,
    then: { action: 'end', as: 'done' },
    why: 'It is not repeated at once; the gate sees whether the tunnels come up.',
    urgency: 'info',
  },
  {
    id: 'ipsec-restart-unconfirmed',
    during: ['restarting-ipsec'],
    when: 'a restart of IPsec was ordered, and the firewall did not say that it was made',
    holds: wasRestarted,
    then: { action: 'end', as: 'stop' },
    why: 'It may have been made; it counts for the day, and is not repeated at once.',
    urgency: 'alert',
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
    urgency: 'alert',
    advice:
      'Traffic is on the standby. Mend the VPN of the preferred firewall; Holdback gives it the traffic back once its gate has been green for the stable window.',
  },
  {
    id: 'held',
    during: ['holding'],
    when: 'maintenance mode was entered for a hold',
    holds: (s) => heldByHoldback(s) && !serving(s),
    then: { action: 'end', as: 'done' },
    why: 'It stays out of service until its gate has been green for the stable window.',
    urgency: 'info',
  },
  {
    id: 'move-settling',
    during: AFTER_ENTERING,
    when: 'maintenance mode was entered just now and CARP has not moved the addresses yet',
    holds: (s) => heldByHoldback(s) && settling(s),
    then: { action: 'wait', phase: 'same' },
    why: 'CARP needs some seconds.',
    urgency: 'quiet',
  },
  {
    id: 'move-not-taken',
    during: ['failing-over', 'rolling-back'],
    when: 'maintenance mode is on, and the standby did not take over',
    holds: (s) => heldByHoldback(s),
    then: { action: 'end', as: 'stop' },
    why: 'A held firewall still serves while its peer is silent, so nothing is worse; somebody must look at the peer.',
    urgency: 'alert',
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
    urgency: 'info',
    kind: 'release',
  },
  {
    id: 'serving-held',
    when: 'it is held but serves',
    holds: (s) => serving(s) && held(s),
    then: { action: 'end', as: 'stop' },
    why: 'It serves because its peer is silent. It stays held, so that a healthy peer takes over when it returns.',
    urgency: 'quiet',
  },
  {
    id: 'dead-end',
    when: 'it serves, all its tunnels are dead by both views, and the standby is not ready',
    // An operation that is under way does not end because of one observation that did not see the standby.
    holds: (s) =>
      serving(s) &&
      s.preferredVpn.name === 'dead' &&
      (s.memory.phase === 'confirming' ? s.standbyReady.verdict === 'fail' : !standbyReady(s)),
    then: { action: 'end', as: 'stop' },
    why: 'A dead end is not better than where the traffic is now.',
    urgency: 'quiet',
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
    urgency: 'quiet',
    observesOften: true,
    waitsForAlarms: true,
  },
  {
    id: 'failover',
    when: 'it serves, all its tunnels have been dead by both views for `failoverAfterSeconds`, and the standby is ready',
    holds: (s) => serving(s) && s.preferredVpn.name === 'dead' && standbyReady(s),
    then: { action: 'fail-over', phase: 'failing-over' },
    why: 'CARP is happy, but no traffic passes; the standby can carry it.',
    urgency: 'quiet',
    waitsForAlarms: true,
  },
  {
    id: 'confirming-blind',
    during: ['confirming'],
    when: 'it serves, its tunnels were dead, and now a view of them or of the standby is missing, or the views disagree',
    holds: (s) => serving(s) && ['dead', 'unknown'].includes(s.preferredVpn.name),
    then: { action: 'wait', phase: 'same' },
    why: 'Unknown is not failed: the clock stops.',
    urgency: 'quiet',
  },
  {
    id: 'degraded',
    when: 'it serves, and some of its tunnels are down',
    holds: (s) => serving(s) && s.preferredVpn.name === 'degraded',
    then: { action: 'end', as: 'stop' },
    why: 'One tunnel carries; AWS replaces endpoints one at a time. A failover would cost more.',
    urgency: 'quiet',
  },
  {
    id: 'all-well',
    when: 'it serves, and all its tunnels are up',
    holds: (s) => serving(s) && s.preferredVpn.name === 'up',
    then: { action: 'end', as: 'well' },
    why: 'Nothing to do.',
    urgency: 'quiet',
  },
  {
    id: 'serving-unseen',
    when: 'it serves, and the state of its tunnels is not known',
    holds: serving,
    then: { action: 'end', as: 'stop' },
    why: 'Unknown is not failed.',
    urgency: 'quiet',
  },
  {
    id: 'not-seen',
    when: 'the role or the holder of the preferred firewall is not known',
    holds: isUnseen,
    then: { action: 'end', as: 'stop' },
    why: 'A firewall that cannot be seen cannot be told anything; its latch holds it when it returns.',
    urgency: 'quiet',
  },
  {
    id: 'standby-dead',
    when: 'it is held and would carry, and AWS has shown every tunnel of the serving standby as down for `failoverAfterSeconds`',
    holds: (s) => held(s) && standbyIsDead(s) && couldTakeOver(s),
    then: { action: 'release', phase: 'releasing' },
    why: 'A hold is a preference, not a fence: it must not keep traffic on a firewall that cannot carry it.',
    urgency: 'alert',
    advice:
      'Traffic is back on the preferred firewall, before its gate was green. Mend the VPN of the standby, and look whether the preferred firewall carries everything.',
    kind: 'release',
  },
  {
    id: 'split',
    when: 'it is held and would carry, and it serves some of the addresses and the standby the others, in two observations in a row',
    holds: (s) => isSplit(s) && s.memory.splitInARow > 1 && couldTakeOver(s),
    then: { action: 'release', phase: 'releasing' },
    why: 'Traffic that comes in by one firewall cannot leave by the other; released, it serves all addresses.',
    urgency: 'alert',
    advice:
      'Traffic is back on the preferred firewall, before its gate was green. Look why the standby lost some of the addresses: a link, a cable, a switch port.',
    kind: 'release',
  },
  {
    id: 'left-to-carp',
    when: 'it is not MASTER, nobody holds it, and AWS shows every tunnel of the serving standby as down',
    holds: (s) => isUnheld(s) && standbyIsDead(s),
    then: { action: 'end', as: 'stop' },
    why: 'A hold would keep traffic on a firewall that cannot carry it; CARP may have it.',
    urgency: 'quiet',
  },
  {
    id: 'hold',
    when: 'it is alive, not MASTER, and nobody holds it, or only by a hold that does not count',
    holds: isUnheld,
    then: { action: 'hold', phase: 'holding' },
    why: 'Hold it now, before CARP preempts.',
    urgency: 'quiet',
  },
  {
    id: 'take-over-latch',
    when: 'only its latch holds it',
    holds: (s) => s.holder.name === 'latch',
    then: { action: 'hold', phase: 'holding' },
    why: 'Maintenance mode is what people see and what survives; the latch hands over to it.',
    urgency: 'quiet',
  },
  {
    id: 'restart-ipsec',
    when: 'it is held, all its tunnels have been dead for `ipsecRestartAfterSeconds`, as long has passed since the last restart of IPsec, and the restarts of the day are not spent',
    holds: (s) =>
      automatic(s) &&
      s.preferred.name === 'backup' &&
      held(s) &&
      s.pair.ipsecRestartAfterSeconds > 0 &&
      s.pair.tunnelMode !== 'on-master' &&
      s.preferredVpn.name === 'dead' &&
      lastedSince(s.memory.tunnelsDownSince, s.at, seconds(s.pair.ipsecRestartAfterSeconds)) &&
      lastedSince(
        s.memory.ipsecRestarts.at(-1) ?? 0,
        s.at,
        seconds(s.pair.ipsecRestartAfterSeconds),
      ) &&
      s.memory.ipsecRestarts.length < s.pair.ipsecRestartsPerDay,
    then: { action: 'restart-ipsec', phase: 'restarting-ipsec' },
    why: 'It serves nothing, so a restart of IPsec costs nothing; what it does not cure needs a person.',
    urgency: 'quiet',
    kind: 'ipsec-restart',
    waitsForAlarms: true,
  },
  {
    id: 'watching-standby',
    when: 'it is held, not about to be released, and since less than 15 minutes the serving standby is not seen to carry or the addresses are split',
    holds: (s) =>
      held(s) &&
      cannotCount(s) &&
      (isSplit(s) ||
        (s.memory.standbyInDoubtSince !== null &&
          !lastedSince(s.memory.standbyInDoubtSince, s.at, IN_DOUBT))),
    then: { action: 'wait', phase: 'waiting' },
    why: 'If the standby cannot carry, every second counts; an observation a minute would be too slow.',
    urgency: 'quiet',
    observesOften: true,
  },
  {
    id: 'gate-red',
    when: 'it is held, and a signal of the gate fails',
    holds: (s) => s.gate.verdict === 'fail',
    then: { action: 'wait', phase: 'waiting' },
    why: 'It cannot carry the traffic yet; the stable window starts again.',
    urgency: 'quiet',
  },
  {
    id: 'gate-unknown',
    when: 'it is held, and a signal of the gate is unknown',
    holds: (s) => s.gate.verdict === 'unknown',
    then: { action: 'wait', phase: 'waiting' },
    why: 'No answer is never read as a good answer: the clock of the stable window stops.',
    urgency: 'quiet',
  },
  {
    id: 'budget-spent',
    when: 'the gate is green, the failback budget of the day is spent, and nobody asked by hand',
    holds: budgetSpent,
    then: { action: 'end', as: 'stop' },
    why: 'A firewall that comes and goes is not cured by another failback; a person acknowledges by starting one.',
    urgency: 'quiet',
  },
  {
    id: 'declined',
    when: 'the gate is green, and a person did not agree to this failback',
    holds: wasDeclined,
    then: { action: 'end', as: 'stop' },
    why: 'Nobody is asked twice; a person starts it when it suits.',
    urgency: 'quiet',
  },
  {
    id: 'counting',
    when: 'the gate is green, for less than `stableSeconds`',
    holds: (s) => !lasted(s.memory.gate, s.pair.stableSeconds),
    then: { action: 'wait', phase: 'counting' },
    why: 'Good once is not good.',
    urgency: 'quiet',
    observesOften: true,
    waitsForAlarms: true,
  },
  {
    id: 'request-approval',
    when: 'the gate was green for the whole window, mode is `approve`, and nobody has answered',
    holds: (s) =>
      automatic(s) && s.pair.mode === 'approve' && s.memory.operation?.approved !== true,
    then: { action: 'request-approval', phase: 'awaiting-approval' },
    why: 'A person decides, with the evidence; everything is observed again after the answer.',
    urgency: 'quiet',
    waitsForAlarms: true,
  },
  {
    id: 'failback',
    when: 'the gate was green for the whole window',
    holds: () => true,
    then: { action: 'release', phase: 'releasing' },
    why: 'Every required signal has been good, by both views, for the whole stable window.',
    urgency: 'quiet',
    waitsForAlarms: true,
    spendsBudget: true,
  },
] as const satisfies readonly Rule[];

/** The rules in order; the first that holds says what is wanted. The last one always holds. */
export const RULES: readonly (Rule & { readonly id: RuleId })[] = ruleList;

/** For so long it is asked again within an operation; after that an operation ends, and waits no more. */
const PATIENCE: Millis = seconds(120);
const unansweredForLong = (s: Situation): boolean =>
  lastedSince(alarmsUnansweredSince(s.memory), s.at, PATIENCE);

const guardList = [
  {
    id: 'paused',
    when: 'the pair or the fleet is paused',
    holds: (s) => s.request.paused !== null,
    then: { action: 'end', as: 'stop' },
    why: 'A person said to leave it alone.',
    urgency: 'quiet',
  },
  {
    id: 'mode-off',
    when: 'mode is `off` and nobody asked by hand',
    holds: (s) => automatic(s) && s.pair.mode === 'off',
    then: { action: 'end', as: 'stop' },
    why: 'Holdback only watches this pair.',
    urgency: 'quiet',
  },
  {
    id: 'muted',
    when: "one of the pair's alarms is muted and nobody asked by hand",
    holds: (s) => automatic(s) && s.notMuted.verdict === 'fail',
    then: { action: 'end', as: 'stop' },
    why: 'A muted alarm means planned work: what it reports is not a reason to move traffic.',
    urgency: 'quiet',
  },
  {
    id: 'mute-unknown-for-long',
    when: 'traffic would move for a reason that can wait, and for two minutes CloudWatch has not said whether an alarm is muted',
    holds: (s, wanted) => mayBeMuted(s, wanted) && unansweredForLong(s),
    then: { action: 'end', as: 'stop' },
    why: 'It may be planned work: no answer is not a no. It is asked again at the next observation.',
    urgency: 'quiet',
  },
  {
    id: 'mute-unknown',
    when: 'traffic would move for a reason that can wait, and CloudWatch does not say whether an alarm is muted',
    holds: (s, wanted) => mayBeMuted(s, wanted),
    then: { action: 'wait', phase: 'same' },
    why: 'It may be planned work: no answer is not a no.',
    urgency: 'quiet',
  },
  {
    id: 'refused-for-long',
    when: 'the firewall refused the last order, and it is not tried again within a minute',
    holds: (s, wanted) => isRefused(s, wanted, seconds(60)),
    then: { action: 'end', as: 'stop' },
    why: 'What was refused again and again is tried at ever longer intervals.',
    urgency: 'quiet',
    bindsRollBack: true,
  },
  {
    id: 'refused',
    when: 'the firewall refused the last order, and it is tried again within a minute',
    holds: (s, wanted) => isRefused(s, wanted, 0),
    then: { action: 'wait', phase: 'same' },
    why: 'What was refused a moment ago may be accepted in another: a lock, a race.',
    urgency: 'quiet',
    bindsRollBack: true,
  },
] as const satisfies readonly Guard[];

function mayBeMuted(s: Situation, wanted: Rule): boolean {
  const isAsked = automatic(s) && s.alarmsRead && wanted.waitsForAlarms === true;
  return isAsked && s.notMuted.verdict === 'unknown';
}

/** @param left more of the wait than this is left */
function isRefused(s: Situation, wanted: Rule, left: Millis): boolean {
  const { refusal, operation } = s.memory;
  // No operation begins, either, whose order would have to wait.
  const isHeldUp =
    isAct(wanted.then.action) || (operation === null && wanted.observesOften === true);
  return automatic(s) && isHeldUp && refusal !== null && retryAt(refusal) - s.at > left;
}

export type RuleId = (typeof ruleList)[number]['id'] | (typeof guardList)[number]['id'];

/**
 * Asked in order when a rule wants anything but an end; the first that holds takes its place. A roll back
 * that was decided goes on: traffic would stay where it was found bad.
 */
export const GUARDS: readonly (Guard & { readonly id: RuleId })[] = guardList;

/** The row of a rule or a guard; `undefined` if there is none of that name (any more). */
export const ruleOf = (id: string | null | undefined): Rule | Guard | undefined =>
  [...RULES, ...GUARDS].find((candidate) => candidate.id === id);

/** @returns the guard that stands between this rule and its step; `null` if none does. */
export function guardOf(s: Situation, wanted: Rule): (Guard & { readonly id: RuleId }) | null {
  if (wanted.then.action === 'end') return null;
  const binds = ({ bindsRollBack }: Guard): boolean => bindsRollBack === true || !isRollingBack(s);
  return GUARDS.find((guard) => binds(guard) && guard.holds(s, wanted)) ?? null;
}
