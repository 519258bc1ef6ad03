import { describe, expect, it, jest } from '@jest/globals';
import * as z from 'zod';
import { createHandler, logger } from '../../lambda/aws/handler.ts';
import { HoldbackError } from '../../lambda/core/error.ts';

const SECRET = 'PreSharedKey-hunter2';

/** What leaves a function that fails with this: its error, and what it logs. */
async function leaving(failure: unknown): Promise<{ error: Error; log: string }> {
  const said = jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const handler = createHandler(z.object({}), () => Promise.reject(failure as Error)) as (
    event: unknown,
    context: unknown,
  ) => Promise<unknown>;
  const context = { awsRequestId: 'r', functionName: 'f', getRemainingTimeInMillis: () => 1000 };
  const error = (await handler({}, context).catch((thrown: unknown) => thrown)) as Error;
  const log = JSON.stringify(said.mock.calls);
  said.mockRestore();
  return { error, log };
}

describe('a function that fails', () => {
  it.each<[string, unknown]>([
    ['an answer that cannot be read', new SyntaxError(`Unexpected token in <${SECRET}>`)],
    [
      'an error of the SDK with the whole response on it',
      Object.assign(new Error(`unknown: ${SECRET}`), {
        $fault: 'server',
        $response: { body: SECRET },
        cause: new Error(SECRET),
      }),
    ],
    ['a text', SECRET],
  ])('says nothing of what a service answered: %s', async (_title, failure) => {
    const { error, log } = await leaving(failure);
    expect(error.name).toBe('UnexpectedError');
    expect(`${error.message}${error.stack ?? ''}${String(error.cause)}${log}`).not.toContain(
      SECRET,
    );
  });

  it('says where, so that it can be mended', async () => {
    const { error, log } = await leaving(new Error(SECRET));
    expect(error.stack).toContain('handler.test.ts');
    expect(log).toContain('handler.test.ts');
  });

  it('says in full what is said in our own words, under the name that the workflow knows', async () => {
    class LeaseLostError extends HoldbackError {
      override readonly name = 'LeaseLostError';
    }
    const failure = new LeaseLostError('another execution has taken over');
    const { error, log } = await leaving(failure);
    expect(error).toBe(failure);
    expect(log).toContain('another execution has taken over');
  });
});
