import { describe, expect, it } from '@jest/globals';
import { EnvironmentError, readEnvironment } from '../../lambda/aws/environment.ts';

const complete = {
  LEDGER_TABLE: 'Ledger',
  NOTICE_TOPIC: 'arn:aws:sns:eu-central-1:111122223333:notices',
  INSPECT_DOCUMENT: 'Holdback-inspect-0a1b2c3d4e5f',
  MAINTENANCE_DOCUMENT: 'Holdback-maintenance-0a1b2c3d4e5f',
};

describe('the environment of a function', () => {
  it('is what the stack wrote, and nothing of what Lambda adds', () => {
    expect(readEnvironment({ ...complete, AWS_REGION: 'eu-central-1', PATH: '/bin' })).toEqual(
      complete,
    );
  });

  it('names the state machine for the function that starts it', () => {
    const STATE_MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:Holdback';
    expect(readEnvironment({ ...complete, STATE_MACHINE })).toEqual({ ...complete, STATE_MACHINE });
  });

  it.each(Object.keys(complete))(
    'without %s is an error that names it and says what to do',
    (name) => {
      const read = () => readEnvironment({ ...complete, [name]: undefined });
      expect(read).toThrow(EnvironmentError);
      expect(read).toThrow('This function was deployed incompletely; deploy the stack again.');
      expect(read).toThrow(`at ${name}`);
    },
  );
});
