/** A step that may change a firewall. Each is made by a script on the firewall or its relay. */
export const ACTS = ['hold', 'fail-over', 'release', 'roll-back', 'restart-ipsec'] as const;
export type Act = (typeof ACTS)[number];

export const isAct = (action: string): action is Act =>
  (ACTS as readonly string[]).includes(action);

/** Which way each act that moves traffic turns maintenance mode of the preferred firewall. */
export const INTENT: Readonly<Record<Exclude<Act, 'restart-ipsec'>, 'on' | 'off'>> = {
  hold: 'on',
  'fail-over': 'on',
  'roll-back': 'on',
  release: 'off',
};

/** What the firewall said to an order, as far as it matters here. */
export interface Answer {
  readonly result: 'changed' | 'already' | 'refused' | 'failed' | 'unknown';
  readonly reason: string;
}
