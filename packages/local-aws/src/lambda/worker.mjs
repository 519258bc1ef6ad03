/**
 * A worker thread for Lambda execution environments, one after the other: each imports its bundle anew
 * and runs one invocation at a time in virtual time. See Environment in environment.ts for the
 * other end of the port.
 *
 * Answers to `start`: `ready` or `failed`. To `invoke` and `wake`, once nothing real is under way:
 * `done`, `failed`, or `rest` with the time at which the earliest virtual timer is due. Log lines
 * come as `log` before it, and requests to AWS as `request`, to be answered with `response`.
 */
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { importBundle, loadBundle } from './bundle.mjs';
import * as time from './time.mjs';
import * as wire from './wire.mjs';

/** What the environment is of: the message that started it. */
let settings;
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
    .replaceAll(pathToFileURL(settings.folder).href, 'file:///var/task')
    .split('\n');
  return { errorType: error.name, errorMessage: error.message, trace };
}

async function start(message) {
  settings = message;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, settings.variables);
  time.reset();
  if (settings.isWired) wire.leave();
  else wire.enter();
  const { file, exportName, functionName } = settings;
  time.seedChance(functionName);
  let code;
  try {
    const bundle = settings.isWired
      ? { exports: await importBundle(file) }
      : await loadBundle(file, settings.code);
    handler = bundle.exports[exportName];
    code = bundle.code;
  } catch (error) {
    return { type: 'failed', failure: failureOf(error) };
  }
  if (typeof handler === 'function') return { type: 'ready', code };
  const errorMessage = `${exportName} is undefined or not exported`;
  const failure = { errorType: 'Runtime.HandlerNotFound', errorMessage, trace: [] };
  return { type: 'failed', failure };
}

async function run({ event, requestId, deadline }) {
  const context = {
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMegabytes),
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
  await time.atRest(wire.underWay);
  parentPort.postMessage(outcome ?? { type: 'rest', nextWakeAt: time.nextWakeAt() });
}

async function onMessage(message) {
  if (message.type === 'response') {
    wire.receive(message);
    return;
  }
  time.setNow(message.now);
  if (message.type === 'start') {
    outcome = await start(message);
  } else {
    if (message.type === 'invoke') {
      outcome = undefined;
      time.seedChance(message.requestId);
      void run(message);
    }
    await time.runDueTimers();
  }
  await report();
}

parentPort.on('message', onMessage);

time.install();
