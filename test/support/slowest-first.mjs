import TestSequencer from '@jest/test-sequencer';

/** Whole lives of a pair, one after the other: they take minutes, and their files are small. */
const isSlow = ({ path }) => /\/sim\/story\/killed[^/]*\.test\.ts$/.test(path);

/**
 * In a fresh clone jest knows no durations and begins with the largest files, so that the slowest would
 * run last, and alone.
 */
export default class SlowestFirst extends TestSequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
  }
}
