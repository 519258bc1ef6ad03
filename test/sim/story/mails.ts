import type { FinishedRun } from '../../../sim/story/run.ts';

export interface Mail {
  readonly rule: string;
  readonly urgency: string;
  readonly subject: string;
  readonly text: string;
  /** From the start of the scenario. */
  readonly atSeconds: number;
}

/** A run begins with a scenario's first second at this instant (run.ts). */
const SCENARIO_START = Date.UTC(2026, 2, 1, 3);

/** What SNS was given for people, oldest first. */
export const mailsOf = ({ notices }: FinishedRun): Mail[] =>
  notices.map((notice) => {
    const { subject, message, attributes, at } = JSON.parse(notice) as {
      subject: string;
      message: string;
      at: number;
      attributes: Record<string, { StringValue?: string }>;
    };
    const text = (name: string): string => attributes[name]?.StringValue ?? '';
    const atSeconds = (at - SCENARIO_START) / 1000;
    return { rule: text('rule'), urgency: text('urgency'), subject, text: message, atSeconds };
  });
