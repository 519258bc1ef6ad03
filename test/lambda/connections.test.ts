import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectFirewalls, connectLedger, systemClock } from '../../lambda/aws/connections.ts';
import { remembering } from '../support/observations.ts';
import { ledger as localTable, TABLE } from '../support/ledger-table.ts';
import { NODE, runCommand } from '../support/run-command.ts';
import { START, withLocalAws } from 'local-aws/testing';
import { gatekeeper } from '../support/local-cloud.ts';
import { DOCUMENT_NAMES, pairWith } from '../support/observations.ts';

const environment = {
  LEDGER_TABLE: TABLE,
  NOTICE_TOPIC: 'arn:aws:sns:eu-central-1:111122223333:notices',
  DOCUMENTS: DOCUMENT_NAMES,
};

/** What Lambda puts into the environment, and where the local AWS is. */
const variables = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'ActFunction',
  AWS_SECRET_ACCESS_KEY: 'unchecked',
};

describe('a function that is connected to AWS', () => {
  const before = { ...process.env };
  beforeEach(() => {
    Object.assign(process.env, variables);
  });
  afterEach(() => {
    process.env = { ...before };
  });

  it('sends a command again only if SSM did not take it, and never unseen', async () => {
    for (const [fault, sends] of [
      ['lost-reply', 1],
      ['throttle', 4],
    ] as const) {
      const { service } = runCommand({ sendCommand: () => fault });
      const { calls, options } = gatekeeper();
      await withLocalAws(
        [service],
        async ({ url }) => {
          process.env['AWS_ENDPOINT_URL'] = url;
          const firewall = { ...pairWith().preferred, ssmTarget: NODE };
          const inspect = await connectFirewalls(environment).inspect(
            firewall,
            'observation-1',
            undefined,
          );
          expect(inspect.known).toBe(false);
        },
        options,
      );
      expect(calls).toEqual(Array.from({ length: sends }, () => 'SendCommand'));
    }
  });

  it('writes a memory with members that are undefined, which DynamoDB refuses by itself', async () => {
    const { service } = localTable();
    await withLocalAws(
      [service],
      async ({ url }) => {
        process.env['AWS_ENDPOINT_URL'] = url;
        const ledger = connectLedger(environment);
        const lease = await ledger.takeLease('hq', 'one', START, START + 1000);
        if (!lease) throw new Error('the lease is free');
        const memory = { ...remembering(), added: undefined };
        await ledger.save('hq', lease, memory);
        expect((await ledger.read('hq')).memory).toEqual(remembering());
      },
      { now: () => Date.now() },
    );
  });

  it('lives in the time of its machine', async () => {
    const begun = Date.now();
    jest.spyOn(Date, 'now').mockReturnValueOnce(START);
    expect(systemClock.now()).toBe(START);
    jest.restoreAllMocks();
    await systemClock.sleep(20);
    expect(systemClock.now() - begun).toBeGreaterThanOrEqual(19);
  });
});
