import type { Machine, System } from './machine.ts';
import type { CommandResult } from './running-script.ts';

/** FreeBSD's ping waits this long for the last answer if `-t` sets no end. */
const LAST_WAIT_SECONDS = 10;

interface PingOptions {
  readonly count: number;
  readonly intervalSeconds: number;
  readonly deadlineSeconds: number;
  readonly host: string;
  readonly quiet: boolean;
}

/**
 * ping(8): each echo is sent at its own second and sees the site of that instant. Exit status 0 with
 * at least one answer, 2 with none. Options: -c count, -i interval, -t deadline, -q; -n -S -W are read.
 */
export async function ping(
  machine: Machine,
  system: System,
  args: readonly string[],
): Promise<CommandResult> {
  const options = parse(args);
  if (!options) return { status: 64, stderr: 'usage: ping [-c count] [-i wait] [-t timeout] host' };
  const { host, count, intervalSeconds, deadlineSeconds, quiet } = options;
  const started = machine.around.clock.now();
  const delays: number[] = [];
  const out = [`PING ${host} (${host}): 56 data bytes`];
  let sent = 0;
  let answered = false;
  while (sent < count) {
    if (sent > 0) await system.userland.sleep(intervalSeconds * 1000, `ping ${host}`);
    if (machine.around.clock.now() - started > deadlineSeconds * 1000) break;
    answered = machine.around.reaches(machine.role, host);
    if (answered) {
      const delay = machine.millis(11_000, 14_000, 'ping', host) / 1000;
      delays.push(delay);
      const line = `64 bytes from ${host}: icmp_seq=${sent} ttl=62 time=${delay.toFixed(3)} ms`;
      if (!quiet) out.push(line);
    }
    sent += 1;
  }
  const elapsed = machine.around.clock.now() - started;
  const left = deadlineSeconds * 1000 - elapsed;
  const wait = answered ? 20 : Math.max(0, Math.min(left, LAST_WAIT_SECONDS * 1000));
  await system.userland.sleep(wait, `ping ${host}`);
  const loss = ((sent - delays.length) * 100) / sent;
  out.push(
    '',
    `--- ${host} ping statistics ---`,
    `${sent} packets transmitted, ${delays.length} packets received, ${loss.toFixed(1)}% packet loss`,
  );
  if (delays.length > 0) out.push(`round-trip min/avg/max/stddev = ${statistics(delays)} ms`);
  return { status: delays.length > 0 ? 0 : 2, stdout: out.join('\n') };
}

function parse(args: readonly string[]): PingOptions | undefined {
  const values = new Map<string, string>();
  let host: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [, flag, joined] = /^-([citSWsm])(.*)$/.exec(arg) ?? [];
    if (flag !== undefined) values.set(flag, joined === '' ? (args[++at] ?? '') : (joined ?? ''));
    else if (!arg.startsWith('-')) host = arg;
  }
  const number = (flag: string, fallback: number): number =>
    values.has(flag) ? Number(values.get(flag)) : fallback;
  // Without a count it would run until it is interrupted; a script that does so is at fault.
  const count = number('c', NaN);
  if (host === undefined || !(count > 0)) return undefined;
  return {
    host,
    count,
    intervalSeconds: number('i', 1),
    deadlineSeconds: number('t', Infinity),
    quiet: args.includes('-q'),
  };
}

function statistics(delays: readonly number[]): string {
  const average = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  const variance = delays.reduce((sum, delay) => sum + (delay - average) ** 2, 0) / delays.length;
  return [Math.min(...delays), average, Math.max(...delays), Math.sqrt(variance)]
    .map((value) => value.toFixed(3))
    .join('/');
}
