import { describe, expect, it } from '@jest/globals';
import { DOCUMENT_NAMES } from '../support/world.ts';
import { EnvironmentError, readEnvironment } from '../../lambda/aws/environment.ts';

const complete = {
  LEDGER_TABLE: 'Ledger',
  NOTICE_TOPIC: 'arn:aws:sns:eu-central-1:111122223333:notices',
  DOCUMENTS: JSON.stringify(DOCUMENT_NAMES),
};

describe('the environment of a function', () => {
  it('is what the stack wrote, and nothing of what Lambda adds', () => {
    expect(readEnvironment({ ...complete, AWS_REGION: 'eu-central-1', PATH: '/bin' })).toEqual({
      ...complete,
      DOCUMENTS: DOCUMENT_NAMES,
    });
  });

  it('names the state machine for the function that starts it', () => {
    const STATE_MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:Holdback';
    expect(readEnvironment({ ...complete, STATE_MACHINE })).toMatchObject({ STATE_MACHINE });
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
