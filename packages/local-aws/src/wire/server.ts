import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LostReply } from '../lost-reply.ts';
import { AwsError } from '../service.ts';
import type { Caller, Service, ServiceName } from '../service.ts';
import { missingMembers, operationModel } from './models.ts';
import type { OperationModel } from './models.ts';
import type { Protocol } from './protocols.ts';
import { addressOf, BODY_LIMIT_BYTES, bodyText, callerOf, readBody } from './request.ts';
import type { Address, HttpRequest } from './request.ts';

/** A request that has been read: who asks which service for what. */
interface Call {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: unknown;
  readonly caller: Caller;
}

export interface ServerOptions {
  /** Virtual time, for the `Date` header: the clients correct their own clocks by it. */
  now(): number;
  /** Called before each operation; throws an AwsError (AccessDeniedException) to refuse it. */
  authorize?(call: Call): void;
}

/** What goes back to the client. `undefined` in its place: the connection breaks before the answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The local AWS for requests that are already in this process: HTTP without a socket. */
export interface Wire {
  answer(request: HttpRequest): Promise<HttpAnswer | undefined>;
  /**
   * Throws if an operation failed with anything but an AwsError: that is a fault of the simulation
   * and must not pass for an answer of AWS.
   */
  close(): void;
  /** A fault that is none of an operation. */
  fault(error: unknown): void;
}

/** The local AWS on a loopback port. */
export interface Endpoint {
  /** What `AWS_ENDPOINT_URL` is set to. */
  readonly url: string;
  /** Stops the server. Rejects as `Wire.close` throws. */
  close(): Promise<void>;
}

/** An operation as the server calls it: its input has been read with the operation's own schema. */
type AnyOperation = (input: unknown, caller: Caller) => unknown;

/**
 * Signatures are not checked; the access key id says who calls. Operations must answer without
 * waiting for virtual time, which stands still while a client waits.
 */
export function createWire(services: readonly Service[], options: ServerOptions): Wire {
  const byName = new Map(services.map((service) => [service.name, service]));
  if (byName.size !== services.length) throw new Error('Two services share one name.');
  const faults: unknown[] = [];

  const perform = async (address: Address, request: HttpRequest, body: string) => {
    const { operation, implementation, service } = find(byName, address);
    const caller = callerOf(request);
    const input = readInput(address.protocol, operation, body);
    options.authorize?.({ service, operation: operation.name, input, caller });
    return address.protocol.writeOutput(operation, await implementation(input, caller));
  };

  return {
    answer: async (request) => {
      const text = bodyText(request);
      const address = addressOf(request, text ?? '');
      const answer = (status: number, body: string | Uint8Array): HttpAnswer => ({
        status,
        headers: {
          date: new Date(options.now()).toUTCString(),
          'content-type': address.protocol.contentType,
          'content-length': String(Buffer.byteLength(body)),
        },
        body,
      });
      try {
        if (text === undefined) throw tooLarge();
        return answer(200, await perform(address, request, text));
      } catch (error) {
        if (error instanceof LostReply) return undefined;
        if (!(error instanceof AwsError)) faults.push(error);
        const reported = error instanceof AwsError ? error : localFault(error);
        return answer(reported.httpStatus, address.protocol.writeError(address.model, reported));
      }
    },
    fault: (error) => {
      faults.push(error);
    },
    close: () => {
      if (faults.length > 0)
        throw new AggregateError(faults, 'The local AWS failed; see `errors`.');
    },
  };
}

/** Puts a wire on a free loopback port. */
export async function listen(wire: Wire): Promise<Endpoint> {
  const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

  const server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      const { method = '', url = '' } = request;
      const body = await readBody(request);
      const answer = await wire.answer({ method, url, headers: headersOf(request), body });
      if (answer === undefined) request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    respond().catch((error: unknown) => {
      // A client that goes away in mid-request is no fault of this server.
      if (request.complete) wire.fault(error);
      response.destroy();
    });
  });
  // Connections stay open however long this process computes between two requests.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      wire.close();
    },
  };
}

/** A wire on a port of its own. */
export const serve = (services: readonly Service[], options: ServerOptions): Promise<Endpoint> =>
  listen(createWire(services, options));

function find(services: ReadonlyMap<ServiceName, Service>, address: Address) {
  const { model, operationName, protocol } = address;
  const refuse = (message: string): never => {
    throw new AwsError(protocol.unknownOperationCode, message, { httpStatus: 404 });
  };
  if (!model) return refuse(`The local AWS knows no service with the operation ${operationName}.`);
  const operation = operationModel(model, operationName);
  if (!operation) return refuse(`${model.name} has no operation ${operationName}.`);
  const implementation = services.get(model.name)?.operations[operationName];
  if (!implementation) {
    return refuse(`The local AWS does not emulate ${operationName} of ${model.name}.`);
  }
  return { service: model.name, operation, implementation: implementation as AnyOperation };
}

function readInput(protocol: Protocol, operation: OperationModel, body: string): unknown {
  let input: unknown;
  try {
    input = protocol.readInput(operation, body);
  } catch (error) {
    throw new AwsError('SerializationException', `The body cannot be read: ${String(error)}`);
  }
  const missing = missingMembers(operation.input, input);
  if (missing.length === 0) return input;
  const list = missing.map((path) => `Value null at '${path}' failed: Member must not be null`);
  throw new AwsError(
    protocol.missingMemberCode,
    `${missing.length} validation error(s) detected: ${list.join('; ')}`,
  );
}

function tooLarge(): AwsError {
  return new AwsError('RequestEntityTooLarge', `The body exceeds ${BODY_LIMIT_BYTES} bytes.`, {
    httpStatus: 413,
  });
}

/** Status 400, because the clients would repeat the call after a 5xx and bury the first fault. */
function localFault(error: unknown): AwsError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AwsError('LocalAwsFault', `A fault of the simulation, not of the caller: ${text}`);
}
