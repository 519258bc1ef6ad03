/**
 * HTTP without a socket: what a bundle asks of `node:http` goes to the local AWS through the port of the
 * worker, as the very message that would have gone over the line. Only what the SDK's NodeHttpHandler
 * uses of a request and its response is here; anything else would throw.
 */
import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { parentPort } from 'node:worker_threads';

const { request: requestBySocket } = http;
const open = new Map();
let lastId = 0;
let onIdle;

/** The connection of every request: it is there at once, and silent only while no time passes. */
const socket = {
  connecting: false,
  setTimeout: () => socket,
  setKeepAlive: () => socket,
  removeListener: () => socket,
  destroy: () => socket,
};

class Request extends EventEmitter {
  socket = socket;
  #options;
  #id;

  constructor(options, onResponse) {
    super();
    this.#options = options;
    this.once('response', onResponse);
  }

  end(body) {
    this.#id = lastId += 1;
    open.set(this.#id, this);
    const { method, path, headers } = this.#options;
    const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    parentPort.postMessage({
      type: 'request',
      id: this.#id,
      method,
      url: path,
      headers: Object.fromEntries(lowered),
      body: typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0)),
    });
    return this;
  }

  destroy() {
    open.delete(this.#id);
    this.emit('close');
    return this;
  }

  /** As node:http tells of a server that closes the connection without an answer. */
  lose() {
    this.emit('error', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    this.emit('close');
  }

  receive({ status, headers, body }) {
    const response = Readable.from([Buffer.from(body)], { objectMode: false });
    this.emit('response', Object.assign(response, { statusCode: status, headers, complete: true }));
    this.emit('close');
  }
}

/** From now on requests go through the port. */
export function enter() {
  http.request = (options, onResponse) => new Request(options, onResponse);
  syncBuiltinESMExports();
}

/** From now on requests go over sockets. */
export function leave() {
  http.request = requestBySocket;
  syncBuiltinESMExports();
}

/** The answer to a request, or none at all. */
export function receive({ id, answer }) {
  const request = open.get(id);
  open.delete(id);
  if (answer) request?.receive(answer);
  else request?.lose();
  if (open.size === 0) onIdle?.();
}

/** Resolves when every request has been answered; undefined if none is open. */
export function underWay() {
  if (open.size === 0) return undefined;
  return new Promise((resolve) => {
    onIdle = resolve;
  });
}
