import { isDeepStrictEqual } from 'node:util';
import type { Millis } from '../clock.ts';
import type { Course } from '../tape.ts';
import type { HttpRequest } from '../wire/request.ts';
import type { HttpAnswer } from '../wire/server.ts';
import { Environment } from './environment.ts';
import type { Message, EnvironmentOptions, Execution, Report } from './environment.ts';

/** One call of AWS's API. */
interface Call {
  readonly request: HttpRequest;
  readonly answer: HttpAnswer | undefined;
}

/** What an execution environment was sent, what it did, and what it reported. */
interface Turn {
  readonly at: Millis;
  readonly sent: Message;
  readonly calls: readonly Call[];
  readonly logs: readonly string[];
  readonly report: Report;
}

/** All execution environments of one run, in the order in which they were started. */
export class LambdaTape {
  readonly #course: Course;
  readonly #tracks: Turn[][] = [];
  #opened = 0;

  constructor(course: Course) {
    this.#course = course;
  }

  open(options: EnvironmentOptions): Execution {
    const track = (this.#tracks[this.#opened] ??= []);
    this.#opened += 1;
    return new TapedEnvironment(this.#course, track, options);
  }

  rewind(): void {
    this.#opened = 0;
  }
}

/**
 * While it follows, it makes the calls of its track, which change the world, and has no thread at all. When
 * it can follow no longer, a thread lives through the track so far, with the answers of then.
 */
class TapedEnvironment implements Execution {
  readonly #course: Course;
  readonly #track: Turn[];
  readonly #options: EnvironmentOptions;
  #position = 0;
  #live: Environment | undefined;
  /** Calls whose answers are known, of the turn that the thread lives through again. */
  #known: Call[] = [];
  #isRepeating = false;
  #calls: Call[] = [];
  #logs: string[] = [];

  constructor(course: Course, track: Turn[], options: EnvironmentOptions) {
    this.#course = course;
    this.#track = track;
    this.#options = options;
  }

  start(): Promise<Report> {
    return this.#send({ type: 'start' });
  }

  invoke(requestId: string, event: string, deadline: Millis): Promise<Report> {
    return this.#send({ type: 'invoke', requestId, event, deadline });
  }

  wake(): Promise<Report> {
    return this.#send({ type: 'wake' });
  }

  async terminate(): Promise<void> {
    await this.#live?.terminate();
  }

  async #send(sent: Message): Promise<Report> {
    const at = this.#options.clock.now();
    const turn = this.#track[this.#position];
    if (this.#course.isFollowing) {
      if (turn?.at === at && isDeepStrictEqual(turn.sent, sent)) {
        return this.#options.clock.work(this.#follow(turn));
      }
      this.#course.diverge();
    }
    const live = this.#live ?? (await this.#options.clock.work(this.#catchUp()));
    const report = await live.send(sent);
    if (this.#course.isRecording) {
      this.#track.push({ at, sent, calls: this.#calls, logs: this.#logs, report });
    }
    this.#calls = [];
    this.#logs = [];
    return report;
  }

  async #follow(turn: Turn): Promise<Report> {
    const calls: Call[] = [];
    for (const { request, answer } of turn.calls) {
      const answerNow = await this.#answer(request);
      calls.push({ request, answer: answerNow });
      if (!isDeepStrictEqual(answerNow, answer)) {
        this.#course.diverge();
        const live = await this.#catchUp();
        this.#known = calls;
        return live.send(turn.sent);
      }
    }
    for (const text of turn.logs) this.#options.onLog(text);
    this.#position += 1;
    return turn.report;
  }

  async #catchUp(): Promise<Environment> {
    this.#live = new Environment({
      ...this.#options,
      wire: {
        answer: (request) => this.#serve(request),
        fault: (error) => this.#options.wire?.fault(error),
      },
      onLog: (text) => {
        if (this.#isRepeating) return;
        this.#logs.push(text);
        this.#options.onLog(text);
      },
    });
    this.#isRepeating = true;
    for (const { sent, at, calls } of this.#track.slice(0, this.#position)) {
      this.#known = [...calls];
      await this.#live.send(sent, at);
    }
    this.#isRepeating = false;
    return this.#live;
  }

  async #serve(request: HttpRequest): Promise<HttpAnswer | undefined> {
    const index = this.#known.findIndex((call) => isSame(call.request, request));
    const [call] = index < 0 ? [] : this.#known.splice(index, 1);
    if (call) return call.answer;
    const answer = await this.#answer(request);
    this.#calls.push({ request, answer });
    return answer;
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer | undefined> {
    const answer = await this.#options.wire?.answer(request);
    // A copy: the wire writes its next answer over the bytes of this one.
    return answer && { ...answer, body: Buffer.from(answer.body) };
  }
}

/** But for the signature. */
function isSame(a: HttpRequest, b: HttpRequest): boolean {
  const target = 'x-amz-target';
  return a.headers[target] === b.headers[target] && isDeepStrictEqual(a.body, b.body);
}
