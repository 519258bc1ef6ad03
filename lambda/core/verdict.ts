/** Unknown is not healthy, and not failed either. */
export type Verdict = 'pass' | 'fail' | 'unknown';
