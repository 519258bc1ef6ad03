/** What one simulated run leaves behind: the figures of `story.json` and the lanes of the report. */

export type Strategy = 'none' | 'forum-script' | 'holdback' | 'holdback-without-latch';

/** A stretch of time in one state; seconds count from the start of the run. */
export interface Span {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly state: string;
  /** What a reader sees on hover or tap, if the state alone does not say it. */
  readonly label?: string;
}

/** A row of the picture. `tone` per state decides the colour; unlisted states are drawn as `idle`. */
export interface Lane {
  readonly id: string;
  readonly title: string;
  readonly spans: readonly Span[];
  readonly tones: Readonly<Record<string, Tone>>;
}

export type Tone = 'preferred' | 'standby' | 'good' | 'bad' | 'held' | 'waiting' | 'idle';

/** Something that happened at one moment: a scenario's event, or a rule that moved Holdback. */
export interface Mark {
  readonly atSeconds: number;
  readonly laneId: string;
  readonly title: string;
  readonly detail?: string;
}

export interface Operation {
  readonly id: string;
  readonly kind: 'failover' | 'failback' | 'hold' | 'release' | 'ipsec-restart';
  readonly outcome: 'done' | 'stood-down' | 'incomplete';
  readonly rules: readonly string[];
}

export interface Figures {
  readonly pingsSent: number;
  readonly pingsLost: number;
  readonly pingsLostAtFailback: number;
  readonly longestGapSeconds: number;
  readonly failbackDelaySeconds: number | null;
  readonly failovers: number;
  readonly failbacks: number;
  readonly rollbacks: number;
  readonly operations: readonly Operation[];
  readonly invariantsBroken: readonly string[];
}

export interface Run extends Figures {
  readonly scenario: string;
  readonly strategy: Strategy;
}

/** `Run` and all that the report draws. */
export interface TracedRun {
  readonly run: Run;
  readonly scenarioTitle: string;
  readonly scenarioText: string;
  readonly durationSeconds: number;
  readonly lanes: readonly Lane[];
  readonly marks: readonly Mark[];
  /** Seconds from the start at which a ping was sent that got no answer. */
  readonly lostPingsAtSeconds: readonly number[];
}
