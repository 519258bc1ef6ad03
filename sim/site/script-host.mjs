/**
 * A small process that starts scripts. fork(2) copies the tables of the caller's whole memory, which
 * takes ten times as long in a process that holds a simulated AWS. See script-host.ts, its other end.
 *
 * In: `start`, `answer` (bytes for fd 8) and `kill`. Out: `request` (the words of a modelled command),
 * then `closed` with how the script ended. It ends with the process that started it, and its scripts with it.
 */
import { Buffer } from 'node:buffer';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const running = new Map();

const folder = mkdtempSync(join(tmpdir(), 'holdback-scripts-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Named pipes that no script uses now. What is in one is gone when the last process has closed it. */
const freePipes = [];
let pipes = 0;

/** A pipe for the token of prelude.sh, which goes from one process of a script to the next, past this one. */
function takePipe() {
  const free = freePipes.pop();
  if (free !== undefined) return free;
  const path = join(folder, String((pipes += 1)));
  execFileSync('mkfifo', [path]);
  return path;
}

/** Collects NUL-terminated strings, a count and then that many arguments, into requests. */
function requestsOf(stream, onRequest) {
  let text = Buffer.alloc(0);
  stream.on('data', (bytes) => {
    text = Buffer.concat([text, bytes]);
    const words = text.toString('utf8').split('\0');
    words.pop();
    const count = Number(words[0]);
    if (words.length === 0 || words.length < count + 1) return;
    text = Buffer.alloc(0);
    onRequest(words.slice(1, count + 1));
  });
}

function textOf(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

function start({ id, program, args, folder: cwd, environment }) {
  const pipe = takePipe();
  const token = openSync(pipe, 'r+');
  writeSync(token, '\n');
  const child = spawn(program, args, {
    cwd,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...Array(4).fill('ignore'), token, 'pipe'],
  });
  closeSync(token);
  // A pipe above 2 is a socket here, so it works both ways.
  const talk = child.stdio[8];
  // A killed script leaves its end closed; that is no error of ours.
  talk.on('error', () => undefined);
  requestsOf(talk, (words) => process.send({ id, request: words }));
  const stdout = textOf(child.stdout);
  const stderr = textOf(child.stderr);
  let failure;
  child.once('error', (error) => (failure = error.message));
  child.once('close', (code) => {
    running.delete(id);
    freePipes.push(pipe);
    const closed = { exitCode: code ?? 137, stdout: stdout(), stderr: stderr(), failure };
    process.send({ id, closed });
  });
  running.set(id, { child, talk });
}

function kill({ child }) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

process.on('message', (message) => {
  const script = running.get(message.id);
  if (message.start) start({ id: message.id, ...message.start });
  else if (message.kill && script) kill(script);
  else if (message.answer !== undefined) script?.talk.write(message.answer);
});

process.on('disconnect', () => {
  for (const script of running.values()) kill(script);
  process.exit();
});
