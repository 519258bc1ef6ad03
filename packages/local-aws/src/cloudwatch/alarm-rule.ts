import type { AlarmState } from './alarm-evaluation.ts';
import { AssemblyError } from '../stack/intrinsics.ts';

/** The rule of a composite alarm, read once. */
export interface AlarmRule {
  /** Names or ARNs of the alarms that it looks at. */
  readonly alarms: readonly string[];
  holds(stateOf: (alarm: string) => AlarmState): boolean;
}

type Expression = (stateOf: (alarm: string) => AlarmState) => boolean;

const TOKEN = /\s*(?:([()])|"([^"]*)"|([^\s()"]+))/gy;
const STATES: ReadonlySet<string> = new Set(['OK', 'ALARM', 'INSUFFICIENT_DATA']);

/**
 * Reads `ALARM("a") AND NOT (OK(b) OR TRUE)`: AND before OR, NOT before both. Source: CloudWatch API
 * reference, PutCompositeAlarm, AlarmRule.
 *
 * @throws {AssemblyError} for anything else, such as AT_LEAST
 */
export function parseAlarmRule(compositeId: string, text: string): AlarmRule {
  const tokens = [...text.matchAll(TOKEN)].map(([, bracket, quoted, word]) => ({
    text: bracket ?? quoted ?? word ?? '',
    isQuoted: quoted !== undefined,
  }));
  const alarms: string[] = [];
  let position = 0;

  const refuse = (): never => {
    throw new AssemblyError(compositeId, `the alarm rule cannot be read: ${text}`);
  };
  const take = (): string => tokens[position++]?.text ?? refuse();
  const accept = (word: string): boolean => {
    const token = tokens[position];
    const isNext = token !== undefined && !token.isQuoted && token.text === word;
    if (isNext) position += 1;
    return isNext;
  };
  const expect = (word: string): void => {
    if (!accept(word)) refuse();
  };

  function either(): Expression {
    const terms = [both()];
    while (accept('OR')) terms.push(both());
    return (stateOf) => terms.some((term) => term(stateOf));
  }
  function both(): Expression {
    const factors = [factor()];
    while (accept('AND')) factors.push(factor());
    return (stateOf) => factors.every((inner) => inner(stateOf));
  }
  function factor(): Expression {
    if (accept('NOT')) {
      const inner = factor();
      return (stateOf) => !inner(stateOf);
    }
    if (accept('(')) {
      const inner = either();
      expect(')');
      return inner;
    }
    if (accept('TRUE')) return () => true;
    if (accept('FALSE')) return () => false;
    const state = take();
    if (!STATES.has(state)) refuse();
    expect('(');
    const alarm = take();
    expect(')');
    alarms.push(alarm);
    return (stateOf) => stateOf(alarm) === state;
  }

  const holds = either();
  if (position !== tokens.length) refuse();
  return { alarms, holds };
}
