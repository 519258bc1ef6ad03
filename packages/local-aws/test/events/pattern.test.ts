import { describe, expect, it } from '@jest/globals';
import { PatternError, parsePattern } from '../../src/events/pattern.ts';

const EVENT = {
  source: 'aws.cloudwatch',
  resources: ['arn:a', 'arn:b'],
  detail: {
    alarmName: 'shop-main-eu-a-down',
    count: 3,
    muted: false,
    note: null,
    empty: [],
    state: { value: 'ALARM' },
    metrics: [{ id: 'm1', stat: 'Minimum' }, { id: 'm2' }],
  },
};

const detail = (pattern: unknown): unknown => ({ detail: pattern });

describe('an event pattern', () => {
  it.each<[unknown, boolean]>([
    [{ source: ['aws.cloudwatch'] }, true],
    [{ source: ['aws.health', 'aws.cloudwatch'] }, true],
    [{ source: ['aws.health'] }, false],
    [{ source: ['AWS.cloudwatch'] }, false],
    [{ resources: ['arn:b'] }, true],
    [{ resources: ['arn:c'] }, false],
    [{ source: ['aws.cloudwatch'], region: ['eu-central-1'] }, false],
    [detail({ state: { value: ['ALARM', 'OK'] } }), true],
    [detail({ state: { value: ['OK'] } }), false],
    [detail({ count: [3] }), true],
    [detail({ count: ['3'] }), false],
    [detail({ muted: [false] }), true],
    [detail({ note: [null] }), true],
    [detail({ missing: [null] }), false],
    [detail({ metrics: { id: ['m2'] } }), true],
    [detail({ metrics: { id: ['m2'], stat: ['Minimum'] } }), false],
    [detail({ alarmName: [{ prefix: 'shop-' }] }), true],
    [detail({ alarmName: [{ prefix: 'other-' }, 'shop-main-eu-a-down'] }), true],
    [detail({ alarmName: [{ prefix: 'other-' }] }), false],
    [detail({ missing: [{ prefix: '' }] }), false],
    [detail({ count: [{ prefix: '3' }] }), false],
    [detail({ empty: ['x'] }), false],
    [detail({ state: { value: { deeper: ['ALARM'] } } }), false],
  ])('%j matches the alarm event: %s', (pattern, expected) => {
    expect(parsePattern(pattern)(EVENT)).toBe(expected);
  });

  it.each<[unknown]>([
    [{}],
    [{ source: 'aws.cloudwatch' }],
    [{ source: [] }],
    [{ source: [{}] }],
    [{ source: [{ cidr: '10.0.0.0/8' }] }],
    [{ source: [{ prefix: 'a', suffix: 'b' }] }],
    [{ source: [{ prefix: 4 }] }],
    [{ source: [{ prefix: { 'equals-ignore-case': 'a' } }] }],
    [{ source: [{ suffix: 'a' }] }],
    [{ source: [{ 'equals-ignore-case': 'a' }] }],
    [{ source: [{ wildcard: 'a*' }] }],
    [{ source: [{ 'anything-but': 'a' }] }],
    [{ source: [{ numeric: ['=', 1] }] }],
    [{ source: [{ exists: true }] }],
    [{ source: [['a']] }],
    [{ $or: [{ source: ['a'] }, { source: ['b'] }] }],
    [{ detail: { deep: {} } }],
  ])('%j is refused instead of being guessed at', (pattern) => {
    expect(() => parsePattern(pattern)).toThrow(PatternError);
  });

  it('says where in the pattern the fault is', () => {
    expect(() => parsePattern(detail({ state: { value: [] } }))).toThrow(/at detail\.state\.value/);
  });
});
