import { describe, expect, it } from '@jest/globals';
import { DOCUMENT_NAMES } from '../support/observations.ts';
import {
  EnvironmentError,
  ENVIRONMENTS,
  readEnvironment,
  type FunctionName,
} from '../../lambda/aws/environment.ts';

const complete = {
  LEDGER_TABLE: 'Ledger',
  NOTICE_TOPIC: 'arn:aws:sns:eu-central-1:111122223333:notices',
  DOCUMENTS: JSON.stringify(DOCUMENT_NAMES),
  STATE_MACHINE: 'arn:aws:states:eu-central-1:111122223333:stateMachine:Holdback',
};
type Variable = keyof typeof complete;

const NEEDED = (Object.keys(ENVIRONMENTS) as FunctionName[]).flatMap((name) =>
  (Object.keys(ENVIRONMENTS[name].shape) as Variable[]).map(
    (variable) => [name, variable] as const,
  ),
);

describe('the environment of a function', () => {
  it('is what the stack wrote, and nothing of what Lambda adds', () => {
    const environment = { ...complete, AWS_REGION: 'eu-central-1', PATH: '/bin' };
    expect(readEnvironment('react', environment)).toEqual({
      ...complete,
      DOCUMENTS: DOCUMENT_NAMES,
    });
  });

  it('names the state machine for the function that starts it', () => {
    const { STATE_MACHINE } = complete;
    expect(readEnvironment('react', complete)).toMatchObject({ STATE_MACHINE });
  });

  it('holds nothing that the function does not read', () => {
    expect(readEnvironment('lease', complete)).toEqual({ LEDGER_TABLE: 'Ledger' });
  });

  it.each(NEEDED)(
    'of %s without %s is an error that names it and says what to do',
    (name, variable) => {
      const read = () => readEnvironment(name, { ...complete, [variable]: undefined });
      expect(read).toThrow(EnvironmentError);
      expect(read).toThrow('This function was deployed incompletely; deploy the stack again.');
      expect(read).toThrow(`at ${variable}`);
    },
  );
});
