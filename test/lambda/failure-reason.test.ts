import {
  EC2Client,
  EC2ServiceException,
  GetActiveVpnTunnelStatusCommand,
} from '@aws-sdk/client-ec2';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { failureReason } from '../../lambda/aws/failure-reason.ts';
import { clientOf } from 'local-aws/testing';

const KEY = 'DO-NOT-LEAK-a-pre-shared-key';

const refused = (name: string, message = KEY): EC2ServiceException =>
  new EC2ServiceException({ name, message, $fault: 'client', $metadata: {} });

describe('why a call failed', () => {
  it.each([
    [
      refused('UnauthorizedOperation'),
      'UnauthorizedOperation: the role of the function may not do this',
    ],
    [refused('InvalidVpnConnectionID.NotFound'), /^InvalidVpnConnectionID.NotFound: no such/],
    [refused('InternalError'), 'InternalError'],
    [Object.assign(new Error(KEY), { code: 'ECONNRESET' }), 'ECONNRESET: no connection'],
    [new DOMException(KEY, 'TimeoutError'), 'TimeoutError: no answer in time'],
    [new SyntaxError(`Unexpected token in ${KEY}`), 'SyntaxError: the answer cannot be read'],
    [new Error(KEY), 'failed with an error of another kind'],
    [refused(KEY), 'failed with an error of another kind'],
    [
      Object.assign(new Error('x'), { name: KEY, code: KEY }),
      'failed with an error of another kind',
    ],
    [KEY, 'failed without an error'],
  ])('is told by its code and in our own words: %#', (error, why) => {
    expect(failureReason(error)).toMatch(why);
  });

  it('holds nothing of what an error says, carries or hangs on it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.object(), (message, stack, more) => {
        const error = Object.assign(new Error(`${KEY}${message}`), more, {
          $response: { body: KEY },
          $responseBodyText: KEY,
          cause: KEY,
          stack: `${KEY}${stack}`,
        });
        expect(failureReason(error)).not.toContain('DO-NOT');
        expect(failureReason(error).length).toBeLessThan(120);
      }),
    );
  });

  it.each([
    ['broken XML', `<a><pre_shared_key>${KEY}</wrong>`, 200],
    [
      'XML of an error that quotes a key',
      `<Response><Errors><Error><Code>${KEY}</Code><Message>${KEY}</Message></Error></Errors></Response>`,
      400,
    ],
    ['an answer that is no XML', KEY, 500],
    ['a page of a proxy', `<html><body>${KEY}`, 502],
  ])('of GetActiveVpnTunnelStatus never holds a key: %s', async (_title, body, status) => {
    const server = createServer((_request, response) => {
      response.statusCode = status;
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const close = (): Promise<void> => Promise.resolve();
      const client = new EC2Client({
        ...clientOf({ url: `http://127.0.0.1:${port}`, close }),
        maxAttempts: 1,
      });
      const which = { VpnConnectionId: 'vpn-1', VpnTunnelOutsideIpAddress: '203.0.113.11' };
      const error: unknown = await client.send(new GetActiveVpnTunnelStatusCommand(which)).then(
        () => new Error('it was read'),
        (thrown: unknown) => thrown,
      );
      expect(failureReason(error)).not.toContain('DO-NOT');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
