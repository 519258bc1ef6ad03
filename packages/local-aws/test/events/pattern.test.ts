import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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
    [detail({ alarmName: [{ prefix: { 'equals-ignore-case': 'SHOP' } }] }), true],
    [detail({ alarmName: [{ prefix: 'other-' }, { suffix: '-down' }] }), true],
    [detail({ alarmName: [{ suffix: '-up' }] }), false],
    [detail({ count: [{ prefix: '3' }] }), false],
    [detail({ alarmName: [{ 'equals-ignore-case': 'Shop-Main-eu-a-DOWN' }] }), true],
    [detail({ alarmName: [{ wildcard: 'shop-*-eu-*-down' }] }), true],
    [detail({ alarmName: [{ wildcard: 'shop-*-eu' }] }), false],
    [detail({ alarmName: [{ wildcard: 'shop-\\*' }] }), false],
    [detail({ state: { value: [{ 'anything-but': 'OK' }] } }), true],
    [detail({ state: { value: [{ 'anything-but': ['OK', 'ALARM'] }] } }), false],
    [detail({ alarmName: [{ 'anything-but': { prefix: 'shop' } }] }), false],
    [detail({ alarmName: [{ 'anything-but': { prefix: ['a', 'b'] } }] }), true],
    [detail({ alarmName: [{ 'anything-but': { suffix: '-up' } }] }), true],
    [detail({ missing: [{ 'anything-but': 'x' }] }), false],
    [detail({ count: [{ 'anything-but': 3 }] }), false],
    [detail({ count: [{ numeric: ['>', 2, '<=', 3] }] }), true],
    [detail({ count: [{ numeric: ['=', 4] }] }), false],
    [detail({ alarmName: [{ numeric: ['>', 0] }] }), false],
    [detail({ missing: [{ exists: false }] }), true],
    [detail({ count: [{ exists: false }] }), false],
    [detail({ count: [{ exists: true }] }), true],
    [detail({ state: [{ exists: true }] }), false],
    [detail({ empty: [{ exists: true }] }), false],
    [detail({ muteDetail: { mutedByArn: [{ exists: false }] } }), true],
    [detail({ state: { mutedByArn: [{ exists: true }] } }), false],
    [{ $or: [{ source: ['aws.health'] }, detail({ count: [3] })] }, true],
    [{ source: ['aws.cloudwatch'], $or: [{ region: ['x'] }, detail({ count: [4] })] }, false],
    [detail({ $or: [{ count: [4] }, { muted: [false] }] }), true],
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
    [{ source: [{ prefix: { wildcard: 'a' } }] }],
    [{ source: [{ prefix: 4 }] }],
    [{ source: [{ 'anything-but': [] }] }],
    [{ source: [{ 'anything-but': { numeric: ['=', 1] } }] }],
    [{ source: [{ numeric: ['>'] }] }],
    [{ source: [{ numeric: ['~', 3] }] }],
    [{ source: [{ exists: 'yes' }] }],
    [{ $or: [{ source: ['a'] }] }],
    [{ detail: { deep: {} } }],
  ])('%j is refused instead of being guessed at', (pattern) => {
    expect(() => parsePattern(pattern)).toThrow(PatternError);
  });

  it('says where in the pattern the fault is', () => {
    expect(() => parsePattern(detail({ state: { value: [] } }))).toThrow(/at detail\.state\.value/);
  });

  it('takes every character of a wildcard but the star for itself', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\', '.', '\n'), maxLength: 4 });
    fc.assert(
      fc.property(text, text, text, (head, tail, subject) => {
        const quote = (part: string): string => part.replace(/[\\*]/g, '\\$&');
        const matches = parsePattern({ text: [{ wildcard: `${quote(head)}*${quote(tail)}` }] });
        expect(matches({ text: head + subject + tail })).toBe(true);
        const fits = subject.startsWith(head) && subject.endsWith(tail);
        const isLongEnough = subject.length >= head.length + tail.length;
        expect(matches({ text: subject })).toBe(fits && isLongEnough);
      }),
    );
  });
});
