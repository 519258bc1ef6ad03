import { existsSync } from 'node:fs';
import { devNull } from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { HttpRequest } from '../wire/request.ts';
import type { HttpAnswer, Wire } from '../wire/server.ts';
import type { Clock, Millis } from '../clock.ts';
import { readProperties } from '../stack/assembly.ts';
import type { Assembly, Resource } from '../stack/assembly.ts';
import { REGION } from '../stack/identity.ts';
import { AssemblyError } from '../stack/intrinsics.ts';
import { borrowWorker, giveBack } from './workers.ts';

/** A failed invocation, in the words of Lambda's Invoke response. */
export interface LambdaFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What an invocation came to; `payload` is plain JSON. */
export type InvokeResult = { readonly payload: unknown } | { readonly failure: LambdaFailure };

const Failure = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()),
});

/** What a worker says when nothing real is under way in it any more. */
const Report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), code: z.instanceof(Uint8Array).optional() }),
  z.object({ type: z.literal('rest'), nextWakeAt: z.number().nullable() }),
  z.object({ type: z.literal('done'), payload: z.string() }),
  z.object({ type: z.literal('failed'), failure: Failure }),
]);
export type Report = z.infer<typeof Report> | { readonly type: 'exited'; readonly reason: string };

const Log = z.object({ type: z.literal('log'), text: z.string() });

/** Strict, so that a VPC, a layer or a dead-letter queue is refused. */
const FunctionProperties = z.strictObject({
  FunctionName: z.string().optional(),
  Description: z.string().optional(),
  Code: z.unknown(),
  Role: z.string().optional(),
  Runtime: z.string(),
  Architectures: z.array(z.string()).optional(),
  LoggingConfig: z.unknown().optional(),
  TracingConfig: z.unknown().optional(),
  ReservedConcurrentExecutions: z.int().optional(),
  Handler: z.string(),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Environment: z
    .strictObject({ Variables: z.record(z.string(), z.string()).default({}) })
    .optional(),
});

export interface EnvironmentOptions {
  readonly clock: Clock;
  readonly resource: Resource;
  readonly settings: FunctionSettings;
  readonly endpointUrl: string;
  /** Undefined: its requests go out by HTTP. */
  readonly wire: Pick<Wire, 'answer' | 'fault'> | undefined;
  readonly onLog: (text: string) => void;
}

/** What the template says about running a function. Defaults: AWS::Lambda::Function. */
export interface FunctionSettings {
  readonly file: string;
  readonly folder: string;
  readonly exportName: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly variables: Readonly<Record<string, string>>;
}

export function readSettings(assembly: Assembly, resource: Resource): FunctionSettings {
  const properties = readProperties(FunctionProperties, resource);
  const folder = assembly.bundleFolder(resource);
  const dot = properties.Handler.lastIndexOf('.');
  const base = path.join(folder, properties.Handler.slice(0, dot));
  const file = `${base}.mjs`;
  if (!existsSync(file)) {
    throw new AssemblyError(resource.logicalId, `its bundle has no module ${file}.`);
  }
  return {
    file,
    folder,
    exportName: properties.Handler.slice(dot + 1),
    timeoutSeconds: properties.Timeout,
    memoryMegabytes: properties.MemorySize,
    variables: properties.Environment?.Variables ?? {},
  };
}

/** What is sent to an execution environment. */
export type Message =
  | { readonly type: 'start' }
  | {
      readonly type: 'invoke';
      readonly requestId: string;
      readonly event: string;
      readonly deadline: Millis;
    }
  | { readonly type: 'wake' };

/** What V8 made of each bundle. */
const compiled = new Map<string, Uint8Array>();

/** What its handler asks of AWS. */
type Request = HttpRequest & { readonly type: 'request'; readonly id: number };

/**
 * One execution environment: a worker thread with the real bundle in it. Each question to it counts
 * as work of the clock, so virtual time stands still while it computes or waits for an answer.
 */
export class Environment {
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #options: EnvironmentOptions;
  readonly #listeners = {
    message: (message: Request | { readonly type: 'other' }): void => {
      const log = Log.safeParse(message);
      if (log.success) this.#options.onLog(log.data.text);
      else if (message.type === 'request') void this.#serve(message);
      else this.#answer?.(Report.parse(message));
    },
    error: (error: unknown): void => {
      this.#exit(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    },
    exit: (code: number): void => {
      this.#exit(`exit status ${code}`);
    },
  };
  #answer: ((report: Report) => void) | undefined;
  #exited: Report | undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#worker = borrowWorker();
    const { message, error, exit } = this.#listeners;
    this.#worker.on('message', message).on('error', error).on('exit', exit);
  }

  start(): Promise<Report> {
    return this.#send({ type: 'start' });
  }

  invoke(requestId: string, event: string, deadline: Millis): Promise<Report> {
    return this.#send({ type: 'invoke', requestId, event, deadline });
  }

  /** Runs the virtual timers that are due by now. */
  wake(): Promise<Report> {
    return this.#send({ type: 'wake' });
  }

  async #send(sent: Message): Promise<Report> {
    if (this.#exited) return this.#exited;
    const message = sent.type === 'start' ? { ...sent, ...this.#settings() } : sent;
    const reported = new Promise<Report>((resolve) => {
      this.#answer = resolve;
      this.#worker.postMessage({ ...message, now: this.#clock.now() });
    });
    const report = await this.#clock.work(reported);
    if (report.type === 'ready' && report.code) {
      compiled.set(this.#options.settings.file, report.code);
    }
    return report;
  }

  /** Ends it. Nothing is under way in its thread then, so that the next environment may have it. */
  async terminate(): Promise<void> {
    const { message, error, exit } = this.#listeners;
    this.#worker.off('message', message).off('error', error).off('exit', exit);
    const isReusable = this.#exited === undefined && this.#options.wire !== undefined;
    if (isReusable) giveBack(this.#worker);
    else await this.#clock.work(this.#worker.terminate());
  }

  async #serve({ id, ...request }: Request): Promise<void> {
    const { wire } = this.#options;
    let answer: HttpAnswer | undefined;
    try {
      answer = await wire?.answer(request);
    } catch (error) {
      wire?.fault(error);
    }
    this.#worker.postMessage({ type: 'response', id, answer });
  }

  #settings(): Readonly<Record<string, unknown>> {
    const { resource, settings, endpointUrl, wire } = this.#options;
    return {
      code: compiled.get(settings.file),
      file: settings.file,
      folder: settings.folder,
      exportName: settings.exportName,
      functionName: resource.name,
      functionArn: resource.arn,
      memoryMegabytes: settings.memoryMegabytes,
      variables: environmentVariables(resource, settings, endpointUrl),
      isWired: wire === undefined,
    };
  }

  #exit(reason: string): void {
    this.#exited ??= { type: 'exited', reason };
    this.#answer?.(this.#exited);
  }
}

/**
 * Source: Lambda developer guide, "Defined runtime environment variables". The server reads the
 * caller from the access key id. X-Ray has no daemon here, so tracing is off and no trace id is set.
 */
function environmentVariables(
  resource: Resource,
  settings: FunctionSettings,
  endpointUrl: string,
): Record<string, string> {
  const variables = { ...settings.variables };
  // --enable-source-maps would read a large map at each start, and put local paths into traces.
  delete variables['NODE_OPTIONS'];
  return {
    ...variables,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: resource.logicalId,
    AWS_SECRET_ACCESS_KEY: 'local',
    // Nothing of this machine's own AWS configuration may reach a bundle.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_LAMBDA_FUNCTION_NAME: resource.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${resource.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    POWERTOOLS_TRACE_ENABLED: 'false',
  };
}
