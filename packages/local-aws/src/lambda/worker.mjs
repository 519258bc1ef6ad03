/**
 * One Lambda execution environment: a worker thread that imports a bundle and runs one invocation
 * at a time in virtual time. See Environment in environment.ts for the other end of the port.
 *
 * Answers to `start`: `ready` or `failed`. To `invoke` and `wake`, once nothing real is under way:
 * `done`, `failed`, or `rest` with the time at which the earliest virtual timer is due. Log lines
 * come as `log` before it.
 */
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import * as time from './time.mjs';

const { file, folder, exportName, functionName, functionArn, memoryMegabytes } = workerData;

let handler;
let outcome;

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    parentPort.postMessage({ type: 'log', text: Buffer.from(chunk).toString('utf8') });
    const done = typeof encoding === 'function' ? encoding : callback;
    done?.();
    return true;
  };
}

/** As Lambda's Node runtime reports it; the bundle stands where Lambda unpacks it. */
function failureOf(error) {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const trace = (error.stack ?? '')
    .replaceAll(pathToFileURL(folder).href, 'file:///var/task')
    .split('\n');
  return { errorType: error.name, errorMessage: error.message, trace };
}

async function start() {
  try {
    const bundle = await import(pathToFileURL(file).href);
    handler = bundle[exportName];
  } catch (error) {
    return { type: 'failed', failure: failureOf(error) };
  }
  if (typeof handler === 'function') return { type: 'ready' };
  const errorMessage = `${exportName} is undefined or not exported`;
  const failure = { errorType: 'Runtime.HandlerNotFound', errorMessage, trace: [] };
  return { type: 'failed', failure };
}

async function run({ event, requestId, deadline }) {
  const context = {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memoryMegabytes),
    awsRequestId: requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await handler(JSON.parse(event), context);
    outcome = { type: 'done', payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    outcome = { type: 'failed', failure: failureOf(error) };
  }
}

async function report() {
  await time.atRest();
  parentPort.postMessage(outcome ?? { type: 'rest', nextWakeAt: time.nextWakeAt() });
}

parentPort.on('message', async (message) => {
  time.setNow(message.now);
  if (message.type === 'start') {
    time.seedChance(functionName);
    outcome = await start();
  } else {
    if (message.type === 'invoke') {
      outcome = undefined;
      time.seedChance(message.requestId);
      void run(message);
    }
    await time.runDueTimers();
  }
  await report();
});

time.install();
