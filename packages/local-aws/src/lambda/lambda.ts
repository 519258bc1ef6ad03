import { z } from 'zod';
import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { Assembly, Resource } from '../stack/assembly.ts';
import { createAsyncQueue } from './async.ts';
import type { Deliver } from './async.ts';
import { Environment, readSettings } from './environment.ts';
import type {
  EnvironmentOptions,
  FunctionSettings,
  InvokeResult,
  LambdaFailure,
  Report,
} from './environment.ts';
import type { Wire } from '../wire/server.ts';
import { AwsError } from '../service.ts';
import type { ServiceMetrics } from '../cloudwatch/service-metrics.ts';
import { uuids } from '../uuid.ts';

export type { InvokeResult } from './environment.ts';
export type { Deliver } from './async.ts';

/** Faults to inject; both see the function's logical id and its event. */
export interface LambdaFaults {
  /** The environment dies before the handler has begun. */
  crashBefore?(functionId: string, event: unknown): boolean;
  /** The handler runs to its end, but the caller is told that the environment died. */
  crashAfter?(functionId: string, event: unknown): boolean;
}

/** Something that a function wrote to its log. */
interface LogLine {
  readonly functionId: string;
  readonly requestId: string;
  readonly at: Millis;
  readonly text: string;
}

export interface LambdaOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly chance: Chance;
  /** `AWS_ENDPOINT_URL` of the functions. */
  readonly endpointUrl: string;
  /** Answers their requests without a socket, whatever the URL. Default: they go out by HTTP. */
  readonly wire?: Pick<Wire, 'answer' | 'fault'>;
  /** Takes what async invocations leave for an OnFailure destination or a dead-letter queue. */
  readonly deliver: Deliver;
  readonly faults?: LambdaFaults;
  readonly measure?: Pick<ServiceMetrics, 'invoked' | 'throttled'>;
}

export interface Lambda {
  /**
   * Invokes and waits for the answer. The target is a logical id, a name, or an ARN with or without
   * a version or alias.
   *
   * @throws {AwsError} ResourceNotFoundException if there is no such function
   */
  invoke(target: string, event: unknown): Promise<InvokeResult>;
  /** Puts the event in the function's queue and returns at once (InvocationType `Event`). */
  invokeAsync(target: string, event: unknown): void;
  readonly logs: readonly LogLine[];
  /** Ends all worker threads. */
  close(): Promise<void>;
}

/** Seen in practice for small Node functions; AWS publishes no figure. */
const COLD_START_MILLIS = [600, 1500] as const;
const DURATION_MILLIS = [20, 150] as const;

/** A function, its settings and its execution environments. */
interface Deployed {
  readonly resource: Resource;
  readonly settings: FunctionSettings;
  readonly concurrencyLimit: number;
  readonly idle: Environment[];
  running: number;
}

export function createLambda(options: LambdaOptions): Lambda {
  const { assembly, clock, chance, faults = {} } = options;
  const deployed = new Map<string, Deployed>();
  const environments = new Set<Environment>();
  const logs: LogLine[] = [];
  const newRequestId = uuids(clock, chance, 'lambda request');
  const requests = new Map<Environment, string>();

  function find(target: string): Deployed {
    const resource = assembly.find(target, 'AWS::Lambda::Function');
    if (!resource) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${target}`, {
        httpStatus: 404,
      });
    }
    const known = deployed.get(resource.logicalId);
    if (known) return known;
    const reserved = resource.properties['ReservedConcurrentExecutions'];
    const made: Deployed = {
      resource,
      settings: readSettings(assembly, resource),
      concurrencyLimit: z.number().default(Infinity).parse(reserved),
      idle: [],
      running: 0,
    };
    deployed.set(resource.logicalId, made);
    return made;
  }

  /** A warm environment, or a new one after a cold start. Or the failure of its bundle to load. */
  async function acquire(fn: Deployed, requestId: string): Promise<Environment | LambdaFailure> {
    const warm = fn.idle.pop();
    if (warm) {
      requests.set(warm, requestId);
      return warm;
    }
    const functionId = fn.resource.logicalId;
    const setup: EnvironmentOptions = {
      clock,
      resource: fn.resource,
      settings: fn.settings,
      endpointUrl: options.endpointUrl,
      wire: options.wire,
      onLog: (text) => {
        for (const line of text.split('\n').filter((part) => part !== '')) {
          const request = requests.get(cold) ?? '';
          logs.push({ functionId, requestId: request, at: clock.now(), text: line });
        }
      },
    };
    const cold: Environment = new Environment(setup);
    environments.add(cold);
    requests.set(cold, requestId);
    const report = await cold.start();
    const [fastest, slowest] = COLD_START_MILLIS;
    const initMillis = chance.between(fastest, slowest, 'cold start', functionId, requestId);
    await clock.sleep(initMillis, `${functionId} ${requestId} cold start`);
    if (report.type === 'ready') return cold;
    await discard(cold);
    return report.type === 'failed' ? report.failure : exitFailure(requestId, describe(report));
  }

  async function discard(environment: Environment): Promise<void> {
    environments.delete(environment);
    requests.delete(environment);
    await environment.terminate();
  }

  async function invoke(target: string, event: unknown): Promise<InvokeResult> {
    const fn = find(target);
    const { name } = fn.resource;
    if (fn.running >= fn.concurrencyLimit) {
      options.measure?.throttled(name);
      return { failure: throttled };
    }
    fn.running += 1;
    const invokedAt = clock.now();
    try {
      const result = await attempt(fn, event);
      options.measure?.invoked(name, invokedAt, 'failure' in result);
      return result;
    } finally {
      fn.running -= 1;
    }
  }

  async function attempt(fn: Deployed, event: unknown): Promise<InvokeResult> {
    const functionId = fn.resource.logicalId;
    const text = JSON.stringify(event ?? {});
    const requestId = newRequestId(`${functionId} ${text}`);
    const environment = await acquire(fn, requestId);
    if ('errorType' in environment) return { failure: environment };

    if (faults.crashBefore?.(functionId, event)) {
      await discard(environment);
      return { failure: exitFailure(requestId, 'signal: killed') };
    }
    const report = await run(fn, environment, requestId, text);
    if (faults.crashAfter?.(functionId, event)) {
      await discard(environment);
      return { failure: exitFailure(requestId, 'signal: killed') };
    }
    if (report.type === 'done' || report.type === 'failed') {
      fn.idle.push(environment);
      if (report.type === 'failed') return { failure: report.failure };
      return { payload: JSON.parse(report.payload) as unknown };
    }
    await discard(environment);
    return {
      failure:
        report.type === 'rest'
          ? timeoutFailure(requestId, fn.settings)
          : exitFailure(requestId, describe(report)),
    };
  }

  /**
   * One invocation in virtual time. Half of its duration passes before the handler's first line and
   * half after its last, so that what it read is a little old when its caller hears of it. A report
   * of type `rest` means that the time was up.
   */
  async function run(
    fn: Deployed,
    environment: Environment,
    requestId: string,
    event: string,
  ): Promise<Report> {
    const label = `${fn.resource.logicalId} ${requestId}`;
    const deadline = clock.now() + fn.settings.timeoutSeconds * 1000;
    const [shortest, longest] = DURATION_MILLIS;
    const half = chance.between(shortest, longest, 'duration', label) / 2;
    const sleepUntil = (instant: Millis): Promise<void> =>
      clock.sleep(Math.min(instant, deadline) - clock.now(), label);

    await sleepUntil(clock.now() + half);
    let report = await environment.invoke(requestId, event, deadline);
    while (report.type === 'rest') {
      const wakeAt = report.nextWakeAt ?? Infinity;
      await sleepUntil(wakeAt);
      if (wakeAt >= deadline) return report;
      report = await environment.wake();
    }
    await sleepUntil(clock.now() + half);
    return report;
  }

  const queue = createAsyncQueue({ assembly, clock, chance, deliver: options.deliver, invoke });

  return {
    invoke,
    invokeAsync: (target, event) => {
      queue.accept(find(target).resource, event);
    },
    logs,
    close: async () => {
      await Promise.all([...environments].map(discard));
    },
  };
}

/** Lambda API reference, Invoke, TooManyRequestsException; the text is the one AWS sends. */
const throttled: LambdaFailure = {
  errorType: 'TooManyRequestsException',
  errorMessage: 'Rate Exceeded.',
  trace: [],
};

/** The form of both messages is that of Lambda's managed runtimes. */
function timeoutFailure(requestId: string, settings: FunctionSettings): LambdaFailure {
  const seconds = settings.timeoutSeconds.toFixed(2);
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
  return { errorType: 'Sandbox.Timedout', errorMessage, trace: [] };
}

function exitFailure(requestId: string, reason: string): LambdaFailure {
  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${reason}`;
  return { errorType: 'Runtime.ExitError', errorMessage, trace: [] };
}

function describe(report: Report): string {
  return report.type === 'exited' ? report.reason : `unexpected report ${report.type}`;
}
