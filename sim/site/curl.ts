import type { CommandResult } from './running-script.ts';
import type { RestRequest } from './rest-endpoints.ts';
import type { RestAnswer, WebServer } from './rest.ts';

/** curl, as far as the relay's scripts use it, in virtual time (curl.se, "EXIT CODES"). */

export interface Reached {
  readonly web: WebServer;
  /** `closed`: the machine answers, nobody listens. `silent`: nothing answers at all. */
  readonly port: 'open' | 'closed' | 'silent';
  serve(request: RestRequest): Promise<RestAnswer>;
}

interface Call extends RestRequest {
  readonly host: string;
  readonly pin: string;
  readonly connectSeconds: number;
  readonly maxSeconds: number;
}

/** The arguments, the last of them what came by standard input. */
function parse(argv: readonly string[]): Call {
  const options = new Map<string, string>();
  const plain: string[] = [];
  const FLAGS = ['-q', '-sS', '--insecure'];
  const config = argv.at(-1) ?? '';
  for (let at = 0; at < argv.length - 1; at += 1) {
    const word = argv[at] ?? '';
    if (FLAGS.includes(word)) continue;
    if (word.startsWith('-')) {
      options.set(word, argv[at + 1] ?? '');
      at += 1;
    } else plain.push(word);
  }
  const url = new URL(plain[0] ?? '');
  const header = options.get('-H') ?? '';
  return {
    method: options.get('-X') ?? 'GET',
    host: url.hostname,
    uri: `${url.pathname}${url.search}`,
    credentials: /^user = "(.*)"$/m.exec(config)?.[1],
    // curl names a type of its own where there is a body (curl.se, --data).
    contentType:
      /^content-type: (.*)$/i.exec(header)?.[1] ??
      (options.has('-d') ? 'application/x-www-form-urlencoded' : undefined),
    body: options.get('-d') ?? '',
    pin: options.get('--pinnedpubkey') ?? '',
    connectSeconds: Number(options.get('--connect-timeout')),
    maxSeconds: Number(options.get('--max-time')),
  };
}

const failed = (status: number, text: string): CommandResult => ({
  status,
  stderr: `curl: (${status}) ${text}`,
});

/** @param sleep on the uptime of the machine that runs curl */
export async function curl(
  argv: readonly string[],
  reach: (host: string) => Reached | undefined,
  sleep: (millis: number) => Promise<void>,
): Promise<CommandResult> {
  const call = parse(argv);
  const reached = reach(call.host);
  if (!reached) return failed(6, `Could not resolve host: ${call.host}`);
  await sleep(3);
  if (reached.port === 'silent') {
    await sleep(call.connectSeconds * 1000);
    return failed(28, 'Connection timed out');
  }
  if (reached.port === 'closed' || reached.web.state === 'refuses') {
    return failed(7, 'Failed to connect');
  }
  await sleep(30);
  if (reached.web.pin !== call.pin) {
    return failed(90, 'SSL: public key does not match pinned public key');
  }
  const limit = sleep(call.maxSeconds * 1000).then(() => undefined);
  const answer = await Promise.race([reached.serve(call), limit]);
  if (!answer) return failed(28, `Operation timed out after ${call.maxSeconds}000 milliseconds`);
  return { status: 0, stdout: `${answer.body}\n${answer.status}` };
}
