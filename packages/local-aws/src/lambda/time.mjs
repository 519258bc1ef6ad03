/**
 * Virtual time and seeded chance inside a Lambda worker thread. Imported before the bundle, so that
 * every binding the bundle takes is already a virtual one: Date, the timers of all three homes
 * (global, node:timers, node:timers/promises), AbortSignal.timeout, Math.random and randomUUID.
 *
 * All timers are virtual, not the explicit waits alone: the SDK's waiters sleep with the global
 * setTimeout, its adaptive retry mode divides a virtual date by them, and middy ends a handler
 * 5 ms before its deadline with the one of node:timers.
 */
import crypto from 'node:crypto';
import 'node:http';
import 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';

/** Turns of the event loop without anything under way after which a handler counts as at rest. */
const QUIET_TURNS = 5;
/** Real time after which a worker that never comes to rest is given up: a fault, not a slow machine. */
const PATIENCE_MILLIS = 60_000;
const LONGEST_DELAY_MILLIS = 2 ** 31 - 1;

const { AbortController, AbortSignal, DOMException, Date: RealDate } = globalThis;
const real = {
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
  setImmediate: timers.setImmediate,
};

let now = 0;
let lastId = 0;
const pending = new Map();

/** Forgets every timer: what set them is gone. */
export function reset() {
  pending.clear();
}

export function setNow(millis) {
  now = millis;
}

const VirtualDate = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(Math.floor(now));
    else super(...parts);
  }

  static now() {
    return Math.floor(now);
  }

  static [Symbol.hasInstance](value) {
    return value instanceof RealDate;
  }
};

class VirtualTimer {
  constructor(callback, delayMillis, values, repeats) {
    lastId += 1;
    const delay = Number(delayMillis);
    this.id = lastId;
    this.run = () => callback(...values);
    // As in Node: anything below one millisecond or above the limit is one millisecond.
    this.delayMillis = delay >= 1 && delay <= LONGEST_DELAY_MILLIS ? delay : 1;
    this.repeats = repeats;
    this.refresh();
  }

  refresh() {
    this.dueAt = now + this.delayMillis;
    pending.set(this.id, this);
    return this;
  }

  close() {
    pending.delete(this.id);
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return true;
  }

  [Symbol.toPrimitive]() {
    return this.id;
  }
}

function setTimeout(callback, delayMillis, ...values) {
  return new VirtualTimer(callback, delayMillis, values, false);
}

function setInterval(callback, delayMillis, ...values) {
  return new VirtualTimer(callback, delayMillis, values, true);
}

function clearTimeout(timer) {
  if (timer instanceof VirtualTimer || typeof timer === 'number' || typeof timer === 'string') {
    pending.delete(Number(timer));
  } else {
    real.clearTimeout(timer);
  }
}

function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

function sleep(delayMillis, value, { signal } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const onAbort = () => {
      timer.close();
      reject(abortError(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    }, delayMillis);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function abortAfter(delayMillis) {
  const controller = new AbortController();
  const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  setTimeout(() => controller.abort(reason), delayMillis);
  return controller.signal;
}

function refuseInterval() {
  throw new Error('setInterval of node:timers/promises has no virtual form in this simulation');
}

/** mulberry32; good enough for jitter, and the same in every run. */
let seed = 0;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function randomUUID() {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  const variant = '89ab'[Math.floor(random() * 4)];
  return digits.replace(
    /^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/,
    (_, a, b, c, d, e) => `${a}-${b}-4${c}-${variant}${d}-${e}`,
  );
}

/** Chance inside one invocation depends on the invocation alone. */
export function seedChance(text) {
  seed = crypto.createHash('sha256').update(text).digest().readInt32BE();
}

export function install() {
  globalThis.Date = VirtualDate;
  setTimeout[promisify.custom] = (delayMillis, value, options) =>
    sleep(delayMillis, value, options);
  const virtual = { setTimeout, setInterval, clearTimeout, clearInterval: clearTimeout };
  Object.assign(globalThis, virtual);
  Object.assign(timers, virtual);
  Object.assign(timersPromises, { setTimeout: sleep, setInterval: refuseInterval });
  Object.defineProperty(timersPromises.scheduler, 'wait', {
    value: (delayMillis, options) => sleep(delayMillis, undefined, options),
  });
  AbortSignal.timeout = abortAfter;
  Math.random = random;
  crypto.randomUUID = randomUUID;
  Object.defineProperty(globalThis.crypto, 'randomUUID', { value: randomUUID });
  syncBuiltinESMExports();
}

function nextTimer() {
  let next;
  for (const timer of pending.values()) {
    if (!next || timer.dueAt < next.dueAt) next = timer;
  }
  return next;
}

/** When the earliest timer is due, or null. */
export function nextWakeAt() {
  return nextTimer()?.dueAt ?? null;
}

/** Runs the timers that are due; each one's continuations run before the next. */
export async function runDueTimers() {
  for (let timer = nextTimer(); timer && timer.dueAt <= now; timer = nextTimer()) {
    if (timer.repeats) timer.refresh();
    else timer.close();
    timer.run();
    await new Promise((resolve) => real.setImmediate(resolve));
  }
}

/**
 * Resolves when nothing real is under way: no request (`underWay` gives the promise of its end), no
 * socket, no file being read (the SDK looks for its configuration files), no immediate. Work in the
 * crypto and zlib pools is not seen.
 */
export async function atRest(underWay) {
  const begunAt = performance.now();
  for (let quietTurns = 0; quietTurns < QUIET_TURNS; quietTurns += 1) {
    const requests = underWay();
    if (requests) {
      await requests;
      quietTurns = -1;
      continue;
    }
    await new Promise((resolve) => real.setImmediate(resolve));
    const busy = process.getActiveResourcesInfo().filter((kind) => kind !== 'MessagePort');
    if (busy.length === 0) continue;
    if (performance.now() - begunAt > PATIENCE_MILLIS) {
      throw new Error(`The handler never comes to rest; it keeps open: ${busy.join(', ')}.`);
    }
    quietTurns = -1;
    await new Promise((resolve) => real.setTimeout(resolve, 1));
  }
}
