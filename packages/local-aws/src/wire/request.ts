import type { IncomingMessage } from 'node:http';
import { AwsError } from '../service.ts';
import type { Caller } from '../service.ts';
import { SERVICE_MODELS } from './models.ts';
import type { ServiceModel } from './models.ts';
import { PROTOCOLS } from './protocols.ts';
import type { Protocol } from './protocols.ts';

/** What a request names, before anything is known about its input. */
export interface Address {
  /** Undefined if no modelled service has this address. */
  readonly model: ServiceModel | undefined;
  readonly operationName: string;
  /** How to answer, even if it is only to say that the service is unknown. */
  readonly protocol: Protocol;
}

/** DynamoDB takes up to 16 MB (BatchWriteItem); every operation emulated here stays below 5 MB. */
export const BODY_LIMIT_BYTES = 5 * 1024 * 1024;

/** An HTTP request that has arrived; names of headers are lower case. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined if it was longer than the limit. */
  readonly body: Uint8Array | undefined;
}

/** The bytes of the body, or undefined if they are more than the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read all the same, or the client would see a broken connection.
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  return size > BODY_LIMIT_BYTES ? undefined : Buffer.concat(chunks);
}

export function bodyText({ body }: HttpRequest): string | undefined {
  if (body === undefined || body.byteLength > BODY_LIMIT_BYTES) return undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

/** JSON services are named by the `X-Amz-Target` header, Query services by the form's `Version`. */
export function addressOf(request: HttpRequest, body: string): Address {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) {
    const [service = '', operationName = ''] = target.split('.');
    const model = SERVICE_MODELS.find((candidate) => candidate.address === service);
    return { model, operationName, protocol: PROTOCOLS[model?.protocol ?? 'awsJson1_0'] };
  }
  const form = new URLSearchParams(body);
  const version = form.get('Version');
  const model = SERVICE_MODELS.find((candidate) => candidate.address === version);
  const operationName = form.get('Action') ?? `${request.method} ${request.url}`;
  return { model, operationName, protocol: PROTOCOLS[model?.protocol ?? 'awsQuery'] };
}

/**
 * Who signed: the access key id in `Authorization: AWS4-HMAC-SHA256 Credential=<id>/<date>/…`. A
 * Lambda function or state machine runs with its logical id as AWS_ACCESS_KEY_ID.
 */
export function callerOf(request: HttpRequest): Caller {
  const principal = /Credential=([^/,\s]+)\//.exec(request.headers['authorization'] ?? '')?.[1];
  if (principal === undefined) {
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', {
      httpStatus: 403,
    });
  }
  return { principal };
}
