import { existsSync } from 'node:fs';
import { devNull } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Clock, Millis } from '../clock.ts';
import { readProperties } from '../stack/assembly.ts';
import type { Assembly, Resource } from '../stack/assembly.ts';
import { REGION } from '../stack/identity.ts';
import { AssemblyError } from '../stack/intrinsics.ts';

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
  z.object({ type: z.literal('ready') }),
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
  const file = ['.mjs', '.js', '.cjs']
    .map((suffix) => base + suffix)
    .find((name) => existsSync(name));
  if (file === undefined) {
    throw new AssemblyError(resource.logicalId, `its bundle has no module ${base}.mjs.`);
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

/**
 * One execution environment: a worker thread with the real bundle in it. Each question to it counts
 * as work of the clock, so virtual time stands still while it computes or waits for an answer.
 */
export class Environment {
  readonly #clock: Clock;
  readonly #worker: Worker;
  #answer: ((report: Report) => void) | undefined;
  #exited: Report | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly resource: Resource;
    readonly settings: FunctionSettings;
    readonly endpointUrl: string;
    readonly onLog: (text: string) => void;
  }) {
    const { resource, settings } = options;
    this.#clock = options.clock;
    this.#worker = new Worker(new URL('./worker.mjs', import.meta.url), {
      workerData: {
        file: settings.file,
        folder: settings.folder,
        exportName: settings.exportName,
        functionName: resource.name,
        functionArn: resource.arn,
        memoryMegabytes: settings.memoryMegabytes,
      },
      env: environmentVariables(resource, settings, options.endpointUrl),
      // Not those of this process: a loader for TypeScript would only slow the start.
      execArgv: [],
    });
    this.#worker.on('message', (message: unknown) => {
      const log = Log.safeParse(message);
      if (log.success) options.onLog(log.data.text);
      else this.#answer?.(Report.parse(message));
    });
    this.#worker.on('error', (error: unknown) => {
      this.#exit(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    });
    this.#worker.on('exit', (code) => {
      this.#exit(`exit status ${code}`);
    });
  }

  start(): Promise<Report> {
    return this.#ask({ type: 'start' });
  }

  invoke(requestId: string, event: string, deadline: Millis): Promise<Report> {
    return this.#ask({ type: 'invoke', requestId, event, deadline });
  }

  /** Runs the virtual timers that are due by now. */
  wake(): Promise<Report> {
    return this.#ask({ type: 'wake' });
  }

  async terminate(): Promise<void> {
    await this.#clock.work(this.#worker.terminate());
  }

  #ask(message: Readonly<Record<string, unknown>>): Promise<Report> {
    if (this.#exited) return Promise.resolve(this.#exited);
    const report = new Promise<Report>((resolve) => {
      this.#answer = resolve;
      this.#worker.postMessage({ ...message, now: this.#clock.now() });
    });
    return this.#clock.work(report);
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
