import { describe, expect, it } from '@jest/globals';
import { ACTS } from '../../lambda/core/act.ts';
import {
  holdLease,
  isGivenBack,
  isOver,
  LeaseLostError,
  leaseUntil,
  type Lease,
} from '../../lambda/core/lease.ts';
import { NOW } from '../support/observations.ts';

const lease: Lease = { owner: 'arn:one', fence: 7, until: NOW };
const claim = { execution: 'arn:one', fence: 7 };

describe('a lease', () => {
  it('is over once its time has passed, and not before', () => {
    expect(isOver(lease, NOW)).toBe(false);
    expect(isOver(lease, NOW + 1)).toBe(true);
    expect(isOver(null, NOW)).toBe(true);
  });

  it('lasts for an observation, its wait and a retry', () => {
    expect(leaseUntil(NOW, 'wait')).toBe(NOW + 150_000);
    expect(leaseUntil(NOW, 'end', 1800)).toBe(NOW + 150_000);
  });

  it.each(ACTS)('lasts for as long as the command %s may take', (act) => {
    expect(leaseUntil(NOW, act, 1800)).toBe(NOW + 300_000);
  });

  it('lasts for as long as a person may take to answer, and for the observation after that', () => {
    expect(leaseUntil(NOW, 'request-approval', 1800)).toBe(NOW + 1_950_000);
  });
});

describe('the lease that an execution believes to hold', () => {
  it('is its own if owner and fence are', () => {
    expect(holdLease('hq', lease, claim)).toBe(lease);
  });

  it.each([
    ['it was given back', null],
    ['another execution has it', { ...lease, owner: 'arn:other' }],
    ['it was taken again since', { ...lease, fence: 8 }],
  ])('is lost if %s, which is said without asking for anything', (_title, held) => {
    const observed = (): Lease => holdLease('hq', held, claim);
    expect(observed).toThrow(LeaseLostError);
    expect(observed).toThrow(/arn:one no longer holds the lease of hq.*nothing needs to be done/);
  });

  it('was given back by itself if nobody has one, and nobody has taken one since', () => {
    expect(isGivenBack(null, 7, claim)).toBe(true);
    expect(isGivenBack(null, 8, claim)).toBe(false);
    expect(isGivenBack(lease, 7, claim)).toBe(false);
  });
});
